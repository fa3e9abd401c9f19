import { fileError } from "./error-codes.ts";
import { systemCode } from "./system-error.ts";
import type { FileDriver, FileFacts } from "./file-driver.ts";

const ATTEMPTS = 10;

/**
 * Opens a file for reading and writing, or makes it, with exactly these permission bits. Rejects with
 * `PLB_FILE_IS_DIRECTORY`, `PLB_FILE_NOT_REGULAR`, `PLB_FILE_HARD_LINKED` or the system's error.
 */
export async function openRegularFile(
  driver: FileDriver,
  path: string,
  mode: number,
): Promise<{ readonly fd: number; readonly isNew: boolean }> {
  const { fd, isNew } = await openOrCreate(driver, path, mode);
  try {
    const facts = driver.factsOfSync(fd);
    checkFacts(facts, path);
    // The umask has taken bits off that were asked for.
    if (isNew && facts.mode !== mode) await driver.chmod(fd, mode);
    return { fd, isNew };
  } catch (error) {
    await driver.close(fd);
    throw error;
  }
}

async function openOrCreate(
  driver: FileDriver,
  path: string,
  mode: number,
): Promise<{ readonly fd: number; readonly isNew: boolean }> {
  // Others may make or remove the file between two steps; each time round, one of them has got its way.
  for (let attempt = 1; ; attempt++) {
    const facts = await driver.facts(path);
    try {
      if (facts === undefined) return { fd: await driver.open(path, "create", mode), isNew: true };
      // Before it is opened: opening a pipe or a device may wait, or do something.
      checkFacts(facts, path);
      return { fd: await driver.open(path, "existing", mode), isNew: false };
    } catch (error) {
      const code = systemCode(error);
      if (attempt === ATTEMPTS || (code !== "EEXIST" && code !== "ENOENT")) throw error;
    }
  }
}

function checkFacts(facts: FileFacts, path: string): void {
  if (facts.kind === "directory") throw fileError("PLB_FILE_IS_DIRECTORY", { details: { path } });
  if (facts.kind !== "file") throw fileError("PLB_FILE_NOT_REGULAR", { details: { path } });
  if (facts.links > 1) throw fileError("PLB_FILE_HARD_LINKED", { details: { path, links: facts.links } });
}
