import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseLine } from "../../src/parse-line.ts";
import { fakeRedactor, plantedSecret } from "./fake-redactor.ts";
import { attributesOf, createWriter, roundTrip, writtenJson } from "./writer.ts";

function nested(levels: number): unknown {
  let value: unknown = "bottom";
  for (let i = 0; i < levels; i++) value = { a: value };
  return value;
}

class Many {
  readonly #own = true;

  get isOwn(): boolean {
    return this.#own;
  }
}

function depthOf(value: unknown): number {
  let depth = 0;
  for (let at = value; typeof at === "object" && at !== null; at = (at as { a?: unknown }).a) depth += 1;
  return depth;
}

describe("depth", () => {
  test("is cut below the given level, and counted", () => {
    const writer = createWriter({ limits: { maxDepth: 3 } });
    expect(writtenJson(nested(3), writer)).toEqual({ a: { a: { a: "bottom" } } });
    expect(writer.counts()).toMatchObject({ depth: 0 });
    expect(writtenJson(nested(4), writer)).toEqual({ a: { a: { a: "[depth limit]" } } });
    expect(writtenJson([[[[]]]], writer)).toEqual([[["[depth limit]"]]]);
    expect(writer.counts()).toMatchObject({ depth: 2 });
  });

  test("of 10,000 levels is no strain, whatever the limit says", () => {
    const writer = createWriter({ limits: { maxDepth: 1e9 } });
    expect(depthOf(writtenJson(nested(10_000), writer))).toBe(256);
    const lists: unknown[] = [];
    let inner = lists;
    for (let i = 0; i < 10_000; i++) inner.push((inner = []));
    expect(JSON.stringify(writtenJson(lists, writer))).toContain("[depth limit]");
    expect(writer.counts()).toMatchObject({ depth: 2, failed: 0 });
  });

  test("of toJSON results that have a toJSON is bounded too", () => {
    const endless = (): object => ({ toJSON: () => ({ a: endless() }) });
    expect(depthOf(writtenJson(endless()))).toBe(16);
  });
});

describe("attributes", () => {
  test("beyond the limit are left out, and the line says how many", () => {
    const writer = createWriter({ limits: { maxAttributes: 3 } });
    const event = roundTrip({ attributes: { a: 1, b: 2, c: 3, d: 4, e: 5 }, droppedAttributes: 10 }, writer);
    expect(event.attributes).toEqual({ a: 1, b: 2, c: 3 });
    expect(event.droppedAttributes).toBe(12);
    expect(writer.counts()).toMatchObject({ attributes: 2 });
  });

  test("of all levels count together, and a cut map or list says so itself", () => {
    const writer = createWriter({ limits: { maxAttributes: 5 } });
    const event = roundTrip({ attributes: { list: [1, 2], map: { a: 1, b: 2, c: 3 }, more: 1 } }, writer);
    expect(event.attributes).toEqual({ list: [1, 2], map: { a: 1, "...": "[dropped 2]" } });
    expect(event.droppedAttributes).toBe(3);
    const lists = roundTrip({ attributes: { list: ["a", "b", "c", "d", "e"] } }, writer);
    expect(lists.attributes).toEqual({ list: ["a", "b", "c", "d", "...[dropped 1]"] });
    expect(roundTrip({ attributes: { a: 1, b: 1, c: 1, d: 1, list: [1], map: { a: 1 } } }, writer)).toMatchObject({
      attributes: { a: 1, b: 1, c: 1, d: 1, list: ["...[dropped 1]"] },
      droppedAttributes: 2,
    });
  });

  test.each<[string, unknown]>([
    ["keys", Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`key${n}`, n]))],
    ["items", Array.from({ length: 100_000 }, (_, n) => n)],
    ["holes", Object.assign([], { length: 4_294_967_295 })],
    ["entries of a Map", new Map(Array.from({ length: 100_000 }, (_, n) => [n, n]))],
    ["values of a Set", new Set(Array.from({ length: 100_000 }, (_, n) => n))],
    ["floats", new Float64Array(100_000)],
    [
      "own properties of an instance",
      Object.assign(
        new Many(),
        Array.from({ length: 100_000 }, (_, n) => n),
      ),
    ],
  ])("may be very many %s", (_, value) => {
    const event = roundTrip({ attributes: { value } });
    const size = Array.isArray(value) ? value.length : 100_000;
    expect(event.droppedAttributes).toBe(size - 1023);
    expect(Object.keys(event.attributes["value"] as object)).toHaveLength(1024);
    expect(JSON.stringify(event.attributes)).toContain(`[dropped ${size - 1023}]`);
  });

  test("of an endless iterable are not iterated on", () => {
    class Endless {
      readonly [Symbol.toStringTag] = "Headers";

      *[Symbol.iterator](): Generator<[string, number]> {
        for (let n = 0; ; n++) yield [`h${n}`, n];
      }
    }
    const event = roundTrip({ attributes: { endless: new Endless() } });
    expect(event.attributes["endless"]).toMatchObject({ h0: 0, h1022: 1022, "...": "[dropped 1]" });
  });

  test("of an event with an error give way to the error's", () => {
    const writer = createWriter({ limits: { maxAttributes: 4 } });
    const event = roundTrip({ attributes: { a: 1, b: 2, c: 3 }, error: new Error("boom") }, writer);
    expect(Object.keys(event.attributes)).toEqual(["exception.type", "exception.message", "exception.stacktrace", "a"]);
    expect(event.droppedAttributes).toBe(2);
  });
});

