import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DoubleValue } from "../../src/attributes.ts";
import { fakeRedactor, plantedSecret } from "./fake-redactor.ts";
import { createWriter, roundTrip, writtenJson } from "./writer.ts";

class Point {
  readonly x: number;
  readonly #hidden = 7;

  constructor(x: number) {
    this.x = x;
  }

  get inherited(): number {
    return this.#hidden;
  }
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

describe("a double is written as JavaScript writes it", () => {
  const writer = createWriter();
  const written = (value: number): string => writer.write({ attributes: { value } }, 9).rest;

  test.each([0.001, 0.01, 0.1, 12.5, 12.05, 12.345, 999_999.999, 1_000_000.001, 123_456_789.125, 0.0001, 1e-7, 1.0005])(
    "%d",
    (value) => {
      expect(written(value)).toContain(`"value":${value}}`);
      expect(written(-value)).toContain(`"value":${-value}}`);
    },
  );

  test("any number of thousandths, and the doubles next to it", () => {
    const bits = new BigUint64Array(1);
    const double = new Float64Array(bits.buffer);
    fc.assert(
      fc.property(
        fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }),
        fc.constantFrom(-1n, 0n, 1n),
        (count, by) => {
          double[0] = count / 1000;
          bits[0] = (bits[0] ?? 0n) + by;
          const value = double[0] ?? 0;
          fc.pre(Number.isFinite(value) && !Number.isInteger(value));
          expect(written(value)).toContain(`"value":${value}}`);
        },
      ),
      { numRuns: 5000 },
    );
  });
});

