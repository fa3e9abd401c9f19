import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { resolve as resolveModule } from "import-meta-resolve";

/** What a name in the config points at. */
export type ResolvedSpecifier =
  | {
      readonly found: true;
      /** A `file:` URL. */
      readonly url: string;
      /** The export that is meant, where the name says so after a `#`. */
      readonly exportName: string | undefined;
    }
  | { readonly found: false; readonly message: string };

/** Whether a name is a path, not a package: it begins with a dot, a slash, a drive, or `file:`. */
function isPath(name: string): boolean {
  return /^\.{1,2}(?:[\\/]|$)/.test(name) || name.startsWith("file:") || isAbsolute(name);
}

/** The package that an npm name belongs to: what there would be to install. */
function packageOf(name: string): string {
  return name.split("/", name.startsWith("@") ? 2 : 1).join("/");
}

/**
 * Finds the module behind a name from a folder, as `import` in a file of that folder would. A path must name a file; a
 * package must be installed there or above. Nothing is loaded.
 * Source: Node.js documentation, "Modules: ECMAScript modules", resolution algorithm.
 */
export function resolveSpecifier(name: string, baseDir: string): ResolvedSpecifier {
  const hash = name.indexOf("#", 1);
  const exportName = hash > 0 ? name.slice(hash + 1) : undefined;
  const specifier = hash > 0 ? name.slice(0, hash) : name;
  if (isPath(specifier)) {
    const url = specifier.startsWith("file:") ? specifier : pathToFileURL(resolve(baseDir, specifier)).href;
    return { found: true, url, exportName };
  }
  if (!/^(?:@[^/]+\/)?[A-Za-z0-9_~][^:]*$/.test(specifier)) {
    return { found: false, message: "this is neither a package's name nor a path" };
  }
  try {
    const url = resolveModule(specifier, pathToFileURL(join(baseDir, "plumbline.config")).href);
    if (!url.startsWith("file:")) return { found: false, message: "this is a module of Node's own, not a plugin" };
    return { found: true, url, exportName };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const packageName = packageOf(specifier);
    if (code === "ERR_PACKAGE_PATH_NOT_EXPORTED") {
      return { found: false, message: `the package ${packageName} is installed, but has no such entry` };
    }
    return { found: false, message: `there is no such package here: npm install ${packageName}` };
  }
}

/** A module's URL as people know it. */
export function displayUrl(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}
