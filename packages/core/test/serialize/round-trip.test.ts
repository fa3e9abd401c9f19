import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type AnyMap, type AnyValue, DoubleValue } from "../../src/attributes.ts";
import { eventLineFrom } from "../../src/read-line.ts";
import type { SeverityNumber } from "../../src/severity.ts";
import { parseLine } from "../../src/parse-line.ts";
import { createWriter } from "./writer.ts";

/** Names that a plain object, or the format itself, treats in a way of its own. */
const oddName = fc.constantFrom(
  "__proto__",
  "constructor",
  "toString",
  "$int",
  "$bytes",
  "$double",
  "$$int",
  "$$$double",
  "",
  "a.b",
  "0",
  "10",
);
const name = fc.oneof({ weight: 3, arbitrary: wellFormed() }, { weight: 2, arbitrary: oddName });

/** AnyValues in the form in which they come back: each kind of the data model, all the way down. */
const anyValue = fc.letrec<{ value: AnyValue; map: AnyMap }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    wellFormed(),
    fc.maxSafeInteger().map((n) => n + 0),
    fc.double().filter((n) => !Number.isSafeInteger(n)),
    fc.oneof(fc.maxSafeInteger(), fc.constantFrom(-0, 0, 1)).map((n) => new DoubleValue(n)),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }).filter((n) => !Number.isSafeInteger(Number(n))),
    fc.uint8Array(),
    fc.array(tie("value"), { maxLength: 5 }),
    tie("map"),
  ),
  map: fc.array(fc.tuple(name, tie("value")), { maxLength: 5 }).map(nullMap),
}));

function wellFormed(): fc.Arbitrary<string> {
  return fc.string({ unit: "binary", maxLength: 40 });
}

function nullMap(entries: readonly (readonly [string, AnyValue])[]): AnyMap {
  const map = Object.create(null) as Record<string, AnyValue>;
  for (const [key, value] of entries) map[key] = value;
  return map;
}

const LAST_NANO = 253_402_300_799_999_999_999n;

test("every kind of value comes back from its line as it was", () => {
  const writer = createWriter();
  fc.assert(
    fc.property(anyValue.map, fc.option(anyValue.value, { nil: undefined }), (attributes, body) => {
      const { line } = writer.write({ attributes, body }, 9);
      expect(line).not.toMatch(/[\n\r]/u);
      expect(Buffer.from(line, "utf8").toString("utf8")).toBe(line);
      const event = parseLine(line);
      expect(isDeepStrictEqual(event.attributes, attributes)).toBe(true);
      expect(isDeepStrictEqual(event.body, body)).toBe(true);
    }),
    { numRuns: 500 },
  );
  expect(writer.counts()).toMatchObject({ depth: 0, attributes: 0, string: 0, event: 0, failed: 0 });
});

test("what comes back is written again as it was", () => {
  const writer = createWriter();
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string({ unit: "binary" }),
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withSparseArray: true,
          withNullPrototype: true,
          withBoxedValues: true,
        }),
      ),
      (attributes) => {
        const first = parseLine(writer.write({ attributes }, 9).line);
        const second = parseLine(writer.write({ attributes: first.attributes }, 9).line);
        expect(isDeepStrictEqual(second, first)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test("every field comes back, from the record and from the text", () => {
  const hex = (digits: number): fc.Arbitrary<string> =>
    fc
      .string({ unit: fc.nat({ max: 15 }).map((digit) => digit.toString(16)), minLength: digits, maxLength: digits })
      .filter((id) => /[^0]/u.test(id));
  const writer = createWriter({ resource: { "service.name": "shop" } });
  fc.assert(
    fc.property(
      fc.record({
        name: fc.option(wellFormed(), { nil: undefined }),
        time: fc.bigInt({ min: -62_167_219_200_000_000_000n, max: LAST_NANO }),
        observedTime: fc.option(fc.bigInt({ min: 0n, max: LAST_NANO }), { nil: undefined }),
        trace: fc.option(fc.record({ traceId: hex(32), spanId: hex(16), flags: fc.integer({ min: 0, max: 255 }) }), {
          nil: undefined,
        }),
        scope: fc.option(
          fc.oneof(fc.record({ name: wellFormed() }), fc.record({ name: wellFormed(), version: wellFormed() })),
          { nil: undefined },
        ),
        droppedAttributes: fc.nat(),
        signal: fc.constantFrom("logs" as const, "traces" as const, "metrics" as const),
      }),
      fc.integer({ min: 1, max: 24 }),
      fc.option(fc.nat(), { nil: undefined }),
      (input, severity, seq) => {
        const record = writer.write(input, severity as SeverityNumber);
        if (seq !== undefined) record.number("0k3f9c2a00000", seq + 1);
        const expected = {
          id: seq === undefined ? undefined : `0k3f9c2a00000:${seq + 1}`,
          time: input.time,
          severity,
          name: input.name,
          signal: input.signal,
        };
        expect(record).toMatchObject(expected);
        expect(parseLine(record.line)).toMatchObject({
          ...expected,
          observedTime: input.observedTime,
          traceId: input.trace?.traceId,
          spanId: input.trace?.spanId,
          flags: input.trace?.flags,
          scope: input.scope,
          droppedAttributes: input.droppedAttributes,
          resource: { "service.name": "shop" },
        });
        const read = eventLineFrom(record.line);
        expect(read).toMatchObject({ ...expected, line: record.line });
        expect(read.event()).toEqual(record.event());
      },
    ),
    { numRuns: 300 },
  );
});
