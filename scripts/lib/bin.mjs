import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const modules = resolve(import.meta.dirname, "../../node_modules");

/**
 * The script behind a command of a package that the root depends on, to be started with `process.execPath`: works on every system without
 * a shell. Read from the folder itself, since many packages' `exports` hide their `package.json`.
 *
 * @param {string} packageName
 * @param {string} [command] the name in `bin`, if it is not the package's own
 */
export function binOf(packageName, command = packageName) {
  const folder = join(modules, packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const path = typeof bin === "string" ? bin : bin?.[command];
  if (path === undefined) throw new Error(`${packageName} has no command ${command}`);
  return join(folder, path);
}
