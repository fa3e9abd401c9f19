import { basename, dirname, join, resolve, sep } from "node:path";
import type { JournalLocation } from "@plumbline/core";
import { journalLocation } from "@plumbline/jsonl";
import { fileError } from "./error-codes.ts";
import { fromSystem } from "./system-error.ts";
import type { FileDriver } from "./file-driver.ts";

const MAX_LINKS = 40;

/** A file's place, with every other spelling of its path resolved. */
export interface ResolvedPlace {
  readonly location: JournalLocation;
  /** The same for every spelling: the folder's device and inode, and the name in it. */
  readonly key: string;
}

/**
 * Resolves a path to where the file really is, following symlinks (also one that leads to nothing yet), and makes the
 * folder. Rejects with `PLB_FILE_IS_DIRECTORY`, `PLB_FILE_PATH_TOO_LONG`, `PLB_FILE_NO_ACCESS`,
 * `PLB_FILE_NOT_A_DIRECTORY` or `PLB_FILE_OPEN_FAILED`.
 */
export async function locate(path: string, driver: FileDriver, directoryMode: number): Promise<ResolvedPlace> {
  if (path.endsWith("/") || path.endsWith(sep)) throw fileError("PLB_FILE_IS_DIRECTORY", { details: { path } });
  try {
    let full = resolve(path);
    for (let links = 0; ; links++) {
      await driver.makeDirectory(dirname(full), directoryMode);
      full = join(await driver.realPath(dirname(full)), basename(full));
      const facts = await driver.facts(full);
      if (facts?.kind !== "symlink") break;
      if (links === MAX_LINKS)
        throw fileError("PLB_FILE_OPEN_FAILED", { message: "The path is a circle of symlinks.", details: { path } });
      full = resolve(dirname(full), await driver.readLink(full));
    }
    const directory = await driver.facts(dirname(full));
    return { location: toLocation(full), key: `${directory?.identity ?? dirname(full)}/${basename(full)}` };
  } catch (error) {
    throw fromSystem(error, "PLB_FILE_OPEN_FAILED", path);
  }
}

function toLocation(path: string): JournalLocation {
  try {
    return journalLocation(path);
  } catch (cause) {
    throw fileError("PLB_FILE_PATH_TOO_LONG", { cause, details: { path } });
  }
}
