import { severityName } from "@plumbline/core";
import { describe, expect, test } from "vitest";
import { severityOfNumber, severityOfWord } from "../../src/input/level.ts";

const nameOf = (severity: ReturnType<typeof severityOfWord>): string | undefined =>
  severity === undefined ? undefined : severityName(severity);

describe("a word", () => {
  test.each([
    ["info", "INFO"],
    ["INFO", "INFO"],
    ["Information", "INFO"],
    ["warn", "WARN"],
    ["WARNING", "WARN"],
    ["err", "ERROR"],
    ["notice", "INFO2"],
    ["crit", "ERROR2"],
    ["critical", "FATAL"],
    ["emerg", "FATAL"],
    ["silly", "TRACE"],
    ["debug3", "DEBUG3"],
    [" info ", "INFO"],
    ["\u001b[32minfo\u001b[39m", "INFO"],
    ["banana", undefined],
    ["", undefined],
    ["constructor", undefined],
  ])("%j is %s", (word, expected) => {
    expect(nameOf(severityOfWord(word))).toBe(expected);
  });

  test("keeps the order of winston's levels", () => {
    const severities = ["silly", "debug", "verbose", "http", "info", "warn", "error"].map((word) =>
      Number(severityOfWord(word)),
    );
    expect(severities).toEqual([...severities].sort((a, b) => a - b));
    expect(new Set(severities).size).toBe(severities.length);
  });
});

describe("a number", () => {
  test.each([
    [10, "TRACE"],
    [20, "DEBUG"],
    [30, "INFO"],
    [35, "INFO3"],
    [39, "INFO4"],
    [40, "WARN"],
    [50, "ERROR"],
    [60, "FATAL"],
    [100, "FATAL4"],
    [6, undefined],
    [0, undefined],
    [Number.NaN, undefined],
    [1e9, undefined],
  ])("%d is %s", (level, expected) => {
    expect(nameOf(severityOfNumber(level))).toBe(expected);
  });
});
