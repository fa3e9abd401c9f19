import type { ByteStretch } from "@plumbline/core";
import { adjoiningBytes, type StreamLine } from "@plumbline/stream";

const LINE_FEED = 0x0a;

/** Lines one behind the other, and where each begins; behind the last stands where another would. */
export interface LineRun {
  readonly bytes: Buffer;
  readonly starts: readonly number[];
}

/** The bytes as they stand on disk or in the journal's memory, or as the texts give them; `undefined` where a text is not one line. */
export function runOf(lines: readonly StreamLine[], roomFor: (bytes: number) => Buffer): LineRun | undefined {
  const bytes =
    adjoiningBytes(lines) ?? gather(lines, roomFor) ?? Buffer.from(lines.map(({ line }) => line).join("\n"), "utf8");
  const starts = [0];
  for (let feed = bytes.indexOf(LINE_FEED); feed >= 0; feed = bytes.indexOf(LINE_FEED, feed + 1)) starts.push(feed + 1);
  starts.push(bytes.length + 1);
  return starts.length === lines.length + 1 ? { bytes, starts } : undefined;
}

/** The bytes of lines that all stand in memory, from wherever that is; `undefined` where one does not. */
function gather(lines: readonly StreamLine[], roomFor: (bytes: number) => Buffer): Buffer | undefined {
  const stretches: ByteStretch[] = [];
  let size = -1;
  for (const { utf8 } of lines) {
    if (utf8 === undefined) return undefined;
    stretches.push(utf8);
    size += utf8.end - utf8.start + 1;
  }
  const bytes = roomFor(size);
  let at = 0;
  for (let next = 0; next < stretches.length; next++) {
    const stretch = stretches[next];
    if (stretch === undefined) break;
    let { end } = stretch;
    // One newline stands between two lines of one write.
    for (let behind = stretches[next + 1]; behind?.bytes === stretch.bytes && behind.start === end + 1; next++) {
      end = behind.end;
      behind = stretches[next + 2];
    }
    bytes.set(stretch.bytes.subarray(stretch.start, end), at);
    at += end - stretch.start;
    if (at < size) bytes[at++] = LINE_FEED;
  }
  return bytes;
}
