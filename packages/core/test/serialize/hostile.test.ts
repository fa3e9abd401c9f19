import fc from "fast-check";
import { expect, test } from "vitest";
import { parseLine } from "../../src/parse-line.ts";
import { fakeRedactor, plantedSecret } from "./fake-redactor.ts";
import { createWriter } from "./writer.ts";

const secret = plantedSecret();

function fail(): never {
  throw Object.assign(new TypeError(secret), { name: secret });
}

type Make = () => unknown;

function proxyOf(target: object, ...traps: (keyof ProxyHandler<object>)[]): object {
  return new Proxy(target, Object.fromEntries(traps.map((trap) => [trap, fail])));
}

const leaf: fc.Arbitrary<Make> = fc.oneof(
  fc.constantFrom<Make>(
    () => secret,
    () => `x${secret}`,
    () => Symbol(secret),
    () => Buffer.from(secret),
    () => new URL(`https://h/?q=${secret}`),
    () => new Error(secret),
    () => ({
      get a(): never {
        return fail();
      },
      password: secret,
    }),
    () => proxyOf({ a: secret }, "get"),
    () => proxyOf({ a: secret }, "ownKeys"),
    () => proxyOf({ a: secret }, "getPrototypeOf"),
    () => proxyOf({ a: secret }, "getOwnPropertyDescriptor"),
    () => proxyOf({ a: secret }, "has", "getPrototypeOf"),
    () => proxyOf([secret], "get"),
    () => proxyOf(new Error(secret), "get", "getPrototypeOf"),
    () => proxyOf(() => secret, "get"),
  ),
  fc.string({ unit: "binary" }).map(
    (text): Make =>
      () =>
        text + secret,
  ),
  fc.string({ unit: fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)) }).map(
    (text): Make =>
      () =>
        text,
  ),
  fc.anything({ withBigInt: true, withMap: true, withSet: true, withTypedArray: true }).map(
    (value): Make =>
      () =>
        value,
  ),
);

/** Makes a value that holds the secret somewhere, in something that is hard to walk. */
const hostile: fc.Arbitrary<Make> = fc.letrec<{ value: Make }>((tie) => {
  const within = (wrap: (value: unknown) => unknown): fc.Arbitrary<Make> =>
    tie("value").map(
      (make): Make =>
        () =>
          wrap(make()),
    );
  return {
    value: fc.oneof(
      { depthSize: "medium" },
      leaf,
      fc.array(tie("value"), { maxLength: 3 }).map(
        (items): Make =>
          () =>
            items.map((make) => make()),
      ),
      fc
        .dictionary(
          fc.constantFrom("a", "password", secret, `${secret}2`, "[redacted:word]", "__proto__", "$int", "toJSON"),
          tie("value"),
          { maxKeys: 3 },
        )
        .map(
          (items): Make =>
            () =>
              Object.fromEntries(Object.entries(items).map(([key, make]) => [key, make()])),
        ),
      within(
        (value) =>
          new Map([
            [value, value],
            [secret, value],
          ]),
      ),
      within((value) => new Set([value])),
      within((value) => ({ toJSON: () => value })),
      within((value) => new Error(secret, { cause: value })),
      within((value) => new AggregateError([value], secret)),
      within((value) => ({
        get a() {
          return value;
        },
      })),
      within((value) => new Proxy({ value }, {})),
      within((value) => Object.assign(Object.create({ inherited: secret }) as object, { value })),
      within((value) => {
        const cyclic: unknown[] = [value];
        cyclic.push(cyclic, { cyclic });
        return cyclic;
      }),
    ),
  };
}).value;

test("no object, however hostile, gets a secret into a line, makes a line invalid or stops the walk", () => {
  const writer = createWriter({ redactor: fakeRedactor(secret) });
  fc.assert(
    fc.property(
      hostile,
      hostile,
      hostile,
      fc.constantFrom("plain.name", `n ${secret}`),
      (attributes, body, error, name) => {
        const event = {
          name,
          attributes: attributes() as Record<string, unknown>,
          body: body(),
          error: error(),
          scope: { name },
        };
        const record = writer.write(event, 9);
        expect(record.line).not.toContain(secret);
        expect(record.name ?? "").not.toContain(secret);
        expect(record.line).not.toContain("\n");
        expect(Buffer.from(record.line).toString()).toBe(record.line);
        expect(parseLine(record.line).name).toBe(record.name);
        expect(writer.counts()).toMatchObject({ failed: 0 });
      },
    ),
    { numRuns: 400 },
  );
});

test("the same event gives the same line, and no key comes twice in a map", () => {
  const writer = createWriter({ redactor: fakeRedactor(secret) });
  fc.assert(
    fc.property(hostile, (attributes) => {
      const event = { attributes: attributes() as Record<string, unknown> };
      const { line } = writer.write(event, 9);
      expect(writer.write(event, 9).line).toBe(line);
      expect(createWriter({ redactor: fakeRedactor(secret) }).write(event, 9).line).toBe(line);
      expect(JSON.stringify(JSON.parse(line)).length).toBe(JSON.stringify(reviveTwins(line)).length);
    }),
    { numRuns: 150 },
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
