import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import { SeededRandom } from "./corpus/random.ts";
import { SECRET_KINDS } from "./corpus/secret-kinds.ts";

const redactor = createRedactor();
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const LABEL = "[redacted:encoded]";

describe("the base64 of a secret", () => {
  test.each(SECRET_KINDS.map(({ kind, make }) => [kind, make] as const))("%s, as a value of its own", (_, make) => {
    const random = new SeededRandom(11);
    for (let round = 0; round < 5; round++) {
      const { text } = make(random);
      const forms = [
        base64(text),
        base64(text).replaceAll("=", ""),
        Buffer.from(text).toString("base64url"),
        base64(base64(text)),
      ];
      for (const form of forms) {
        // What begins like a known secret is found in text already, as a part: then the part is gone.
        const redacted = redactor.text(form);
        expect(redacted, form).not.toBe(form);
        expect(redacted).not.toContain(form.slice(12));
      }
    }
  });

  test("of a user and a password is known by its form", () => {
    const user = fc.string({ unit: fc.constantFrom(...Array.from("abcxyz0189._-@")), minLength: 1, maxLength: 12 });
    const password = fc
      .string({ unit: fc.constantFrom(...Array.from("ghijkGHIJK0189!#$_")), minLength: 8, maxLength: 20 })
      .map((text) => `z${text}7g!`);
    fc.assert(
      fc.property(user, password, (name, secret) => {
        expect(redactor.text(base64(`${name}:${secret}`))).toBe(LABEL);
      }),
    );
  });

  test("of what has a secret in it is taken out whole", () => {
    for (const text of ['{"user":"bob","password":"hunter2"}', "GET /?token=abc123def HTTP/1.1", "password=hunter2é"])
      expect(redactor.text(base64(text)), text).toBe(LABEL);
    expect(redactor.find(base64("DB_PASSWORD=hunter2"))).toEqual([{ detector: "encoded", start: 0, end: 28 }]);
  });

  test.each([0, 1, 2, 3, 4, 5])(
    "and of a text with one in it is found inside other text, at any place (%i before)",
    (before) => {
      const token = `ghp_${"a1B2".repeat(9)}`;
      for (const plain of [
        JSON.stringify({ password: "h4nter2Qx" }),
        `x=${token} y`,
        "Authorization: Bearer a1b2c3d4e5",
      ]) {
        const text = "~".repeat(before) + plain;
        for (const encoded of [
          base64(text),
          Buffer.from(text).toString("base64url"),
          Buffer.from(text).toString("hex"),
          Buffer.from(text).toString("hex").toUpperCase(), // as SQL's HEX(), Java and .NET write it
        ]) {
          const redacted = redactor.text(`got ${encoded} back`);
          expect(redacted, plain).toBe(`got ${LABEL} back`);
          expect(redactor.text(redacted)).toBe(redacted);
        }
      }
    },
  );

  test("of a text about one stays", () => {
    for (const text of [
      "the password must have 8 characters",
      '{"password":""}',
      "secret santa",
      "ghp_ is a prefix",
      "api_key: none",
    ]) {
      for (const encoded of [base64(`.${text}.`), Buffer.from(`.${text}.`).toString("hex")])
        expect(redactor.text(`got ${encoded} back`), text).toBe(`got ${encoded} back`);
    }
  });

  test("of a key, a token or a database's address is found inside other text", () => {
    const dashes = "-".repeat(5);
    const key = base64(`${dashes}BEGIN PRIVATE KEY${dashes}\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n`);
    const token = base64(`ghp_${"a1B2".repeat(9)}`);
    const address = base64("postgres://app:hunter2@db/shop");
    for (const secret of [key, token, address]) {
      for (const text of [
        `tls.key: ${secret}`,
        JSON.stringify({ data: secret }),
        `{\\"data\\":\\"${secret}\\"}`,
        `x=${secret}&y=1`,
      ])
        expect(redactor.text(text)).not.toContain(secret.slice(4, 24));
    }
  });
});

describe("other base64", () => {
  test.each([
    base64("User:1234"),
    base64("gid://shop/Product/1234567"),
    base64("arrayconnection:10"),
    base64("LineItem:5f43a1c0de5f43a1c0de5f43"),
    base64("just a sentence that somebody wrote, nothing else"),
    base64('{"page":2,"size":10}'),
    base64(`${"-".repeat(5)}BEGIN CERTIFICATE${"-".repeat(5)}\nMIIEvQIBADANBgkqhkiG9w0BAQ`),
    base64("postgres://db.example.org/shop"),
    "authentication",
    "deadbeefdeadbeefdeadbeefdeadbeef",
    "ConcurrentModification",
    "checkout/abcd/session/",
    Buffer.from(Uint8Array.from({ length: 96 }, (_, i) => (i * 37) % 256)).toString("base64"),
  ])("%s stays", (text) => {
    expect(redactor.text(text)).toBe(text);
  });

  test("random bytes, digests and ids stay", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 9, maxLength: 64 }), (bytes) => {
        for (const encoding of ["base64", "base64url", "hex"] as const) {
          const text = Buffer.from(bytes).toString(encoding);
          if (redactor.text(text) !== text) expect(Buffer.from(bytes).toString("latin1")).toMatch(/:/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
