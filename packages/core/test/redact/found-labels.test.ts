import { describe, expect, test } from "vitest";
import { FoundLabels } from "../../src/redact/found-labels.ts";
import { Labels } from "../../src/redact/label.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("labels that were found", () => {
  test("end where they end, by the bytes of a window and by the text, whichever was recognised before", () => {
    const text = "a=[redacted:jwt] b=[redacted:jwt] c=[redacted:cookie] d=[redacted:nobody] e=[redacted:jwt]x";
    const found = new FoundLabels(new Labels(["jwt", "cookie"], undefined));
    const starts = Array.from(text.matchAll(/\[/g), ({ index }) => index);
    const wanted = [16, 33, 53, -1, text.length - 1];
    const bytes = bytesOf(text);
    found.begin();
    expect(starts.map((start) => found.note(text, start, bytes, start, bytes.length))).toEqual(wanted);
    expect(starts.map((start) => found.endOf(text, start))).toEqual(wanted);
    found.forget();
    // Also against the order, and where nobody came upon one before.
    expect(starts.toReversed().map((start) => found.endOf(text, start))).toEqual(wanted.toReversed());
    const before = new FoundLabels(new Labels(["jwt", "cookie"], undefined));
    expect(starts.map((start) => before.endOf(text, start))).toEqual(wanted);
  });

  test("are not taken from bytes that lie behind what is known, nor from a window that begins within", () => {
    const text = "[redacted:jwt] [redacted:jwt";
    const found = new FoundLabels(new Labels(["jwt"], undefined));
    const stale = bytesOf("[redacted:jwt] [redacted:jwt]");
    found.begin();
    expect(found.note(text, 0, stale, 0, text.length)).toBe(14);
    expect(found.note(text, 15, stale, 15, text.length)).toBe(-1);
    found.begin();
    expect(found.note(text, 0, bytesOf("dacted:jwt]"), -3, 11)).toBe(14);
  });

  test("of another text or window are not mistaken for its own", () => {
    const found = new FoundLabels(new Labels(["jwt"], undefined));
    const text = "[redacted:jwt]";
    found.begin();
    found.note(text, 0, bytesOf(text), 0, text.length);
    expect(found.endOf(text, 0)).toBe(14);
    found.begin();
    found.forget();
    expect(found.endOf("[redacted:nobody]", 0)).toBe(-1);
  });
});
