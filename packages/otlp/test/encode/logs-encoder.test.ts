import {
  DoubleValue,
  eventLineFrom,
  parseLine,
  PlumblineError,
  type AnyValue,
  type EventInput,
  type EventLine,
} from "@plumbline/core";
import { attributeOf, decodeOtlp, itemsOf, normaliseOtlpJson, type OtlpMessage } from "@plumbline/testing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLogsEncoder, type OtlpForm } from "../../src/index.ts";
import { foreignLine, writeLines } from "../lines.ts";

const MESSAGE = "ExportLogsServiceRequest";
const FORMS: readonly OtlpForm[] = ["protobuf", "json"];

function encode(lines: readonly EventLine[], form: OtlpForm = "protobuf", schemaUrl = ""): OtlpMessage {
  const { body } = createLogsEncoder({ form, schemaUrl }).encode(lines, 0, Number.POSITIVE_INFINITY);
  return decode(body, form);
}

function decode(body: Buffer, form: OtlpForm): OtlpMessage {
  return form === "protobuf" ? decodeOtlp(body, MESSAGE) : normaliseOtlpJson(JSON.parse(body.toString()), MESSAGE);
}

function recordsOf(message: OtlpMessage): readonly OtlpMessage[] {
  return itemsOf({ signal: "logs", message }).map(({ item }) => item);
}

function onlyRecord(line: EventLine, form: OtlpForm): OtlpMessage {
  return recordsOf(encode([line], form))[0] ?? {};
}

