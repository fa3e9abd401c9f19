import type { FileDriver } from "./file-driver.ts";

const PIECE_BYTES = 1024 * 1024;

/** Writes all of the bytes at `position`, in as many writes as the system makes of it. Rejects with the system's error. */
export async function writeAll(driver: FileDriver, fd: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await writeSome(driver, fd, bytes, at, position + at);
}

/**
 * Writes what stands in the file from `start` to `end` once more at its place: after a sync that failed the system may take
 * it for written, and a later sync would say nothing of it. Nothing else may change it meanwhile. Rejects with the system's
 * error, and where the system has thrown the bytes away: NULs are in their place then, which lines do not have. What stands
 * before `ownStart` may have them: it is from others, or from an earlier run.
 */
export async function writeAgain(
  driver: FileDriver,
  fd: number,
  { start, ownStart, end }: { readonly start: number; readonly ownStart: number; readonly end: number },
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(PIECE_BYTES, end - start)));
  for (let at = start; at < end;) {
    const count = await driver.read(fd, buffer.subarray(0, Math.min(buffer.length, end - at)), at);
    if (count === 0) return;
    const bytes = buffer.subarray(0, count);
    if (bytes.subarray(Math.max(0, ownStart - at)).includes(0))
      throw new Error("The system has thrown away what it could not write.");
    await writeAll(driver, fd, bytes, at);
    at += count;
  }
}

function writeSome(driver: FileDriver, fd: number, bytes: Uint8Array, at: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    driver.write(fd, bytes, at, bytes.length - at, position, (error, count) => {
      if (error === undefined) resolve(count);
      else reject(error);
    });
  });
}
