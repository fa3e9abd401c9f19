import type { EventLine, LineEncoder } from "@plumbline/core";

/**
 * The text of a line for a plain file or a descriptor, on one line whatever the encoder makes of it. Where the encoder
 * throws, the line goes out as it is: another form of it is no reason to lose it.
 */
export function plainText(line: EventLine, encoder: LineEncoder | undefined): string {
  if (encoder === undefined) return line.line;
  let text: string;
  try {
    text = encoder.encode(line);
  } catch {
    return line.line;
  }
  return text.includes("\n") ? text.replaceAll("\n", "\\n") : text;
}
