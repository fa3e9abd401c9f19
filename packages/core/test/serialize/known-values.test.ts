import fc from "fast-check";
import { expect, test } from "vitest";
import { fakeRedactor, plantedSecret } from "./fake-redactor.ts";
import { attributesOf, createWriter } from "./writer.ts";

const secret = plantedSecret();
const few = fc.constantFrom<unknown>(
  0,
  -0,
  1,
  "1",
  "0",
  true,
  "true",
  null,
  "null",
  1.5,
  "",
  "a",
  'a"',
  secret,
  "[redacted:word]",
  [1],
  { a: 1 },
  2n ** 60n,
);
const names = fc.constantFrom("a", "b", "c", "password", secret, "[redacted:word]", "$int");

test("a writer that has seen the same names and values before writes as a new one does", () => {
  const old = createWriter({ redactor: fakeRedactor(secret) });
  fc.assert(
    fc.property(fc.array(fc.tuple(names, few), { maxLength: 6 }), fc.constantFrom("x", "y"), (entries, name) => {
      const event = {
        name,
        attributes: { ...Object.fromEntries(entries), deep: Object.fromEntries(entries.reverse()) },
      };
      const { line } = createWriter({ redactor: fakeRedactor(secret) }).write(event, 9);
      expect(old.write(event, 9).line).toBe(line);
      expect(old.write(event, 9).line).toBe(line);
    }),
    { numRuns: 500 },
  );
});

test("more names and values than are remembered are written all the same", () => {
  const writer = createWriter();
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 5000; n++) {
      const attributes = { first: n % 7, [`name${n}`]: `value${n}`, many: n, few: n % 2 === 0, last: "same" };
      const record = writer.write({ name: `event${n}`, attributes, scope: { name: `scope${n}` } }, 9);
      if (n % 100 === 0) expect(attributesOf(record)).toEqual(attributes);
    }
  }
  expect(writer.counts()).toMatchObject({ failed: 0 });
});

test("a secret that comes under a name with known values is found", () => {
  const writer = createWriter({ redactor: fakeRedactor(secret) });
  for (let n = 0; n < 200; n++) {
    const { line } = writer.write(
      { attributes: { a: n % 3 === 0 ? secret : `value${n % 5}`, [n % 2 === 0 ? secret : "b"]: n } },
      9,
    );
    expect(line).not.toContain(secret);
  }
});
