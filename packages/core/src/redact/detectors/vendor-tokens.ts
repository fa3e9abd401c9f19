import { ALNUM, BASE64, BASE64_SIGN, DIGIT, DOT, HYPHEN, LOWER, UNDERSCORE, UPPER, WORD } from "../character-class.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { TOKEN_SHAPES, type TokenShape } from "./vendor-token-shapes.ts";
import { goesOn } from "../word-start.ts";

/** Words joined by hyphens are a name or a placeholder. No token that may have capitals begins with so many small letters. */
const WORDS: number = LOWER | HYPHEN | UNDERSCORE | DOT;
const MAX_WORDS = 16;

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
  const probedShapes = shapes.map(probed);
  return {
    id,
    group: "vendor-tokens",
    description: Array.from(new Set(shapes.map((shape) => shape.owner))).join("; "),
    anchors: shapes.flatMap((shape) => shape.prefixes),
    hasExactAnchors: true,
    match(scan, at) {
      if (goesOn(scan, at, WORD)) return false;
      for (const shape of probedShapes) if (matchShape(scan, at, shape)) return true;
      return false;
    },
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

function matchShape(scan: Scan, at: number, { shape, prefixes, probes, probeAt }: ProbedShape): boolean {
  const seen = scan.code(at + probeAt);
  for (let i = 0; i < probes.length; i++) {
    if (probes[i] !== seen) continue;
    const prefix = prefixes[i] ?? "";
    if (scan.startsWithExactly(prefix, at) && matchBody(scan, at, at + prefix.length, shape)) return true;
  }
  return false;
}

/** A shape whose beginnings are told apart by the one character in which most of them differ. */
interface ProbedShape {
  readonly shape: TokenShape;
  readonly prefixes: readonly string[];
  readonly probeAt: number;
  readonly probes: readonly number[];
}

function probed(shape: TokenShape): ProbedShape {
  const { prefixes } = shape;
  const shortest = Math.min(...prefixes.map(({ length }) => length));
  const distinct = (at: number): number => new Set(prefixes.map((prefix) => prefix.charCodeAt(at))).size;
  let probeAt = 0;
  for (let at = 1; at < shortest; at++) if (distinct(at) > distinct(probeAt)) probeAt = at;
  return { shape, prefixes, probeAt, probes: prefixes.map((prefix) => prefix.charCodeAt(probeAt)) };
}

function matchBody(scan: Scan, at: number, start: number, shape: TokenShape): boolean {
  const mayHaveWords = (shape.body & (UPPER | HYPHEN)) !== 0;
  const words = scan.skip(start, WORDS, mayHaveWords ? MAX_WORDS + 1 : shape.min); // one more, so that the run is known to the next one that begins in it
  if (mayHaveWords && words - start >= MAX_WORDS) return false;
  let end = scan.skip(start, shape.body, Math.min(shape.max + 2, scan.text.length));
  while (end - start > shape.min && scan.is(end - 1, DOT)) end--; // a full stop behind it
  const length = end - start;
  if (length < shape.min || length > shape.max || words >= end || isOneSign(scan, start, end)) return false;
  if (shape.max < Number.MAX_SAFE_INTEGER && scan.is(end, WORD)) return false;
  if (shape.isMixed && !isMixed(scan, start, end)) return false;
  return !(shape.isBase64 && standsInBase64(scan, at, end)) && scan.found(at, end);
}

function isMixed(scan: Scan, start: number, end: number): boolean {
  return [DIGIT, LOWER, UPPER].every((kind) => scan.skip(start, (WORD | BASE64_SIGN) & ~kind, end - start) < end);
}

/** Images and fonts have the beginnings of some tokens behind their `+` and `/`. A path has no such run of digits, capitals and small letters. */
function standsInBase64(scan: Scan, at: number, end: number): boolean {
  return (
    (scan.is(at - 1, BASE64_SIGN) && isLongBase64(scan, scan.skipBack(at, BASE64, LONG_BASE64), at)) ||
    (scan.is(end, BASE64_SIGN) && isLongBase64(scan, end, scan.skip(end, BASE64, LONG_BASE64)))
  );
}

function isLongBase64(scan: Scan, start: number, end: number): boolean {
  return end - start === LONG_BASE64 && isMixed(scan, start, end);
}

const LONG_BASE64 = 128;

/** One sign again and again is a placeholder. */
function isOneSign(scan: Scan, start: number, end: number): boolean {
  const first = scan.code(start);
  const stop = Math.min(end, start + MAX_WORDS);
  let i = start + 1;
  while (i < stop && scan.code(i) === first) i++;
  scan.steps += i - start;
  return i === stop;
}

/** Something of the shape's characters and least length. */
function exampleBody(shape: TokenShape): string {
  const hasCapitals = (shape.body & UPPER) !== 0;
  const piece = (shape.body & ALNUM) === ALNUM ? "a1B2c3" : hasCapitals ? "1A" : "1a";
  return piece.repeat(shape.min).slice(0, shape.min);
}
