import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUILT_IN_DETECTORS, createRedactor } from "../../src/redact/create-redactor.ts";
import { DETECTOR_GROUPS } from "../../src/redact/default-detectors.ts";
import type { RedactionAction } from "../../src/redact/redaction-options.ts";
import { SeededRandom } from "./corpus/random.ts";
import { SECRET_KINDS } from "./corpus/secret-kinds.ts";

const HASH_KEY = "k".repeat(32);
const ALL_ON = Object.fromEntries(Object.keys(DETECTOR_GROUPS).map((group) => [group, true]));
const random = new SeededRandom(7);

/** Pieces that mean something to some detector, alone or beside one another. */
const PIECES: readonly string[] = [
  ...SECRET_KINDS.map(({ make }) => make(random).text),
  ...BUILT_IN_DETECTORS.flatMap((detector) => detector.examples().catches.slice(0, 2)),
  ..."password token secret api_key --token auth cookie pwd= Authorization: Cookie: Set-Cookie: Bearer Basic curl -u jdbc:oracle: @tcp( ://".split(
    " ",
  ),
  ...'= : == => := : [ ] { } ( ) < > , ; & ? # @ / \\ " \' ` \\" \\\\\\" \\n \\u0070 %70 %3D %22 %2570 &quot; \\x22 | - . * ***'.split(
    " ",
  ),
  ..."[redacted:key] [redacted:jwt] [masked:key:1234] [masked:key] [hashed:key:0123456789abcdef012345] [removed] [redacted: [redacted:nope]".split(
    " ",
  ),
  ..."true null expired required is was value name 1234 4111 hunter2 a x 0x12 10:5 a.b ${X} $X {{x}} -----BEGIN -----END".split(
    " ",
  ),
  " ",
  "  ",
  "\n",
  "\r\n",
  "\t",
  "",
  "\u200b",
  "\u0430",
  "\ud83d\ude00",
  "\ud800",
  "ä",
  "\u0000",
  "PRIVATE KEY-----",
  "with password ",
  "identified by ",
];

const texts = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...PIECES) },
      { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
    ),
    { maxLength: 14 },
  )
  .map((pieces) => pieces.join(""));

const REDACTORS = (["redact", "mask", "hash", "remove"] satisfies RedactionAction[]).map((action) => ({
  action,
  redactor: createRedactor({ detectors: ALL_ON, actions: { default: action }, hashKey: HASH_KEY }),
}));

describe.each(REDACTORS)("with the action $action", ({ redactor }) => {
  test("redacting what is redacted changes nothing and finds nothing", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const once = redactor.text(text);
        expect(redactor.find(once)).toEqual([]);
        expect(redactor.text(once)).toBe(once);
      }),
      { numRuns: 500 },
    );
  });

  test("what is found lies in the text, in order and apart; where nothing is, nothing changes", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const found = redactor.find(text);
        let from = 0;
        for (const { start, end } of found) {
          expect(start).toBeGreaterThanOrEqual(from);
          expect(end).toBeGreaterThan(start);
          from = end;
        }
        expect(from).toBeLessThanOrEqual(text.length);
        expect(redactor.text(text) === text).toBe(found.length === 0);
      }),
      { numRuns: 300 },
    );
  });
});

test("any name and any text at all give the same answer twice, and never throw", () => {
  const one = createRedactor({ detectors: ALL_ON });
  const two = createRedactor({ detectors: ALL_ON });
  fc.assert(
    fc.property(fc.oneof(texts, fc.string({ unit: "binary" })), (text) => {
      expect(one.text(text)).toBe(two.text(text));
      expect(one.key(text)).toEqual(two.key(text));
      expect(one.key(text)).toEqual(one.key(text));
    }),
    { numRuns: 700 },
  );
});

test("a planted password does not survive any nesting of JSON, forms and addresses", () => {
  const redactor = createRedactor();
  const wrappers: readonly ((text: string) => string)[] = [
    (text) => JSON.stringify(text),
    (text) => JSON.stringify({ note: text, n: 1 }),
    (text) => JSON.stringify([1, text]),
    (text) => `https://example.org/?q=${encodeURIComponent(text)}&page=1`,
    (text) => `body=${encodeURIComponent(text)}`,
    (text) => `error: ${text}\n    at run (/app/run.ts:1:1)`,
    (text) => text.replaceAll('"', "&quot;"),
  ];
  const pairs: readonly ((secret: string) => string)[] = [
    (secret) => JSON.stringify({ user: "bob", password: secret }),
    (secret) => `user=bob&password=${secret}&x=1`,
    (secret) => `DB_PASSWORD=${secret} ready`,
    (secret) => `postgres://app:${secret}@db/shop`,
  ];
  const secrets = fc
    .string({ unit: fc.constantFrom(...Array.from("abcXYZ0189_")), minLength: 12, maxLength: 20 })
    .map((text) => `Pw7${text}`);
  fc.assert(
    fc.property(
      secrets,
      fc.constantFrom(...pairs),
      fc.array(fc.constantFrom(...wrappers), { maxLength: 3 }),
      (secret, pair, layers) => {
        const text = layers.reduce((inner, wrap) => wrap(inner), pair(secret));
        expect(redactor.text(text)).not.toContain(secret);
      },
    ),
    { numRuns: 500 },
  );
});
