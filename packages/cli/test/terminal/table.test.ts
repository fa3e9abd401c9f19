import { expect, test } from "vitest";
import { createColours } from "../../src/terminal/colour.ts";
import { renderTable } from "../../src/terminal/table.ts";
import { textWidth } from "../../src/terminal/text-width.ts";

test("columns stand under their titles, numbers at the right", () => {
  const rows = [
    ["checkout.jsonl", "12"],
    ["日本.jsonl", "3"],
  ];
  expect(renderTable([{ title: "file" }, { title: "lines", align: "right" }], rows, createColours(false))).toBe(
    "file            lines\ncheckout.jsonl     12\n日本.jsonl          3\n",
  );
});

test("colours take no room, missing cells are blank, no line ends in blanks", () => {
  const colours = createColours(true);
  const table = renderTable([{ title: "a" }, { title: "b" }], [[colours.red("xyz")], ["x", "y"]], createColours(false));
  expect(table).toBe(`a    b\n${colours.red("xyz")}\nx    y\n`);
});

test.each([
  ["abc", 3],
  ["é", 1],
  ["e\u0301", 1],
  ["日本", 4],
  ["😀", 2],
  ["\u001b[31mred\u001b[39m", 3],
  ["", 0],
])("the width of %j is %d", (text, width) => {
  expect(textWidth(text)).toBe(width);
});
