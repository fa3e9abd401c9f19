import { describe, expect, test } from "vitest";
import { createColours, wantsColour } from "../../src/terminal/colour.ts";

describe("wantsColour", () => {
  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [false, { FORCE_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "0" }, false],
    [true, { FORCE_COLOR: "false" }, false],
    [true, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
    [true, { TERM: "dumb" }, false],
  ])("on a terminal: %s, %j: %s", (isTerminal, env, expected) => {
    expect(wantsColour(isTerminal, env)).toBe(expected);
  });
});

describe("createColours", () => {
  test("leaves text alone when off", () => {
    expect(createColours(false).red("x")).toBe("x");
  });

  test("opens the outer colour again after an inner one", () => {
    const colours = createColours(true);
    expect(colours.red(`a${colours.red("b")}c`)).toBe("\u001b[31ma\u001b[31mb\u001b[39m\u001b[31mc\u001b[39m");
    expect(colours.bold("")).toBe("");
  });
});