describe.each(FORMS)("a line as %s", (form) => {
  test.each<[string, unknown, OtlpMessage]>([
    ["an integer", 42, { intValue: "42" }],
    ["a negative integer", -42, { intValue: "-42" }],
    ["the largest safe integer", Number.MAX_SAFE_INTEGER, { intValue: "9007199254740991" }],
    ["the least safe integer", Number.MIN_SAFE_INTEGER, { intValue: "-9007199254740991" }],
    ["-2^32", -(2 ** 32), { intValue: "-4294967296" }],
    ["a 64-bit integer", 9_223_372_036_854_775_807n, { intValue: "9223372036854775807" }],
    ["the least 64-bit integer", -9_223_372_036_854_775_808n, { intValue: "-9223372036854775808" }],
    ["an integer beyond 64 bits, as text", 2n ** 64n, { stringValue: "18446744073709551616" }],
    ["a double", 0.1, { doubleValue: 0.1 }],
    ["a double that is integral", new DoubleValue(1), { doubleValue: 1 }],
    ["a double of 2^53", 2 ** 53, { doubleValue: 2 ** 53 }],
    ["-0", -0, { doubleValue: "-0" }],
    ["NaN", Number.NaN, { doubleValue: "NaN" }],
    ["an infinity", Number.NEGATIVE_INFINITY, { doubleValue: "-Infinity" }],
    ["the least double", Number.MIN_VALUE, { doubleValue: Number.MIN_VALUE }],
    ["bytes", new Uint8Array([0, 255, 128]), { bytesValue: "AP+A" }],
    ["no bytes", new Uint8Array(), { bytesValue: "" }],
    ["nothing", null, {}],
    ["empty text", "", { stringValue: "" }],
    ["an empty list", [], { arrayValue: {} }],
    ["an empty map", {}, { kvlistValue: {} }],
    [
      "a map that looks like a tag",
      { $int: "1" },
      { kvlistValue: { values: [{ key: "$int", value: { stringValue: "1" } }] } },
    ],
    [
      "a map that looks like an escaped tag",
      { $$bytes: 1 },
      { kvlistValue: { values: [{ key: "$$bytes", value: { intValue: "1" } }] } },
    ],
    [
      "text with every escape",
      '\b\f\n\r\t"\\/\u0000\u001F\u2028é😀',
      { stringValue: '\b\f\n\r\t"\\/\u0000\u001F\u2028é😀' },
    ],
    ["a lone surrogate", "a\uD800b", { stringValue: "a\uFFFDb" }],
  ])("has %s as an AnyValue of its kind", (_, value, expected) => {
    const [line] = writeLines([{ body: [value], attributes: { value: [value] } }]);
    const record = onlyRecord(line as EventLine, form);
    expect(record["body"]).toEqual({ arrayValue: { values: [expected] } });
    expect(attributeOf(record, "value")).toEqual({ arrayValue: { values: [expected] } });
  });

  test("has every field of the logs data model", () => {
    const [line] = writeLines(
      [
        {
          name: "checkout.completed",
          body: "paid",
          attributes: { total: 42.5 },
          time: 1_763_675_823_123_456_789n,
          observedTime: 1_763_675_824_000_000_001n,
          trace: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", flags: 1 },
          scope: { name: "shop", version: "1.2.3" },
          droppedAttributes: 3,
        },
      ],
      { "service.name": "checkout", "process.pid": 7 },
      18,
    );
    line?.number("0k3f9c2a00000", 42);
    expect(encode([line as EventLine], form, "https://opentelemetry.io/schemas/1.37.0")).toEqual({
      resourceLogs: [
        {
          resource: {
            attributes: [
              { key: "service.name", value: { stringValue: "checkout" } },
              { key: "process.pid", value: { intValue: "7" } },
            ],
          },
          schemaUrl: "https://opentelemetry.io/schemas/1.37.0",
          scopeLogs: [
            {
              scope: { name: "shop", version: "1.2.3" },
              logRecords: [
                {
                  timeUnixNano: "1763675823123456789",
                  observedTimeUnixNano: "1763675824000000001",
                  severityNumber: 18,
                  severityText: "ERROR2",
                  eventName: "checkout.completed",
                  body: { stringValue: "paid" },
                  attributes: [
                    { key: "log.record.uid", value: { stringValue: "0k3f9c2a00000:42" } },
                    { key: "total", value: { doubleValue: 42.5 } },
                  ],
                  droppedAttributesCount: 3,
                  flags: 1,
                  traceId: "0af7651916cd43dd8448eb211c80319c",
                  spanId: "b7ad6b7169203331",
                },
              ],
            },
          ],
        },
      ],
    });
  });

  test("keeps its id where it has no attributes", () => {
    const [line] = writeLines([{ name: "bare" }]);
    line?.number("0k3f9c2a00000", 1);
    expect(attributeOf(onlyRecord(line as EventLine, form), "log.record.uid")).toEqual({
      stringValue: "0k3f9c2a00000:1",
    });
  });

  test("is the same record whether its text is put together or not, with an id and without one", () => {
    const bodies = ["plain", "é", "\u4e16\u754c".repeat(2000), "x".repeat(100_000), "short again"];
    const lines = writeLines(bodies.map((body): EventInput => ({ name: "n", body, attributes: { body } })));
    for (const [index, line] of lines.entries()) if (index % 2 === 0) line.number("0k3f9c2a00000", 10 ** index);
    const whole = lines.map(({ line }) => eventLineFrom(line));
    expect(whole.every(({ rest }) => rest === undefined)).toBe(true);
    const mixed = lines.map((line, index) => (index === 2 ? (whole[index] ?? line) : line));
    const expected = encode(whole, form);
    expect(recordsOf(expected).map((record) => attributeOf(record, "log.record.uid") !== undefined)).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
    expect(encode(lines, form)).toEqual(expected);
    expect(encode(mixed, form)).toEqual(expected);
  });

  test("of another writer is read whatever its order and white space", () => {
    const text = ` {"resource" : {"a":1} ,\n"attributes":{ "x" : [ 1 , -2.5e3, 1.0, 12345678901234567890, -9223372036854775808 ] , "y":{}},
      "unknown":{"deep":[{"a":"}"}]},"severity":"made up","severity_number":10,"time":"2026-11-20T22:57:03+01:00",
      "scope":{"version":"2","name":"n","schema_url":"https://s","attributes":{"$$int":1},"dropped_attributes":2,"more":[1]},
      "schema_url":"https://r","observed_time":"2026-11-20T21:57:04.5Z" }`;
    const message = encode([eventLineFrom(text)], form);
    expect(message).toEqual({
      resourceLogs: [
        {
          resource: { attributes: [{ key: "a", value: { intValue: "1" } }] },
          schemaUrl: "https://r",
          scopeLogs: [
            {
              scope: {
                name: "n",
                version: "2",
                attributes: [{ key: "$int", value: { intValue: "1" } }],
                droppedAttributesCount: 2,
              },
              schemaUrl: "https://s",
              logRecords: [
                {
                  timeUnixNano: "1795211823000000000",
                  observedTimeUnixNano: "1795211824500000000",
                  severityNumber: 10,
                  severityText: "made up",
                  attributes: [
                    {
                      key: "x",
                      value: {
                        arrayValue: {
                          values: [
                            { intValue: "1" },
                            { intValue: "-2500" },
                            { intValue: "1" },
                            { stringValue: "12345678901234567890" },
                            { intValue: "-9223372036854775808" },
                          ],
                        },
                      },
                    },
                    { key: "y", value: { kvlistValue: {} } },
                  ],
                },
              ],
            },
          ],
        },
      ],
    });
  });

  test.each([
    ["1969-12-31T23:59:59.999999Z"],
    ["2554-07-21T23:34:33.709552Z"],
    ["2554-07-21T23:34:34.709552Z"],
    ["9999-12-31T23:59:59.000000Z"],
  ])("of %s, which 64 bits cannot hold, has no time", (time) => {
    expect(onlyRecord(foreignLine({ time }), form)).not.toHaveProperty("timeUnixNano");
  });

  test.each([
    ["1970-01-01T00:00:00.000001Z", "1000"],
    ["2554-07-21T23:34:33.709551Z", "18446744073709551000"],
  ])("of %s has its time", (time, nanos) => {
    expect(onlyRecord(foreignLine({ time }), form)["timeUnixNano"]).toBe(nanos);
  });

  test("groups by resource and scope, each once, and keeps the order in each", () => {
    const one = { "service.name": "one" };
    const lines = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((index) =>
      writeLines(
        [{ body: index, scope: { name: index % 2 === 0 ? "even" : "odd" } }],
        index < 6 ? one : { "service.name": "two" },
      ),
    );
    const message = encode([...lines.slice(0, 3), ...lines.slice(6), ...lines.slice(3, 6)], form);
    const bodies = (
      message["resourceLogs"] as { scopeLogs: { scope: { name: string }; logRecords: OtlpMessage[] }[] }[]
    ).map(({ scopeLogs }) =>
      scopeLogs.map(({ scope, logRecords }) => [
        scope.name,
        ...logRecords.map(({ body }) => Number((body as { intValue: string }).intValue)),
      ]),
    );
    expect(bodies).toEqual([
      [
        ["even", 0, 2, 4],
        ["odd", 1, 3, 5],
      ],
      [
        ["even", 6],
        ["odd", 7],
      ],
    ]);
  });

  test("goes with its own schema URL, where one of the same resource came before or after without", () => {
    const resource = { a: 1 };
    const plain = foreignLine({ body: 1, resource });
    const urls = ["https://s/1", "https://s/2"];
    const named = urls.map((url) => foreignLine({ body: 2, schema_url: url, resource }));
    const lines = [plain, plain, ...named, plain];
    const groups = encode(lines, form, "https://s/default")["resourceLogs"] as OtlpMessage[];
    expect(groups.map(({ schemaUrl }) => schemaUrl)).toEqual(["https://s/default", ...urls]);
    expect(groups.map((group) => (group["scopeLogs"] as { logRecords: object[] }[])[0]?.logRecords.length)).toEqual([
      3, 1, 1,
    ]);
    expect(new Set(groups.map((group) => JSON.stringify(group["resource"]))).size).toBe(1);
  });

  test.each([0, 1, 2, 3])(
    "goes with its own resource where another differs in the last byte alone, %i bytes longer",
    (longer) => {
      const resources = [1, 2, 1, 3].map((last) => ({ ["x".repeat(longer + 1)]: last }));
      const lines = resources.flatMap((resource, body) => writeLines([{ body }], resource));
      const groups = encode(lines, form)["resourceLogs"] as { resource: { attributes: { value: OtlpMessage }[] } }[];
      expect(groups.map(({ resource }) => resource.attributes[0]?.value)).toEqual([
        { intValue: "1" },
        { intValue: "2" },
        { intValue: "3" },
      ]);
    },
  );

  test("that is no event is left out and counted", () => {
    const [first, second] = writeLines([{ body: "first" }, { body: "second" }]);
    const broken = (text: string): EventLine => ({ ...foreignLine({}), line: text });
    const lines = [
      first as EventLine,
      ...[
        "",
        "{",
        "[]",
        "{}",
        '{"time":"now"}',
        '{"time":"2026-11-20T21:57:03Z","time":"2026-11-20T21:57:03Z"}',
        "\u0000",
      ].map(broken),
      broken('{"time":"2026-11-20T21:57:03Z","scope":{"name":"n","dropped_attributes":"x"}}'),
      second as EventLine,
    ];
    const { body, records, invalid, end } = createLogsEncoder({ form }).encode(lines, 0, Number.POSITIVE_INFINITY);
    expect({ records, invalid, end }).toEqual({ records: 2, invalid: 8, end: 10 });
    expect(recordsOf(decode(body, form)).map(({ body: said }) => said)).toEqual([
      { stringValue: "first" },
      { stringValue: "second" },
    ]);
  });

  test("goes into the next request when this one would become too large; alone it goes however large it is", () => {
    const lines = writeLines(
      Array.from({ length: 50 }, (_, index) => ({ body: `${index}`.repeat(index === 20 ? 5000 : 10) })),
    );
    const encoder = createLogsEncoder({ form });
    const seen: unknown[] = [];
    const sizes: number[] = [];
    for (let from = 0; from < lines.length;) {
      const { body, end, records } = encoder.encode(lines, from, 1000);
      expect(end - from).toBe(records);
      seen.push(
        ...recordsOf(decode(body, form)).map(({ body: said }) => (said as { stringValue: string }).stringValue),
      );
      sizes.push(body.length);
      from = end;
    }
    expect(seen).toEqual(lines.map(({ line }) => parseLine(line).body));
    expect(sizes.filter((size) => size > 1500)).toHaveLength(1);
  });

  test("of 4 MiB is encoded whole, and the next one too", () => {
    const large = "é".repeat(2 * 1024 * 1024);
    const lines = writeLines([{ body: large }, { body: "small", attributes: { deep: nested(60) } }]);
    const records = recordsOf(encode(lines, form));
    expect((records[0]?.["body"] as { stringValue?: string } | undefined)?.stringValue === large).toBe(true);
    expect(records[1]?.["body"]).toEqual({ stringValue: "small" });
  });
});

