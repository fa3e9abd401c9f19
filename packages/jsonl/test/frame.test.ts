import { expect, test } from "vitest";
import { BYTE_ORDER_MARK, encodeLine, LINE_END, LINE_FEED } from "../src/index.ts";

test("a line is its UTF-8 and one line feed", () => {
  expect(encodeLine('{"a":"é😀"}')).toEqual(Buffer.from('{"a":"é😀"}\n'));
  expect(encodeLine("{}\r")).toEqual(Buffer.from("{}\r\n"));
});

test("a line with a line feed of its own is refused, without quoting it", () => {
  expect(() => encodeLine("{}\n{}")).toThrow(
    expect.objectContaining({
      code: "PLB_JSONL_LINE_BREAK",
      details: { at: 2 },
      message: expect.not.stringContaining("{}"),
    }),
  );
});

test("the constants are the bytes that they name", () => {
  expect(Buffer.from(LINE_END)).toEqual(Buffer.from([LINE_FEED]));
  expect(Buffer.from("\uFEFF")).toEqual(Buffer.from(BYTE_ORDER_MARK));
});
