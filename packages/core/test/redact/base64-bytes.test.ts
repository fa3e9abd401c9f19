import fc from "fast-check";
import { expect, test } from "vitest";
import { everyBase64Byte } from "../../src/redact/base64-bytes.ts";

function bytesOf(base64: string): readonly number[] {
  const bytes: number[] = [];
  everyBase64Byte(base64, (byte, index) => {
    expect(index).toBe(bytes.length);
    bytes.push(byte);
    return true;
  });
  return bytes;
}

const encoded = fc.oneof(
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString("base64")),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("base64url")),
);
const signs = fc.string({
  unit: fc.constantFrom("A", "b", "7", "+", "/", "-", "_", "=", " ", "\n", "!", "\u0100"),
  maxLength: 60,
});

test("the bytes are those that the system decodes, whatever is given", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        encoded,
        signs,
        fc.tuple(encoded, signs).map((parts) => parts.join("")),
      ),
      (base64) => {
        expect(bytesOf(base64)).toEqual([...Buffer.from(base64, "base64")]);
      },
    ),
    { numRuns: 3000 },
  );
});

test("it ends with the first byte for which it does not hold", () => {
  for (const length of [9, 600]) {
    const base64 = Buffer.alloc(length, 0x61).fill(0x62, 5).toString("base64");
    let asked = 0;
    expect(
      everyBase64Byte(base64, (byte) => {
        asked += 1;
        return byte === 0x61;
      }),
    ).toBe(false);
    expect(asked).toBe(6);
  }
});
