import { LINE_FEED } from "./frame.ts";

/** Reads into `buffer` from `position`; resolves with the number of bytes, 0 at the end of the file. */
export type ReadAt = (buffer: Buffer, position: number) => Promise<number>;

/**
 * What a torn tail looks like.
 * - `nul`: it holds NUL bytes: its length reached the disk before its content did.
 * - `half-character`: it ends inside a UTF-8 character.
 * - `no-newline`: anything else that no line feed ends.
 */
export type TornTailKind = "no-newline" | "nul" | "half-character";

/** Bytes after a file's last whole line. */
export interface TornTail {
  /** Where the last whole line ends, and the tail begins. */
  readonly offset: number;
  readonly bytes: number;
  readonly kind: TornTailKind;
}

const CHUNK_BYTES = 256 * 1024;

/**
 * Looks at the end of a file of `size` bytes for what a crash left behind its last whole line: bytes that no line feed
 * ends, and lines with NUL bytes in them, which JSON text never has. `undefined` when there is none.
 *
 * Reads backwards, one chunk at a time, to the beginning of the last whole line and no further, however long the tail is.
 * Rejects with what `readAt` rejects with.
 */
export async function findTornTail(readAt: ReadAt, size: number): Promise<TornTail | undefined> {
  // The scan goes from line feed to line feed: `end` is where the lines that may be whole end so far, and a line before
  // it is known to be whole when its beginning is reached without a NUL.
  let end: number | undefined;
  let dirty = false;
  let hasNul = false;
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, size)));

  scan: for (let stop = size; stop > 0;) {
    const start = Math.max(0, stop - buffer.length);
    await readFully(readAt, buffer.subarray(0, stop - start), start);
    let rest = buffer.subarray(0, stop - start);
    while (rest.length > 0) {
      const feed = rest.lastIndexOf(LINE_FEED);
      const isDirty = rest.subarray(feed + 1).includes(0);
      if (end === undefined) hasNul ||= isDirty;
      else dirty ||= isDirty;
      if (feed < 0) break;
      if (end !== undefined && !dirty) break scan;
      hasNul ||= dirty;
      dirty = false;
      end = start + feed + 1;
      rest = rest.subarray(0, feed);
    }
    stop = start;
  }
  // The beginning of the file ends the scan like a line feed does.
  if (end === undefined || dirty) {
    hasNul ||= dirty;
    end = dirty || end === undefined ? 0 : end;
  }
  if (end === size) return undefined;
  const kind = hasNul ? "nul" : (await endsInsideCharacter(readAt, end, size)) ? "half-character" : "no-newline";
  return { offset: end, bytes: size - end, kind };
}

async function endsInsideCharacter(readAt: ReadAt, start: number, end: number): Promise<boolean> {
  const last = Buffer.alloc(Math.min(4, end - start));
  await readFully(readAt, last, end - last.length);
  for (let back = 1; back <= last.length; back++) {
    const byte = last[last.length - back] ?? 0;
    if (byte < 0x80) return false;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2);
  }
  return false;
}

/** A file that shrinks meanwhile reads as NULs: what is missing there is as torn. */
async function readFully(readAt: ReadAt, buffer: Buffer, position: number): Promise<void> {
  for (let done = 0; done < buffer.length;) {
    const count = await readAt(buffer.subarray(done), position + done);
    if (count === 0) {
      buffer.fill(0, done);
      return;
    }
    done += count;
  }
}
