import { ALNUM, BASE64, BASE64_URL, DIGIT, DOT, EQUALS, HEX, TILDE, UNDERSCORE, WORD } from "../character-class.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { goesOn, wordStart } from "../word-start.ts";

/** A token that is known by what stands in its middle or at its end. */
interface MarkedShape {
  readonly id: string;
  readonly owner: string;
  readonly mark: string;
  readonly before: number;
  readonly minBefore: number;
  readonly maxBefore: number;
  readonly after: number;
  readonly minAfter: number;
  readonly maxAfter: number;
}

const SECRET_SIGNS: number = BASE64_URL | DOT | TILDE;

const TOKEN_SIGNS: number = BASE64_URL | BASE64 | DOT | EQUALS;

const SHAPES: readonly MarkedShape[] = [
  shape("telegram-token", "Telegram bot tokens", [DIGIT, 5, 16], ":AA", [BASE64_URL, 32, 36]),
  shape("azure-client-secret", "Entra ID client secrets", [SECRET_SIGNS, 4, 4], "Q~", [SECRET_SIGNS, 31, 34]),
  shape(
    "azure-key",
    "Azure keys with a signature, personal access tokens of Azure DevOps among them",
    [BASE64, 52, 52],
    "JQQJ9",
    [BASE64, 20, 40],
  ),
  shape("terraform-token", "Terraform Cloud tokens", [ALNUM, 14, 14], ".atlasv1.", [BASE64_URL | EQUALS, 40, 80]),
  shape("maxmind-key", "MaxMind license keys", [ALNUM | UNDERSCORE, 36, 36], "_mmk", [WORD, 0, 0]),
  shape("fcm-key", "Firebase Cloud Messaging server keys", [BASE64_URL, 7, 64], ":APA91b", [BASE64_URL, 100, 200]),
  ...[".acc_", ".acc-"].map((mark) =>
    shape("authress-key", "Authress service client keys", [WORD | DOT, 10, 60], mark, [TOKEN_SIGNS, 40, 160]),
  ),
  shape("mailchimp-key", "Mailchimp keys", [HEX, 32, 32], "-us", [DIGIT, 1, 2]),
];

/** Tokens that are known by a mark inside of them. */
export const markedTokenDetectors: readonly TextDetector[] = Array.from(new Set(SHAPES.map(({ id }) => id)), (id) =>
  markedDetector(
    id,
    SHAPES.filter((shape) => shape.id === id),
  ),
);

function markedDetector(id: string, shapes: readonly MarkedShape[]): TextDetector {
  return {
    id,
    group: "vendor-tokens",
    description: shapes[0]?.owner ?? "",
    anchors: shapes.map(({ mark }) => mark),
    hasExactAnchors: true,
    match: (scan, at) => shapes.some((given) => matchMarked(scan, at, given)),
    examples: () => {
      const tokens = shapes.map(
        (given) => exampleBody(given.before, given.minBefore) + given.mark + exampleBody(given.after, given.minAfter),
      );
      return {
        catches: tokens.flatMap((token) => [token, `found ${token} there`]),
        leaves: shapes.flatMap(({ mark }, i) => [mark, `a${mark}b`, `x${tokens[i] ?? ""}${"y".repeat(200)}`]),
      };
    },
  };
}

function shape(
  id: string,
  owner: string,
  [before, minBefore, maxBefore]: readonly [number, number, number],
  mark: string,
  [after, minAfter, maxAfter]: readonly [number, number, number],
): MarkedShape {
  return { id, owner, mark, before, minBefore, maxBefore, after, minAfter, maxAfter };
}

function matchMarked(scan: Scan, at: number, given: MarkedShape): boolean {
  if (!scan.startsWithExactly(given.mark, at)) return false;
  const start = wordStart(scan, scan.skipBack(at, given.before, given.maxBefore + 1));
  if (at - start < given.minBefore || at - start > given.maxBefore) return false;
  const from = at + given.mark.length;
  let end = scan.skip(from, given.after, given.maxAfter + 2);
  while (end - from > given.minAfter && scan.is(end - 1, DOT)) end--; // a full stop behind it
  if (end - from < given.minAfter || end - from > given.maxAfter) return false;
  return !goesOn(scan, start, WORD) && !scan.is(end, WORD) && scan.found(start, end);
}

function exampleBody(characters: number, length: number): string {
  const piece = (characters & WORD) === DIGIT ? "12" : (characters & ALNUM) === ALNUM ? "a1B2" : "1a";
  return piece.repeat(length).slice(0, length);
}
