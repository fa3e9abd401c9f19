import { describe, expect, test } from "vitest";
import { Labels } from "../../src/redact/label.ts";
import type { TextDetector } from "../../src/redact/text-detector.ts";
import { TextScanner } from "../../src/redact/text-scanner.ts";
import { detectors, MAX_STEPS_PER_CHARACTER, scanner, stepsOf } from "./default-scanner.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

const known = new Map<string, number>();

/** They are the same each time: what has been counted is not counted again. */
function steps(unit: string, length: number): number {
  const key = `${length} ${unit}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const counted = stepsOf(unit, length);
  known.set(key, counted);
  return counted;
}

/** Inputs that make a detector begin again and again, go far and find nothing, or find something everywhere. */
function adversaries(detector: TextDetector): string[] {
  const { catches } = detector.examples();
  const anchors = detector.anchors.length > 0 ? detector.anchors : ["1", "DE12", "4111 "];
  return [
    ...anchors
      .slice(0, 3)
      .flatMap((anchor) => [
        anchor,
        ` ${anchor}`,
        `${anchor} `,
        `${anchor}"`,
        `${anchor}a`,
        `${anchor}${"a".repeat(60)}`,
      ]),
    ...catches
      .slice(0, 3)
      .flatMap((text) => [text, ` ${text.slice(0, -1)}`, text.slice(0, Math.ceil(text.length / 2))]),
  ];
}

/** Inputs aimed at what the detectors share: names, quotes, brackets, escapes, numbers, labels. */
const SHARED: readonly string[] = [
  "a",
  "A",
  "1",
  "-",
  "=",
  '"',
  "\\",
  "{",
  "[",
  "<",
  ":",
  "/",
  "@",
  ".",
  "%",
  "&",
  " ",
  "\n",
  "+",
  "(",
  "password",
  "password=",
  "password:",
  "password =",
  'password="',
  "password='",
  "password=,a",
  "password=&a",
  "password=)x",
  "token.token.",
  '"password":{',
  '"password":[',
  '"password":{"',
  '\\"password\\":{\\"',
  'password":"\\',
  "password=[redacted:",
  "password=[",
  "[redacted:key]",
  "[redacted:",
  "<password>",
  "password is ",
  "--password ",
  "password: |\n a\n",
  "x=1,",
  "a password",
  "key key",
  "api key: ",
  "password[0]",
  "?code=",
  "?key=x/",
  "pin:/",
  "otp:/",
  "pass:/",
  "cookies:/",
  "bearer:/",
  "auth:a/",
  ":otp>",
  'name="password">',
  "password=${",
  "password=process.env.",
  "eyJ.",
  "eyJa.",
  "://",
  "://a:",
  "://a:b/",
  "://a@",
  "a://1:2/3?4#5@",
  "curl -u ",
  "curl -",
  "1 ",
  "1234 ",
  "1234-",
  "AB1",
  "1.",
  "1.1.1.",
  "a:",
  "::",
  "+1 ",
  "(1",
  "-----BEGIN ",
  "-----BEGIN PRIVATE KEY-----",
  "BEGIN RSA PRIVATE KEY",
  "authorization:",
  "authorization: a b=",
  "cookie:a=",
  "set-cookie:a=b;",
  "bearer ",
  "basic a:",
  "\\u0061",
  "\\x22",
  "%41",
  "%2541",
  "&quot;",
  "&#34;",
  "\u0430",
  "\u200b",
  "\ud835\udfce",
  "p\u0430ssword=",
  "@tcp(",
  "a:b@tcp(",
  "jdbc:oracle:a:",
  "identified by '",
  "JQQJ9",
  "Q~",
  ":AA",
  ".atlasv1.",
  "_mmk",
];

/** Of a detector's inputs the one that costs the most a character. */
function worst(detector: TextDetector): string {
  let found = "";
  let highest = 0;
  for (const unit of adversaries(detector)) {
    const cost = steps(unit, 4 * KIB);
    if (cost > highest) [found, highest] = [unit, cost];
  }
  return found;
}

/** Detectors whose inputs stand in one text, one behind the other: each has as many characters as the next. */
const FAMILY = 36;

