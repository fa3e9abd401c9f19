import { execFileSync } from "node:child_process";

/**
 * Runs npm, and returns what it prints. What it tells is in the error when it fails.
 *
 * @param {readonly string[]} args
 * @param {{ readonly cwd: string }} options
 */
export function npm(args, { cwd }) {
  // The npm that runs this script is started with the Node that runs it, without a shell.
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith("npm-cli.js") ? [process.execPath, [cli]] : ["npm", []];
  return execFileSync(
    command,
    [...first, ...args, "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"],
    {
      cwd,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      stdio: ["ignore", "pipe", "pipe"],
      // A workspace's own `npm run` tells the npm below it where it stands; this one stands elsewhere.
      env: Object.fromEntries(
        Object.entries(process.env).filter(
          ([name]) => !/^npm_(?!config_(?:cache|registry|userconfig)|execpath)/iu.test(name),
        ),
      ),
    },
  );
}
