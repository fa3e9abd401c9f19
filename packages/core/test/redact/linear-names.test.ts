import { describe, expect, test } from "vitest";
import { PLAIN_DETECTORS } from "../../src/redact/default-detectors.ts";
import { keyValueDetector } from "../../src/redact/detectors/key-value.ts";
import { createKeyRules, type NameClass } from "../../src/redact/key-rules.ts";
import { Labels } from "../../src/redact/label.ts";
import { cacheNames } from "../../src/redact/name-cache.ts";
import { nameAnchors } from "../../src/redact/text-anchors.ts";
import { TextScanner } from "../../src/redact/text-scanner.ts";

const rules = createKeyRules([], []);
const detectors = [keyValueDetector(nameAnchors([]), cacheNames(rules)), ...PLAIN_DETECTORS];
const scanner = new TextScanner(
  detectors,
  new Labels(
    detectors.map(({ id }) => id),
    undefined,
  ),
);

/** Names of each class, with and without a dot. */
const NAMES: Readonly<Record<Exclude<NameClass, "plain">, readonly string[]>> = {
  password: ["password", "pwd", "a.pwd"],
  secret: ["token", "a.token"],
  cautious: ["otp", "cookies"],
  query: ["code"],
};

/** What stands before a name: whether it is an option, a parameter, an element or a text is decided by it. */
const BEFORE = [
  "",
  " ",
  "?",
  "&",
  ";",
  "#",
  ":",
  "<",
  "/",
  "-",
  "--",
  "[",
  "{",
  "(",
  '"',
  '\\"',
  'name="',
  '["',
  '{"a":{"',
  "set-",
];

/** What stands between a name and its value, one of each joint that there is and some that mean two things. */
const JOINTS = [
  "=",
  ":",
  "==",
  "=>",
  " = ",
  ": ",
  " -> ",
  " | ",
  " is ",
  " ",
  ">",
  ' x="y">',
  "</key><string>",
  "[0]=",
  "]=",
  '"=',
  ']","value":"',
  '/0","value":"',
  '":',
  '":"',
  '">',
  '","',
  '","value":"',
  '";s:7:"',
  '\\":\\"',
  '"\n\n',
  '"\\n\\n',
  '("',
  "='",
  '="""',
  ":\n ",
  ": |\n ",
  "%3D",
];

/** What a value begins with, chosen so that it is given up: late, where it can be. */
const VALUES = [
  "",
  "a",
  "/",
  ".",
  "$",
  "${",
  "{",
  "{a",
  "[",
  "[a",
  "<",
  "%",
  "!a.",
  "a.b",
  "a(",
  "a)",
  "xxx",
  "process.env.",
  "#{a",
  "%(a",
  "ref+a",
  "1 fail",
  "new ",
  "return ",
  "bearer ",
  "0x",
  "12m",
  "<![CDATA[",
  "set(1) {",
  "[redacted:",
  "a,",
  "a&",
  "a;",
  "a".repeat(150),
  "/".repeat(150),
];

const LENGTH = 1024;
/** No input may cost more than this per character. What looks ahead some hundred characters, and no further, costs less near the end: hence the quarter. */
const MAX_STEPS_PER_CHARACTER = 60;

function steps(unit: string, length: number): number {
  scanner.find(unit.repeat(Math.ceil(length / unit.length)).slice(0, length));
  return scanner.steps;
}

/** The stretch of inputs of a run: all of them take a minute and a half (`PLUMBLINE_LINEAR=1`, `npm run test:linear`), without it every 53rd is tried, of each row another one. */
const STRIDE = process.env["PLUMBLINE_LINEAR"] === "1" ? 1 : 53;

describe("a word that holds names again and again is read once", { timeout: 900_000 }, () => {
  test.each(Object.entries(NAMES))("under a name that is %s", (nameClass, names) => {
    let at = 0;
    const bad: string[] = [];
    for (const name of names) {
      expect(rules.classify(name)).toBe(nameClass);
      for (const before of BEFORE)
        for (const joint of JOINTS)
          for (const value of VALUES) {
            if (at++ % STRIDE !== 0) continue;
            const unit = before + name + joint + value;
            const one = steps(unit, LENGTH);
            const two = steps(unit, 2 * LENGTH);
            if (two > 2.25 * one + 256 || two > MAX_STEPS_PER_CHARACTER * 2 * LENGTH)
              bad.push(`${JSON.stringify(unit)}: ${one} and ${two} steps`);
          }
    }
    expect(bad).toEqual([]);
  });
});
