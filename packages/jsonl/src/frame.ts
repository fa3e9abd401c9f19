import { jsonlError } from "./jsonl-error.ts";

/** What ends every line of a journal: one line feed, nothing else. */
export const LINE_END = "\n";

/** {@link LINE_END} as a byte. UTF-8 has it nowhere inside a longer character, so bytes can be split at it safely. */
export const LINE_FEED = 0x0a;

export const CARRIAGE_RETURN = 0x0d;

/** U+FEFF in UTF-8: some editors put it before the first line. */
export const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf];

/**
 * The longest line a reader takes whole when nothing else is said: 16 MiB. The walk bounds an event to 4 Mi UTF-16 code
 * units, which are at most three bytes each, and the resource stands beside them.
 */
export const DEFAULT_MAX_LINE_BYTES: number = 16 * 1024 * 1024;

/** The bytes of one line with its end. Throws `PLB_JSONL_LINE_BREAK` when the text has a line feed of its own. */
export function encodeLine(line: string): Buffer {
  const at = line.indexOf(LINE_END);
  if (at >= 0) throw jsonlError("PLB_JSONL_LINE_BREAK", { details: { at } });
  return Buffer.from(line + LINE_END, "utf8");
}