describe("is written as", () => {
  test.each<[string, unknown, unknown]>([
    ["text", "a", "a"],
    ["empty text", "", ""],
    ["text to be escaped", 'a"b\\c\n\u0000\u2028', 'a"b\\c\n\u0000\u2028'],
    ["long text to be escaped", `${"x".repeat(100)}"\n`, `${"x".repeat(100)}"\n`],
    ["a pair of surrogates", "a😀b", "a😀b"],
    ["a lone high surrogate", "a\ud83d", "a\ufffd"],
    [
      "a lone low surrogate",
      "\ude00 in a longer text that is not looped over",
      "\ufffd in a longer text that is not looped over",
    ],
    ["an integer", 42, 42],
    ["the greatest safe integer", Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ["a double", 1.5, 1.5],
    ["an integral double beyond 2^53", 2 ** 60, 2 ** 60],
    ["minus zero", -0, { $double: "-0" }],
    ["not a number", Number.NaN, { $double: "NaN" }],
    ["infinity", Number.POSITIVE_INFINITY, { $double: "Infinity" }],
    ["minus infinity", Number.NEGATIVE_INFINITY, { $double: "-Infinity" }],
    ["a double value", new DoubleValue(1), { $double: "1" }],
    ["a double value with a fraction", new DoubleValue(1.5), 1.5],
    ["a small bigint", 5n, 5],
    ["a bigint", 2n ** 60n, { $int: "1152921504606846976" }],
    ["a bigint that no reader would take", 2n ** 20_000n, "[bigint of more than 13000 bits]"],
    ["true", true, true],
    ["null", null, null],
    ["undefined", undefined, undefined],
    ["a list with nothing in it", [undefined, null], [null, null]],
    // oxlint-disable-next-line no-sparse-arrays
    ["a list with holes", [1, , 3], [1, null, 3]],
    ["a symbol", Symbol("tag"), "Symbol(tag)"],
    ["a function", fail, "[Function: fail]"],
    [
      "a function without a name",
      (
        () => (): void =>
          undefined
      )(),
      "[Function]",
    ],
    ["a date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["a date that is none", new Date(Number.NaN), "Invalid Date"],
    ["bytes", new Uint8Array([104, 105]), { $bytes: "aGk=" }],
    ["a buffer", Buffer.from("hi"), { $bytes: "aGk=" }],
    ["clamped bytes", new Uint8ClampedArray([104, 105]), { $bytes: "aGk=" }],
    ["an array buffer", new Uint8Array([104, 105]).buffer, { $bytes: "aGk=" }],
    ["a shared array buffer", new SharedArrayBuffer(1), { $bytes: "AA==" }],
    ["a data view on a part", new DataView(new Uint8Array([1, 104, 105]).buffer, 1), { $bytes: "aGk=" }],
    ["a list of floats", new Float32Array([1, 2.5]), [1, 2.5]],
    ["a list of long integers", new BigInt64Array([1n, 2n ** 60n]), [1, { $int: "1152921504606846976" }]],
    ["a regular expression", /a"b/gu, '/a"b/gu'],
    ["a URL", new URL("https://a.example/b?c=d"), "https://a.example/b?c=d"],
    ["search parameters", new URLSearchParams("a=1&b=2&a=3&a=4"), { a: ["1", "3", "4"], b: "2" }],
    [
      "headers",
      new Headers([
        ["X-A", "1"],
        ["x-b", "2"],
      ]),
      { "x-a": "1", "x-b": "2" },
    ],
    ["form data", formData(), { a: "1" }],
    [
      "a map",
      new Map<unknown, unknown>([
        ["a", 1],
        [1, 2],
        ["1", 3],
        [null, 4],
      ]),
      { a: 1, "1": 2, "1#2": 3, null: 4 },
    ],
    [
      "a map with other keys",
      new Map<unknown, unknown>([
        [{}, 1],
        [Symbol("s"), 2],
        [(): void => undefined, 3],
      ]),
      { "[object Object]": 1, "Symbol(s)": 2, "[Function]": 3 },
    ],
    ["a set", new Set(["a", { b: 1 }]), ["a", { b: 1 }]],
    [
      "boxed primitives",
      [Object("s"), Object(1), Object(true), Object(2n), Object(Symbol("y"))],
      ["s", 1, true, 2, "Symbol(y)"],
    ],
    ["an instance", new Point(1), { x: 1 }],
    ["a map without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [
      "what has a toJSON",
      { toJSON: () => ({ a: new Date(0), b: { toJSON: () => 1 } }) },
      { a: "1970-01-01T00:00:00.000Z", b: 1 },
    ],
    ["what has a toJSON that gives itself", selfJson(), { a: 1 }],
    ["a toJSON that throws", { toJSON: () => JSON.parse("{") as unknown }, "[toJSON threw: SyntaxError]"],
    ["a toJSON that is none", { toJSON: 5 }, { toJSON: 5 }],
    ["a promise", Promise.resolve(1), "[object Promise]"],
    ["a revoked proxy", revoked({}), "[Object threw: TypeError]"],
    ["a revoked proxy of a list", revoked([]), "[Object threw: TypeError]"],
    ["a proxy", new Proxy({ a: 1 }, {}), { a: 1 }],
    ["a proxy of a list", new Proxy([1, 2], {}), [1, 2]],
    ["a proxy whose keys throw", new Proxy({}, { ownKeys: fail }), "[Object threw: RangeError]"],
    ["a proxy of a list whose length throws", new Proxy([], { get: fail }), "[Object threw: RangeError]"],
    [
      "a getter that throws",
      {
        get a(): number {
          return fail();
        },
        b: 1,
      },
      { a: "[Getter threw: RangeError]", b: 1 },
    ],
    [
      "a getter that throws what is no error",
      {
        get a(): number {
          throw Object.create(null);
        },
      },
      { a: "[Getter threw: Error]" },
    ],
    [
      "an item that throws",
      new Proxy([1, 2], { get: (list, key) => (key === "1" ? fail() : Reflect.get(list, key)) }),
      [1, "[Getter threw: RangeError]"],
    ],
    ["a date in name only", { [Symbol.toStringTag]: "Date", a: 1 }, { a: 1 }],
    [
      "own keys that every object has",
      JSON.parse('{"__proto__":{"a":1},"constructor":2,"hasOwnProperty":3}'),
      JSON.parse('{"__proto__":{"a":1},"constructor":2,"hasOwnProperty":3}'),
    ],
    ["what looks like a tag", { $int: "5" }, { $$int: "5" }],
    ["what looks like an escaped tag", { $$bytes: "" }, { $$$bytes: "" }],
    ["what looks like a tag once undefined is left out", { $double: 1, a: undefined }, { $$double: 1 }],
    ["what only begins like a tag", { $int: 1, b: 2 }, { $int: 1, b: 2 }],
  ])("%s", (_, value, json) => {
    expect(writtenJson(value)).toEqual(json);
    expect(writtenJson([{ value }])).toEqual([json === undefined ? {} : { value: json }]);
  });
});

function fail(): never {
  throw new RangeError("never shown");
}

function formData(): FormData {
  const form = new FormData();
  form.append("a", "1");
  return form;
}

function selfJson(): object {
  const self = { a: 1, toJSON: undefined as unknown };
  self.toJSON = (): object => self;
  Object.defineProperty(self, "toJSON", { enumerable: false });
  return self;
}

describe("an object in itself", () => {
  test("is cut where it comes again, and nowhere else", () => {
    const shared = { s: 1 };
    const cyclic: Record<string, unknown> = { shared, again: shared };
    cyclic["self"] = cyclic;
    cyclic["list"] = [cyclic];
    cyclic["map"] = new Map([["key", cyclic]]);
    expect(writtenJson(cyclic)).toEqual({
      shared: { s: 1 },
      again: { s: 1 },
      self: "[Circular]",
      list: ["[Circular]"],
      map: { key: "[Circular]" },
    });
  });

  test("is cut when it is a list or a map", () => {
    const list: unknown[] = [1];
    list.push(list);
    expect(writtenJson(list)).toEqual([1, "[Circular]"]);
    const map = new Map<string, unknown>();
    map.set("self", map);
    expect(writtenJson(map)).toEqual({ self: "[Circular]" });
  });
});

test("a value that changes its answer is asked once", () => {
  let reads = 0;
  const attributes = {
    get a(): string {
      reads += 1;
      return reads === 1 ? "first" : "second";
    },
  };
  expect(writtenJson(attributes)).toEqual({ a: "first" });
  expect(reads).toBe(1);
});

test("properties that others have put on Object.prototype are not written", () => {
  const writer = createWriter();
  Reflect.defineProperty(Object.prototype, "polluted", {
    value: 1,
    enumerable: true,
    configurable: true,
    writable: true,
  });
  let line: string;
  try {
    line = writer.write({ attributes: { a: { b: 1 } } }, 9).line;
  } finally {
    Reflect.deleteProperty(Object.prototype, "polluted");
  }
  expect(line).toContain('"attributes":{"a":{"b":1}}}');
});

describe("attributes that are", () => {
  test.each<[string, unknown, unknown]>([
    ["an instance", new Point(1), { x: 1 }],
    ["a Map", new Map([["a", 1]]), { a: 1 }],
    ["what a toJSON gives", { toJSON: () => ({ a: 1 }) }, { a: 1 }],
    ["a list", [1], { value: [1] }],
    ["text", "x", { value: "x" }],
    ["a date", new Date(0), { value: "1970-01-01T00:00:00.000Z" }],
    ["a revoked proxy", revoked({}), { value: "[Object threw: TypeError]" }],
    ["a proxy whose keys throw", new Proxy({}, { ownKeys: fail }), { value: "[Object threw: RangeError]" }],
    ["null", null, {}],
  ])("%s are written as a map", (_, attributes, expected) => {
    expect(roundTrip({ attributes: attributes as Record<string, unknown> }).attributes).toEqual(expected);
  });
});

describe("a secret", () => {
  const secret = plantedSecret();
  const writer = createWriter({ redactor: fakeRedactor(secret) });
  const named = Object.defineProperty((): void => undefined, "name", { value: secret });

  test.each<[string, unknown]>([
    ["text", `x ${secret} y`],
    ["a name", { [secret]: 1 }],
    ["a Map's name", new Map([[secret, 1]])],
    ["a set", new Set([secret])],
    ["what toJSON gives", { toJSON: () => ({ deep: [secret], password: "!!" }) }],
    ["a value under a secret name", { user: { Password: "!!", list: [{ password: { a: "!!" } }] } }],
    ["bytes that are text", Buffer.from(`x ${secret}`)],
    ["a URL", new URL(`https://a.example/?q=${secret}`)],
    ["search parameters", new URLSearchParams({ password: "!!", q: secret })],
    ["headers", new Headers({ "x-password": "!!", q: secret })],
    ["a boxed string", Object(secret)],
    ["a symbol", Symbol(secret)],
    ["a function's name", named],
    ["a regular expression", new RegExp(secret)],
    ["an error", Object.assign(new Error(secret, { cause: { password: "!!" } }), { code: secret })],
    [
      "what a getter throws",
      {
        get a(): number {
          throw new Error(secret);
        },
      },
    ],
    [
      "the name of what a getter throws",
      {
        get a(): number {
          throw Object.assign(new Error("x"), { name: secret });
        },
      },
    ],
    ["an object's string tag", new Map([[{ [Symbol.toStringTag]: secret }, 1]])],
  ])("does not get through as %s", (_, value) => {
    const { line } = writer.write({ attributes: { value }, body: value }, 9);
    expect(line).not.toContain(secret);
    expect(line).not.toContain("!!");
    expect(line).not.toContain(Buffer.from(secret).toString("base64").slice(0, 12));
    expect(writer.counts()).toMatchObject({ failed: 0 });
  });

  test("is looked for in long numbers", () => {
    const digits = ["4111", "1111", "1111", "1111"].join("");
    const cards = createWriter({ redactor: fakeRedactor(digits) });
    expect(writtenJson(Number(digits), cards)).toBe("[redacted:word]");
    expect(writtenJson(BigInt(digits), cards)).toBe("[redacted:word]");
    expect(writtenJson(-Number(digits), cards)).toBe("-[redacted:word]");
  });

  test("is let through where a path is allowed, and there alone", () => {
    const paths: string[] = [];
    const redactor = fakeRedactor(secret, {
      hasPathRules: true,
      allows: (path) => {
        paths.push(path.join("/"));
        return path.join("/") === "user/list/password";
      },
    });
    const attributes = { user: { list: [{ password: "a" }], password: "b" }, password: "c", other: 1 };
    expect(roundTrip({ attributes }, createWriter({ redactor })).attributes).toEqual({
      user: { list: [{ password: "a" }], password: "[redacted:key]" },
      password: "[redacted:key]",
      other: 1,
    });
    expect(paths).toEqual(["user", "user/list", "user/list/password", "user/password", "password", "other"]);
  });

  test("is not looked for at all where a path is allowed: in text, numbers, bytes and the items of a list, but in what has names below", () => {
    const digits = Number(["4111", "1111", "1111", "1111"].join(""));
    const redactor = fakeRedactor(secret, {
      hasPathRules: true,
      allows: (path) => path.join("/") === "a" || path.join("/") === "map/in",
      text: (text) => text.replaceAll(secret, "[redacted:word]").replaceAll(`${digits}`, "[redacted:word]"),
    });
    const writer = createWriter({ redactor });
    const written = (attributes: Record<string, unknown>): string => writer.write({ attributes }, 9).line;
    for (const value of [secret, digits, BigInt(digits), [secret, [digits]], new Set([secret])]) {
      expect(written({ a: value })).toContain(typeof value === "object" ? secret : `${value}`);
      expect(written({ b: value })).not.toContain(typeof value === "object" ? secret : `${value}`);
      expect(
        written({ b: value, a: value, c: value }).split(typeof value === "object" ? secret : `${value}`),
      ).toHaveLength(2);
    }
    expect(written({ a: Buffer.from(secret) })).toContain("$bytes");
    expect(written({ a: { in: secret } })).not.toContain(secret);
    expect(written({ a: [{ in: secret }, "x"] })).not.toContain(secret);
    expect(written({ map: { in: secret } })).toContain(secret);
    // A value that was let through under a name is not taken for harmless under the same name elsewhere.
    for (let i = 0; i < 3; i++) expect(written({ a: secret, x: { a: secret } }).split(secret)).toHaveLength(2);
    const bad = {
      get: (): never => {
        throw new TypeError(secret);
      },
    };
    expect(written({ a: [new Proxy({}, bad), { a: secret }], b: secret })).not.toContain(secret);
  });

  test("under a name whose rule removes it leaves no trace; null has nothing to hide", () => {
    const redactor = fakeRedactor(secret, { replace: () => undefined });
    const attributes = { a: 1, password: "x", deep: { password: "x" }, none: { password: null } };
    expect(roundTrip({ attributes }, createWriter({ redactor })).attributes).toEqual({
      a: 1,
      deep: {},
      none: { password: null },
    });
  });

  test("in names that become the same leaves each its entry", () => {
    const two = { [secret]: 1, "[redacted:word]": 2, [`x${secret}`]: 3 };
    expect(roundTrip({ attributes: two }, writer).attributes).toEqual({
      "[redacted:word]": 2,
      "[redacted:word]#2": 1,
      "x[redacted:word]": 3,
    });
    const three = { other: 1, [secret]: 2, "[redacted:word]": 3, "[redacted:word]#2": 4 };
    expect(roundTrip({ attributes: { three } }, writer).attributes).toEqual({
      three: { other: 1, "[redacted:word]": 3, "[redacted:word]#2": 4, "[redacted:word]#3": 2 },
    });
    const map = new Map([
      ["[redacted:word]", 1],
      [secret, 2],
      ["[redacted:word]#2", 3],
    ]);
    expect(roundTrip({ attributes: { map } }, writer).attributes).toEqual({
      map: { "[redacted:word]": 1, "[redacted:word]#2": 2, "[redacted:word]#2#2": 3 },
    });
  });
});
