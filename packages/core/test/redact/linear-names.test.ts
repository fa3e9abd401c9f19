import { describe, expect, test } from "vitest";
import { createKeyRules, type NameClass } from "../../src/redact/key-rules.ts";
import { MAX_STEPS_PER_CHARACTER, stepsOf } from "./default-scanner.ts";

const rules = createKeyRules([], []);

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

/** What looks ahead some hundred characters, and no further, costs less near the end: hence the quarter that is added below. */
const LENGTH = 1024;

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
            const one = stepsOf(unit, LENGTH);
            const two = stepsOf(unit, 2 * LENGTH);
            if (two > 2.25 * one + 256 || two > MAX_STEPS_PER_CHARACTER * 2 * LENGTH)
              bad.push(`${JSON.stringify(unit)}: ${one} and ${two} steps`);
          }
    }
    expect(bad).toEqual([]);
  });
});