describe("strings", () => {
  test("are cut, say how much is missing, and are counted", () => {
    const writer = createWriter({ limits: { maxStringLength: 10 } });
    expect(writtenJson("0123456789", writer)).toBe("0123456789");
    expect(writtenJson("0123456789ab", writer)).toBe("0123456789...[truncated 2]");
    expect(writtenJson(Buffer.from("0123456789ab"), writer)).toBe("...[truncated 12 bytes]");
    expect(writer.counts()).toMatchObject({ string: 2 });
  });

  test("are never cut inside of a surrogate pair", () => {
    const writer = createWriter({ limits: { maxStringLength: 3 } });
    expect(writtenJson("ab😀cd", writer)).toBe("ab...[truncated 4]");
    expect(writtenJson("a😀cd", writer)).toBe("a😀...[truncated 2]");
  });

  test("are redacted before they are cut, so that nothing shows half a secret", () => {
    const secret = plantedSecret();
    const writer = createWriter({ limits: { maxStringLength: 100 }, redactor: fakeRedactor(secret) });
    for (let before = 100 - secret.length; before <= 100; before++) {
      const text = "x".repeat(before) + secret + "y".repeat(50);
      const far = text + "y".repeat(100_000);
      for (const value of [text, far, { [text]: 1 }, { [far]: 1 }]) {
        expect(JSON.stringify(writtenJson(value, writer))).not.toContain(secret.slice(0, 4));
      }
    }
  });

  test("in which redaction makes room do not show what was parted at the end of the scan", () => {
    const secret = plantedSecret();
    const redactor = fakeRedactor(secret, {
      text: (text) => text.replaceAll("long".repeat(10), "").replaceAll(secret, ""),
    });
    const writer = createWriter({ limits: { maxStringLength: 1000 }, redactor });
    const window = 1000 + 16 * 1024;
    const end = secret.slice(0, -1);
    const text = "long".repeat(window).slice(-(window - end.length)) + end + "tail".repeat(10_000);
    expect(text.slice(0, window).endsWith(end)).toBe(true);
    expect(writtenJson(text, writer)).toBe(`...[truncated ${text.length}]`);
  });

  test("that are names are cut as well", () => {
    const event = roundTrip({
      name: "n".repeat(2000),
      attributes: { ["k".repeat(2000)]: 1, [`${"k".repeat(2000)}z`]: 2 },
    });
    expect(event.name).toBe(`${"n".repeat(1024)}...[truncated 976]`);
    expect(Object.keys(event.attributes)).toEqual([
      `${"k".repeat(1024)}...[truncated 976]`,
      `${"k".repeat(1024)}...[truncated 977]`,
    ]);
  });
});

describe("the event's size", () => {
  test("is kept by cutting what is too long and leaving out the rest", () => {
    const writer = createWriter({ limits: { maxEventSize: 1000 }, resource: { "service.name": "shop" } });
    const record = writer.write(
      { name: "big", attributes: { small: 1, text: "x".repeat(5000), more: "y".repeat(300) } },
      9,
    );
    expect(record.line.length).toBeLessThanOrEqual(1000);
    expect(attributesOf(record)["small"]).toBe(1);
    expect(attributesOf(record)["text"]).toMatch(/^x{500,}\.\.\.\[truncated \d+\]$/u);
    expect(parseLine(record.line).droppedAttributes).toBe(1);
    expect(writer.counts()).toMatchObject({ event: 2, attributes: 1 });
  });

  test("leaves some room to the attributes when the body would take all", () => {
    const writer = createWriter({ limits: { maxEventSize: 4000 } });
    const event = roundTrip({ body: "b".repeat(10_000), attributes: { a: 1, b: "x".repeat(200) } }, writer);
    expect(event.attributes).toEqual({ a: 1, b: "x".repeat(200) });
    expect(event.body).toMatch(/^b{2000,}\.\.\.\[truncated \d+\]$/u);
  });

  test("is kept whatever the event", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string(),
          fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        ),
        fc.anything(),
        fc.integer({ min: 400, max: 3000 }),
        fc.integer({ min: 1, max: 300 }),
        (attributes, body, maxEventSize, stretch) => {
          const writer = createWriter({ limits: { maxEventSize } });
          const long = {
            text: '"\u0000x'.repeat(stretch),
            list: Array.from({ length: stretch }, (_, n) => [n]),
            deep: [[[[{ a: "z".repeat(stretch) }]]]],
          };
          const record = writer.write(
            {
              name: "n",
              attributes: { ...attributes, long },
              body: [body, long],
              error: new Error("x".repeat(stretch)),
            },
            9,
          );
          record.number("0k3f9c2a00000", Number.MAX_SAFE_INTEGER);
          expect(record.line.length).toBeLessThanOrEqual(maxEventSize);
          expect(() => parseLine(record.line)).not.toThrow();
        },
      ),
      { numRuns: 200 },
    );
  });
});
