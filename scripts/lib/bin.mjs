import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/**
 * The script behind a command of an installed package, to be started with `process.execPath`: works on every system without a shell,
 * and where a package's `exports` hide its `bin` folder.
 *
 * @param {string} packageName
 * @param {string} [command] the name in `bin`, if it is not the package's own
 */
export function binOf(packageName, command = packageName) {
  const manifestPath = require.resolve(`${packageName}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifestPath, "utf8"));
  const path = typeof bin === "string" ? bin : bin?.[command];
  if (path === undefined) throw new Error(`${packageName} has no command ${command}`);
  return join(dirname(manifestPath), path);
}
