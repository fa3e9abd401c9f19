import { dirname, isAbsolute, join, parse, sep } from "node:path";
import { errorCode } from "@plumbline/core";
import type { FileSystem } from "./file-system.ts";

/** A directory in which a name decides where a path leads. */
export interface ChainLink {
  readonly directory: string;
  readonly name: string;
  /** Whether the name is the file's own or a link's; else it is a directory's on the way. */
  readonly isDecisive: boolean;
}

/** As many as the kernel follows. Source: path_resolution(7). */
const MAX_LINKS = 40;

/**
 * Every name that decides where a path leads: of each directory on the way, of each symbolic link, and of what they lead to, from the root on. Directories
 * are given without links. It ends where the path does, where nothing is yet, or where the system refuses to look.
 */
export async function resolutionChain(
  fileSystem: Pick<FileSystem, "linkAt">,
  path: string,
): Promise<readonly ChainLink[]> {
  const chain: ChainLink[] = [];
  const { root } = parse(path);
  let directory = root;
  const rest = namesOf(path);
  for (let links = 0; rest.length > 0;) {
    const name = rest.shift();
    if (name === undefined || name === ".") continue;
    if (name === "..") {
      directory = dirname(directory);
      continue;
    }
    const link = await linkAt(fileSystem, join(directory, name));
    chain.push({ directory, name, isDecisive: rest.length === 0 || typeof link === "object" });
    if (link === "none") return chain;
    if (link === "plain") {
      directory = join(directory, name);
      continue;
    }
    if (++links > MAX_LINKS) return chain;
    rest.unshift(...namesOf(link.to));
    if (isAbsolute(link.to)) directory = parse(link.to).root;
  }
  return chain;
}

/** A link, another thing, or nothing that may be looked at. */
type LinkLook = { readonly to: string } | "plain" | "none";

/** What was there may be gone or another thing before the next call: then the chain ends here, and an event will tell. */
async function linkAt(fileSystem: Pick<FileSystem, "linkAt">, path: string): Promise<LinkLook> {
  try {
    const to = await fileSystem.linkAt(path);
    return to === undefined ? "plain" : { to };
  } catch (error) {
    // EINVAL: no link any more.
    return errorCode(error) === "EINVAL" ? "plain" : "none";
  }
}

function namesOf(path: string): string[] {
  return path
    .slice(parse(path).root.length)
    .split(sep === "\\" ? /[\\/]/ : "/")
    .filter((name) => name !== "");
}
