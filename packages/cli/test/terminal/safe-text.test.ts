import { expect, test } from "vitest";
import { safeText } from "../../src/terminal/safe-text.ts";

test.each([
  ["plain é 日本 😀", "plain é 日本 😀"],
  ["a\nb\tc\r", String.raw`a\nb\tc\r`],
  ["\u001b[2J\u0007", String.raw`\u001b[2J\u0007`],
  ["\u009b31m", String.raw`\u009b31m`],
  ["\u202egnp.exe", String.raw`\u202egnp.exe`],
])("%j cannot steer the terminal", (text, expected) => {
  expect(safeText(text)).toBe(expected);
});