function nested(depth: number): AnyValue {
  return depth === 0 ? "x".repeat(200) : { a: [nested(depth - 1)] };
}

describe("the scanner", () => {
  const line = writeLines([
    {
      name: "a",
      body: { $int: "1", b: [1, 2.5, -3, 1e300, "\u0001é"], c: new Uint8Array([1]) },
      attributes: { d: 10n ** 18n, e: new DoubleValue(3), f: { $$int: "x" } },
      trace: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", flags: 1 },
      scope: { name: "s", version: "1" },
      droppedAttributes: 1,
    },
  ])[0]?.line as string;

  /** Whether core's own reader takes the text for an event. */
  function isEvent(text: string): boolean {
    try {
      parseLine(text);
      return true;
    } catch (error) {
      if (PlumblineError.isInstance(error)) return false;
      throw error;
    }
  }

  test("takes no text that is not an event, and every one that is, but for fields that stand twice", () => {
    const encoder = createLogsEncoder();
    const head = foreignLine({});
    const insert = fc.constantFrom(
      "",
      "}",
      "{",
      "[",
      "]",
      '"',
      "\\",
      ",",
      ":",
      "0",
      "-",
      ".",
      "e",
      "t",
      "null",
      " ",
      "\n",
      "\u0000",
      "$",
      "é",
      "\\u12",
      "\\ud800",
    );
    fc.assert(
      fc.property(fc.nat(line.length), fc.nat(3), insert, (at, cut, more) => {
        const text = line.slice(0, at) + more + line.slice(at + cut);
        const { records } = encoder.encode([{ ...head, line: text }], 0, Number.POSITIVE_INFINITY);
        // The severity's number is the caller's: it was read with the line's head.
        if (records === 1) expect(isEvent(text.replace("{", '{"severity_number":9,'))).toBe(true);
        else expect(isEvent(text)).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });

  test("reads a line where it stands among others, and never beyond its end", () => {
    const encoder = createLogsEncoder();
    const head = foreignLine({});
    const event = '{"time":"2026-11-20T21:57:03Z","severity":"INFO","name":"a","attributes":{"b":[1,{"c":"d"}],"e":2}';
    const ends = ["}", " }", "} \t", ',"resource":{"f":"g"}}', "", ",", "}}", "} x", ',"x":"'];
    const neighbours = ["", "}", "}\n", ",}", '","y":1}', " ", "\n}", '{"time":"2026-11-20T21:57:03Z"}\n'];
    for (const end of ends) {
      const text = `${event}${end}`;
      for (const neighbour of neighbours) {
        const bytes = Buffer.from(`${neighbour}\n${text}\n${neighbour}`);
        const start = neighbour.length + 1;
        const inPlace = { ...head, line: text, utf8: { bytes, start, end: start + text.length } };
        const [own, there] = [{ ...head, line: text }, inPlace].map((line) => encoder.encode([line, line], 0, 1e6));
        expect({ end, neighbour, ...there }).toEqual({ end, neighbour, ...own });
        expect(there?.records).toBe(isEvent(text.replace("{", '{"severity_number":9,')) ? 2 : 0);
      }
    }
  });

  test("reads every number as JavaScript does, to the last bit, and none that JSON does not know", () => {
    const encoder = createLogsEncoder({ form: "protobuf" });
    const head = foreignLine({});
    const digits = fc.string({
      unit: fc.constantFrom("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
      maxLength: 20,
    });
    const number = fc
      .tuple(
        fc.constantFrom("", "-"),
        digits,
        fc.constantFrom("", ".", "."),
        digits,
        fc.constantFrom("", "", "", "e5", "E-7"),
      )
      .map((parts) => parts.join(""));
    const seen = { read: 0, refused: 0 };
    fc.assert(
      fc.property(number, (text) => {
        const event = `{"time":"2026-11-20T21:57:03Z","severity":"INFO","body":${text}}`;
        const { body, records } = encoder.encode([{ ...head, line: event }], 0, Number.POSITIVE_INFINITY);
        const isKnown = isEvent(event);
        seen[isKnown ? "read" : "refused"] += 1;
        expect(records).toBe(isKnown ? 1 : 0);
        if (!isKnown || !/[.eE]/.test(text)) return;
        const value = recordsOf(decode(body, "protobuf"))[0]?.["body"];
        const double = Number(text);
        const isInteger = Number.isSafeInteger(double) && !Object.is(double, -0);
        const written = Object.is(double, -0) ? "-0" : double;
        expect(value).toEqual(isInteger ? { intValue: String(double) } : { doubleValue: written });
      }),
      { numRuns: 3000 },
    );
    expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(300);
  });

  /** Every field that core's reader and the scanner both know. */
  const fields = ["id", "time", "severity", "name", "attributes", "trace_id", "span_id", "flags", "observed_time"];
  test.each([...fields, "scope", "dropped_attributes", "resource"])(
    "takes %s: null for what core takes it for",
    (field) => {
      const nothing: Record<string, unknown> = { time: "2026-11-20T21:57:03Z", severity: "INFO", [field]: null };
      const text = JSON.stringify({ ...nothing, severity_number: 9 });
      const { records } = createLogsEncoder().encode([{ ...foreignLine({}), line: text }], 0, Number.POSITIVE_INFINITY);
      expect({ field, isEvent: records === 1 }).toEqual({ field, isEvent: isEvent(text) });
      expect(isEvent(text)).toBe(false);
    },
  );
});
