import fc from "fast-check";
import { expect, test } from "vitest";
import { parseLine } from "../../src/parse-line.ts";
import { fakeRedactor, plantedSecret } from "./fake-redactor.ts";
import { createWriter } from "./writer.ts";

const secret = plantedSecret();

function fail(): never {
  throw Object.assign(new TypeError(secret), { name: secret });
}

/** A value that holds the secret somewhere, in something that is hard to walk. */
const hostile: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "medium" },
    fc.constantFrom<unknown>(secret, `x${secret}`, Symbol(secret), Buffer.from(secret), new URL(`https://h/?q=${secret}`), new Error(secret)),
    fc.string({ unit: "binary" }).map((text) => text + secret),
    fc.string({ unit: fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)) }),
    fc.anything({ withBigInt: true, withMap: true, withSet: true, withTypedArray: true }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "password", secret, "__proto__", "$int", "toJSON"), tie("value"), { maxKeys: 3 }),
    tie("value").map((value) => new Map([[value, value]])),
    tie("value").map((value) => new Set([value])),
    tie("value").map((value) => ({ toJSON: () => value })),
    tie("value").map((value) => new Error(secret, { cause: value })),
    tie("value").map((value) => new AggregateError([value], secret)),
    tie("value").map((value) => ({ get a() { return value; }, get b(): never { return fail(); } })),
    tie("value").map((value) => new Proxy({ value }, {})),
    tie("value").map((value) => Object.assign(Object.create({ inherited: secret }), { value })),
    tie("value").map((value) => { const cyclic: unknown[] = [value]; cyclic.push(cyclic, { cyclic }); return cyclic; }),
    fc.constantFrom<(keyof ProxyHandler<object>)[]>(["get"], ["ownKeys"], ["getPrototypeOf"], ["getOwnPropertyDescriptor"], ["has"], ["get", "getPrototypeOf"])
      .map((traps) => new Proxy({ a: secret }, Object.fromEntries(traps.map((trap) => [trap, fail])))),
    fc.constantFrom("get", "ownKeys").map((trap) => new Proxy([secret], { [trap]: fail })),
  ),
})).value;

test("no object, however hostile, gets a secret into a line, makes a line invalid or stops the walk", () => {
  const writer = createWriter({ redactor: fakeRedactor(secret) });
  fc.assert(
    fc.property(hostile, hostile, hostile, fc.constantFrom("plain.name", `n ${secret}`), (attributes, body, error, name) => {
      const record = writer.write({ name, attributes: attributes as Record<string, unknown>, body, error, scope: { name } }, 9);
      expect(record.line).not.toContain(secret);
      expect(record.name ?? "").not.toContain(secret);
      expect(record.line).not.toContain("\n");
      expect(Buffer.from(record.line).toString()).toBe(record.line);
      expect(parseLine(record.line).name).toBe(record.name);
    }),
    { numRuns: 1000 },
  );
  expect(writer.counts()).toMatchObject({ failed: 0 });
});

test("the same event gives the same line, and no key comes twice in a map", () => {
  const writer = createWriter({ redactor: fakeRedactor(secret) });
  fc.assert(
    fc.property(hostile, (attributes) => {
      const event = { attributes: attributes as Record<string, unknown> };
      const { line } = writer.write(event, 9);
      expect(writer.write(event, 9).line).toBe(line);
      expect(createWriter({ redactor: fakeRedactor(secret) }).write(event, 9).line).toBe(line);
      expect(JSON.stringify(JSON.parse(line)).length).toBe(JSON.stringify(reviveTwins(line)).length);
    }),
    { numRuns: 300 },
  );
});

/** Parses JSON in which a key that comes twice in one map is kept under another name. */
function reviveTwins(json: string): unknown {
  const stack: Set<string>[] = [];
  const marked = json.replaceAll(/"(?:[^"\\]|\\.)*"(?=:)|"(?:[^"\\]|\\.)*"|[{}]/gu, (token, offset: number) => {
    if (token === "{") stack.push(new Set());
    else if (token === "}") stack.pop();
    else if (json[offset + token.length] === ":") {
      const keys = stack.at(-1);
      if (keys?.has(token) === true) return `${token.slice(0, -1)} twin"`;
      keys?.add(token);
    }
    return token;
  });
  return JSON.parse(marked) as unknown;
}
