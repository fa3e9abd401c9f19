import { DIGIT, DOT, HYPHEN, LOWER, UNDERSCORE, UPPER, WORD } from "../character-class.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { TOKEN_SHAPES, type TokenShape } from "./vendor-token-shapes.ts";

/** One detector for each id; several shapes may share one. */
export const vendorTokenDetectors: readonly TextDetector[] = Array.from(
  new Set(TOKEN_SHAPES.map((shape) => shape.id)),
  (id) =>
    tokenDetector(
      id,
      TOKEN_SHAPES.filter((shape) => shape.id === id),
    ),
);

function tokenDetector(id: string, shapes: readonly TokenShape[]): TextDetector {
  return {
    id,
    group: "vendor-tokens",
    description: shapes.map((shape) => shape.owner).join("; "),
    anchors: shapes.flatMap((shape) => shape.prefixes),
    match: (scan, at) => !scan.is(at - 1, WORD) && shapes.some((shape) => matchShape(scan, at, shape)),
    examples: () => ({
      catches: shapes.flatMap((shape) => shape.prefixes.map((prefix) => `found ${prefix}${exampleBody(shape)} there`)),
      leaves: shapes.flatMap((shape) =>
        shape.prefixes.flatMap((prefix) => [
          prefix,
          `${prefix}${exampleBody(shape).slice(0, 4)}`,
          `${prefix}${"some-words-and-no-more-than-words-".repeat(4)}`,
        ]),
      ),
    }),
  };
}

function matchShape(scan: Scan, at: number, shape: TokenShape): boolean {
  return shape.prefixes.some(
    (prefix) => scan.text.startsWith(prefix, at) && matchBody(scan, at, at + prefix.length, shape),
  );
}

function matchBody(scan: Scan, at: number, start: number, shape: TokenShape): boolean {
  let end = scan.skip(start, shape.body, scan.text.length);
  while (end > start && scan.is(end - 1, DOT)) end--; // a full stop behind it
  const length = end - start;
  if (length < shape.min || length > shape.max || isWords(scan, start, end)) return false;
  if (shape.max < Number.MAX_SAFE_INTEGER && scan.is(end, WORD)) return false;
  return scan.found(at, end);
}

/** Words joined by hyphens, or one sign again and again: a placeholder or a name. */
function isWords(scan: Scan, start: number, end: number): boolean {
  if (scan.skip(start, LOWER | HYPHEN | UNDERSCORE | DOT, end - start) === end) return true;
  const first = scan.code(start);
  let i = start + 1;
  while (i < end && scan.code(i) === first) i++;
  scan.steps += i - start;
  return i === end;
}

/** Something of the shape's characters and least length. */
function exampleBody(shape: TokenShape): string {
  const piece =
    (shape.body & LOWER) === 0 ? ((shape.body & UPPER) === 0 || (shape.body & DIGIT) === 0 ? "1a" : "1A") : "a1B2c3";
  return piece.repeat(shape.min).slice(0, shape.min);
}
