import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parseGoDuration } from "../../src/reload/go-duration.ts";
import { parseListenAddress } from "../../src/reload/listen-address.ts";
import { Masking } from "../../src/reload/masking.ts";
import { splitCommand } from "../../src/reload/split-command.ts";
import { unpack } from "../../src/reload/unpack.ts";

describe("unpacking", () => {
  const plain = Buffer.from("a: 1\n".repeat(1000));

  test("goes by how content begins, and takes several members for one", async () => {
    expect(await unpack(plain, "f")).toBe(plain);
    expect(await unpack(Buffer.alloc(0), "f")).toEqual(Buffer.alloc(0));
    const two = Buffer.concat([gzipSync(plain), gzipSync(plain)]);
    expect(await unpack(two, "f")).toEqual(Buffer.concat([plain, plain]));
  });

  test("refuses what is cut short, damaged, or becomes too large", async () => {
    const packed = gzipSync(plain);
    const damaged = Buffer.from(packed);
    damaged[packed.length - 6] = (damaged[packed.length - 6] ?? 0) ^ 0xff;
    const refused = { code: "PLB_CLI_RELOAD_PACKED" };
    for (let length = 2; length < packed.length; length++) {
      await expect(unpack(packed.subarray(0, length), "f")).rejects.toMatchObject(refused);
    }
    await expect(unpack(damaged, "f")).rejects.toMatchObject(refused);
    await expect(unpack(packed, "f", plain.length - 1)).rejects.toThrow("it is more than 4999 bytes");
    expect(await unpack(packed, "f", plain.length)).toEqual(plain);
  });
});

test.each([
  ["nginx -t -c {}", ["nginx", "-t", "-c", "{}"]],
  [`a 'b c' "d e"f \\g`, ["a", "b c", "d ef", "g"]],
  [`a ''`, ["a", ""]],
  [`a "b\\"c" 'd\\e'`, ["a", 'b"c', "d\\e"]],
  ["", undefined],
  ["'' a", undefined],
  [`a "b`, undefined],
  ["a \\", undefined],
])("the words of %s", (text, words) => {
  expect(splitCommand(text)).toEqual(words);
});

test.each([
  ["0", 0],
  ["500ms", 500],
  ["1.5s", 1500],
  ["1m30s", 90_000],
  ["2h", 7_200_000],
  ["5", undefined],
  ["s", undefined],
  ["-1s", undefined],
  ["1s ", undefined],
])("the duration %s", (text, ms) => {
  expect(parseGoDuration(text)).toBe(ms);
});

test.each([
  ["127.0.0.1:8080", { host: "127.0.0.1", port: 8080 }],
  ["[::1]:80", { host: "::1", port: 80 }],
  [":0", { host: undefined, port: 0 }],
  ["localhost", undefined],
  ["::1:80", undefined],
  ["a:65536", undefined],
])("the address %s", (text, address) => {
  expect(parseListenAddress(text)).toEqual(address);
});

test("what a program said shows neither a value that was put in, nor a secret, nor steers a terminal", () => {
  const masking = new Masking();
  masking.hide(
    new Map([
      ["LONG", "correct horse battery"],
      ["PART", "horse"],
      ["ON", "yes"],
    ]),
  );
  masking.hide(new Map([["NEXT", "staple"]]));
  expect(masking.line("bad: correct horse battery, horse, staple, yes\n\u001b[31mred")).toBe(
    "bad: $(LONG), $(PART), $(NEXT), yes \\u001b[31mred",
  );
  const token = ["ghp", "_", "a1B2".repeat(9)].join("");
  expect(masking.line(`token ${token}`)).not.toContain(token);
  expect(masking.line("x ".repeat(5000)).length).toBeLessThan(500);
});
