import { join } from "node:path";
import { parseId, type EventId } from "@plumbline/core";
import { findTornTail, formatTornName, type TornTail } from "@plumbline/jsonl";
import type { FileDriver } from "./file-driver.ts";

/** What a recovery found at the end of a file and set aside. */
export interface Recovered extends TornTail {
  /** Where the bytes are now. */
  readonly movedTo: string;
}

const COPY_BYTES = 1024 * 1024;
/** Read at once while looking for the last id. */
const BLOCK_BYTES = 256 * 1024;
/** `{"id":"` with an epoch, a number and the quote. */
const ID_BYTES = 64;
const LINE_FEED = 0x0a;

/**
 * Moves what is torn at the end of an open file into a file of its own, `<stem>.torn-<time>`, and cuts it off. The bytes
 * are copied and on the device before they are cut, so that a crash in between leaves them twice rather than not at all.
 * Rejects with the system's error; the file is then as it was.
 */
export async function setTornTailAside(
  driver: FileDriver,
  fd: number,
  place: { readonly directory: string; readonly stem: string; readonly mode: number; readonly nowMicros: number },
): Promise<Recovered | undefined> {
  const size = driver.lookSync(fd).size;
  const torn = await findTornTail((buffer, position) => driver.read(fd, buffer, position), size);
  if (torn === undefined) return undefined;
  const { path, fd: to } = await createTornFile(driver, place);
  try {
    await copy(driver, fd, torn.offset, size, to);
    await driver.sync(to);
  } catch (error) {
    await driver.unlink(path);
    throw error;
  } finally {
    await driver.close(to);
  }
  driver.truncateSync(fd, torn.offset);
  return { ...torn, movedTo: path };
}

/** The id of a file's first line, where that has one, and the last id in the file. The file ends with a whole line. */
export async function readEndIds(
  driver: FileDriver,
  fd: number,
  size: number,
): Promise<{ readonly first: EventId | undefined; readonly last: EventId | undefined }> {
  if (size === 0) return { first: undefined, last: undefined };
  const first = await readIdAt(driver, fd, 0);
  // A file that begins without ids has none at all, as a rule.
  const last = await readLastId(driver, fd, size, first === undefined ? Math.max(0, size - BLOCK_BYTES) : 0);
  return { first, last: last ?? first };
}

/** The id of the last line that has one, of those that begin behind the first that ends after `from`. */
async function readLastId(driver: FileDriver, fd: number, size: number, from: number): Promise<EventId | undefined> {
  const buffer = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, size));
  // The last byte is the last line's own line feed.
  for (let end = size - 1; end > from;) {
    const start = Math.max(from, end - buffer.length);
    const block = buffer.subarray(0, await driver.read(fd, buffer.subarray(0, end - start), start));
    for (let feed = block.lastIndexOf(LINE_FEED); feed >= 0; feed = lastFeedBefore(block, feed)) {
      const isWithin = feed + 1 + ID_BYTES <= block.length;
      const id = isWithin ? idAt(block, feed + 1) : await readIdAt(driver, fd, start + feed + 1);
      if (id !== undefined) return id;
    }
    end = start;
  }
  return undefined;
}

function lastFeedBefore(block: Buffer, end: number): number {
  return end === 0 ? -1 : block.lastIndexOf(LINE_FEED, end - 1);
}

/** The id of the line that begins there, where it has one. */
export async function readIdAt(driver: FileDriver, fd: number, position: number): Promise<EventId | undefined> {
  const buffer = Buffer.alloc(ID_BYTES);
  return idAt(buffer.subarray(0, await driver.read(fd, buffer, position)), 0);
}

function idAt(bytes: Buffer, start: number): EventId | undefined {
  const id = /^\{"id":"([0-9a-v:]+)"/.exec(bytes.toString("latin1", start, start + ID_BYTES))?.[1];
  return id === undefined ? undefined : parseId(id);
}

/** Makes the empty file that takes what is torn; the time in its name is the next that no other has. */
export async function createTornFile(
  driver: FileDriver,
  place: { readonly directory: string; readonly stem: string; readonly mode: number; readonly nowMicros: number },
): Promise<{ readonly path: string; readonly fd: number }> {
  for (let micros = place.nowMicros; ; micros += 1) {
    const path = join(place.directory, formatTornName({ stem: place.stem, timeMicros: micros }));
    try {
      return { path, fd: await driver.open(path, "create", place.mode) };
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error) || error.code !== "EEXIST") throw error;
    }
  }
}

async function copy(driver: FileDriver, from: number, start: number, end: number, to: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, end - start));
  for (let at = start; at < end;) {
    const count = await driver.read(from, buffer.subarray(0, Math.min(buffer.length, end - at)), at);
    if (count === 0) return;
    for (let done = 0; done < count;) done += driver.writeSync(to, buffer, done, count - done, at - start + done);
    at += count;
  }
}
