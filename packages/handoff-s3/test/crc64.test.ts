import { expect, test } from "vitest";
import { Crc64Nvme } from "../src/crc64.ts";

function crcOf(...pieces: readonly Uint8Array[]): string {
  const crc = new Crc64Nvme();
  for (const piece of pieces) crc.update(piece);
  return Buffer.from(crc.digest(), "base64").toString("hex");
}

test("the check value of the algorithm's catalogue entry", () => {
  expect(crcOf(Buffer.from("123456789"))).toBe("ae8b14860a799888");
});

test("the values of the NVM Express specification for 4 KiB of zeros and of ones", () => {
  expect(crcOf(Buffer.alloc(4096))).toBe("6482d367eb22b64e");
  expect(crcOf(Buffer.alloc(4096, 0xff))).toBe("c0ddba7302eca3ac");
});

test("is the same however the bytes come in pieces, and may be asked for on the way", () => {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, at) => (at * 7) & 0xff));
  const crc = new Crc64Nvme();
  crc.update(bytes.subarray(0, 123));
  expect(crc.digest()).toBe(crc.digest());
  crc.update(bytes.subarray(123));
  expect(Buffer.from(crc.digest(), "base64").toString("hex")).toBe(crcOf(bytes));
  expect(crcOf(bytes.subarray(0, 1), bytes.subarray(1))).toBe(crcOf(bytes));
});