/**
 * About `length` characters, an equal share of them of each unit again and again. A share is odd, so that with its line end each begins at an even
 * place whatever the length: text is searched by pairs, and the same anchor costs another number of steps at an odd place.
 */
function blocks(units: readonly string[], length: number): string {
  const share = Math.floor(length / units.length) | 1;
  return units.map((unit) => unit.repeat(Math.ceil(share / unit.length)).slice(0, share)).join("\n");
}

const IS_LONG = process.env["PLUMBLINE_LINEAR"] === "1";
const LARGEST_MIB = IS_LONG ? 4 : 1;
const LARGEST = LARGEST_MIB * MIB;

/**
 * With the input of each detector that costs the most. With `PLUMBLINE_LINEAR=1` each has a text of 4 MiB to itself, which takes some two minutes (`npm run test:linear`); without it,
 * detectors share one of 1 MiB, in which what is quadratic for any of them still costs far more than twice as much.
 */
describe(`the steps at most double up to ${LARGEST_MIB} MiB`, () => {
  const size = IS_LONG ? 1 : FAMILY;
  const families = Array.from({ length: Math.ceil(detectors.length / size) }, (_, i) =>
    detectors.slice(i * size, (i + 1) * size),
  );

  test.each(families.map((family) => [family.map(({ id }) => id).join(" "), family] as const))(
    "%s",
    (_, family) => {
      const units = family.map(worst);
      const [before = 0, after = 0] = [LARGEST / 2, LARGEST].map((length) => {
        scanner.find(blocks(units, length));
        return scanner.steps;
      });
      expect(after).toBeLessThanOrEqual(2.05 * before + 256);
      expect(after / LARGEST).toBeLessThanOrEqual(MAX_STEPS_PER_CHARACTER);
    },
    120_000,
  );

  test("of every detector", () => {
    console.info(
      `doubled up to ${LARGEST_MIB} MiB: ${families
        .flat()
        .map(({ id }) => id)
        .join(" ")}`,
    );
    expect(families.flat()).toEqual(detectors);
  });
});

describe("the steps at most double when the input doubles", () => {
  test.each(detectors.map((detector) => [detector.id, detector] as const))("%s", (_, detector) => {
    for (const unit of adversaries(detector)) {
      const one = steps(unit, 2 * KIB);
      const two = steps(unit, 4 * KIB);
      expect(two, JSON.stringify(unit)).toBeLessThanOrEqual(2.1 * one + 256);
      expect(two / (4 * KIB), JSON.stringify(unit)).toBeLessThanOrEqual(MAX_STEPS_PER_CHARACTER);
    }
  });

  test.each(SHARED)("%j", (unit) => {
    for (const text of [unit, `${unit} `, `x${unit}`]) {
      const one = steps(text, 2 * KIB);
      const two = steps(text, 4 * KIB);
      expect(two, JSON.stringify(text)).toBeLessThanOrEqual(2.1 * one + 256);
      expect(two / (4 * KIB), JSON.stringify(text)).toBeLessThanOrEqual(MAX_STEPS_PER_CHARACTER);
    }
  });

  test(`up to ${LARGEST_MIB} MiB, of what costs much everywhere`, () => {
    const units = ["password=,a", '"password":{', "\\u0061"];
    const of = (length: number): number => {
      scanner.find(blocks(units, length));
      return scanner.steps;
    };
    let before = of(LARGEST / 4);
    for (const length of [LARGEST / 2, LARGEST]) {
      const now = of(length);
      expect(now).toBeLessThanOrEqual(2.05 * before + 256);
      before = now;
    }
  });

  test("which a detector that looks at the whole text each time fails", () => {
    const quadratic: TextDetector = {
      id: "quadratic",
      group: "credentials",
      description: "",
      anchors: ["ab"],
      examples: () => ({ catches: [], leaves: [] }),
      match: (scan) => {
        for (let i = 0; scan.is(i, 0xffff); i++) scan.steps++;
        return false;
      },
    };
    const bad = new TextScanner([quadratic], new Labels([], undefined));
    bad.find("ab".repeat(1000));
    const one = bad.steps;
    bad.find("ab".repeat(2000));
    expect(bad.steps).toBeGreaterThan(2.1 * one + 256);
  });
});
