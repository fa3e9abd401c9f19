import { DoubleValue } from "@plumbline/core";
import { LineSplitter, type RawLine } from "@plumbline/jsonl";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseInputLine } from "../../src/input/parse-line.ts";
import type { PipedEvent } from "../../src/input/piped-event.ts";

const parse = (line: string | object): PipedEvent["event"] =>
  parseInputLine(rawLine(Buffer.from(typeof line === "string" ? line : JSON.stringify(line)))).event;

function rawLine(bytes: Uint8Array, maxLineBytes = 1024 * 1024): RawLine {
  const splitter = new LineSplitter({ lineEnd: "lf-or-crlf", maxLineBytes });
  const [line] = splitter.push(Buffer.concat([bytes, Buffer.from("\n")]));
  if (line === undefined) throw new Error("the splitter found no line");
  return line;
}

const TRACE_ID = "5b8efff798038103d269b633813fc60c";
const SPAN_ID = "eee19b7ec3c1b174";

describe("text", () => {
  test.each(["", " ", "hello", "a\rb", "{broken", "{}", "[1,2]", "42", '"text"', "\ufeffBOM", "{a}", '{"a":1}}', "\0"])(
    "%j is a body as it is",
    (text) => {
      expect(parse(text)).toEqual({ body: text });
    },
  );

  test("of any kind that is no JSON object comes out as it went in", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        fc.pre(!text.trimStart().startsWith("{") && !text.includes("\n") && !text.endsWith("\r"));
        expect(parse(text)).toEqual({ body: text });
      }),
    );
  });

  test("that is not UTF-8 is a body of bytes", () => {
    for (const bytes of [[0xff], [0x61, 0xc3], [0xed, 0xa0, 0x80], [0x7b, 0xff, 0x7d]]) {
      expect(parseInputLine(rawLine(Uint8Array.from(bytes))).event).toEqual({ body: Buffer.from(bytes) });
    }
  });

  test("any bytes at all give one event", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 50 }), (bytes, maxLineBytes) => {
        expect(parseInputLine(rawLine(bytes, maxLineBytes)).event.body).toBeDefined();
      }),
    );
  });
});

describe("a cut line", () => {
  test("is a body that says what is missing", () => {
    expect(parseInputLine(rawLine(Buffer.from('{"a":1234567}'), 6)).event).toEqual({
      body: '{"a":1',
      attributes: { "plumbline.cut_bytes": 7 },
    });
  });

  test("never ends in half a character", () => {
    const whole = Buffer.from("a€bcdef");
    for (const [length, text] of [
      [1, "a"],
      [2, "a"],
      [3, "a"],
      [4, "a€"],
    ] as const) {
      expect(parseInputLine(rawLine(whole, length)).event).toEqual({
        body: text,
        attributes: { "plumbline.cut_bytes": whole.length - Buffer.byteLength(text) },
      });
    }
  });
});

describe("pino", () => {
  test("level, time, msg and err", () => {
    const line = {
      level: 50,
      time: 1_763_675_823_123,
      pid: 7,
      hostname: "shop-1",
      name: "checkout",
      orderId: 12,
      err: {
        type: "PaymentError",
        message: "declined",
        stack: "PaymentError: declined\n    at pay (a.js:1:1)",
        code: "E42",
      },
      trace_id: TRACE_ID,
      span_id: SPAN_ID,
      trace_flags: "01",
      msg: "no payment",
    };
    expect(parse(line)).toEqual({
      severity: 17,
      time: 1_763_675_823_123_000_000n,
      body: "no payment",
      scope: { name: "checkout" },
      trace: { traceId: TRACE_ID, spanId: SPAN_ID, flags: 1 },
      attributes: {
        pid: 7,
        hostname: "shop-1",
        orderId: 12,
        "exception.type": "PaymentError",
        "exception.message": "declined",
        "exception.stacktrace": "PaymentError: declined\n    at pay (a.js:1:1)",
        err: { code: "E42" },
      },
    });
  });
});

describe("bunyan", () => {
  test("level, time, msg, err and v", () => {
    const line = {
      name: "myapp",
      hostname: "h",
      pid: 1,
      level: 40,
      err: { message: "boom", name: "TypeError", stack: "TypeError: boom\n    at x" },
      msg: "boom",
      time: "2025-11-20T21:57:03.123Z",
      v: 0,
    };
    expect(parse(line)).toEqual({
      severity: 13,
      time: 1_763_675_823_123_000_000n,
      body: "boom",
      scope: { name: "myapp" },
      attributes: {
        hostname: "h",
        pid: 1,
        "exception.type": "TypeError",
        "exception.message": "boom",
        "exception.stacktrace": "TypeError: boom\n    at x",
      },
    });
  });
});

describe("winston", () => {
  test("level, message, timestamp and stack", () => {
    const stack = "RangeError: too far\n    at walk (b.js:2:2)";
    expect(
      parse({ level: "error", message: "too far", timestamp: "2025-11-20T21:57:03Z", service: "walk", stack }),
    ).toEqual({
      severity: 17,
      time: 1_763_675_823_000_000_000n,
      body: "too far",
      attributes: {
        service: "walk",
        "exception.type": "RangeError",
        "exception.message": "too far",
        "exception.stacktrace": stack,
      },
    });
  });
});

describe("any other JSON object", () => {
  test("keeps what is not what its name says", () => {
    const line = { level: "banana", time: "yesterday", err: "refused", name: "tea", trace_id: "no", msg: null };
    expect(parse(line)).toEqual({ attributes: line });
  });

  test("without a known field is all attributes", () => {
    expect(parse('{"__proto__":{"x":1},"constructor":2}')).toEqual({
      attributes: Object.fromEntries([
        ["__proto__", { x: 1 }],
        ["constructor", 2],
      ]),
    });
  });

  test("may stand after a byte order mark and between blanks", () => {
    expect(parse('\ufeff {"msg":"m"}\t')).toEqual({ body: "m", attributes: {} });
  });

  test("with a message of structure has a body of structure", () => {
    expect(parse({ level: "info", msg: { order: [1, 2] } })).toEqual({
      severity: 9,
      body: { order: [1, 2] },
      attributes: {},
    });
  });

  test("keeps the digits of large integers", () => {
    expect(parse('{"msg":"m","order":9007199254740993}').attributes).toEqual({ order: 9007199254740993n });
  });

  test("appends the causes that are not in the stack yet", () => {
    const cause = {
      name: "Error",
      message: "inner",
      cause: { type: "Io", message: "disk", stack: "Io: disk\n    at y" },
    };
    const { attributes } = parse({ err: { type: "E", message: "outer", stack: "E: outer\n    at x", cause } });
    expect(attributes).toEqual({
      "exception.type": "E",
      "exception.message": "outer",
      "exception.stacktrace": "E: outer\n    at x\nCaused by: Error: inner\nCaused by: Io: disk\n    at y",
    });
  });

  test("gives one event whatever its fields hold", () => {
    const keys = [
      "level",
      "time",
      "msg",
      "err",
      "name",
      "v",
      "trace_id",
      "span_id",
      "stack",
      "resourceLogs",
      "severity",
      "resource",
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()), (record) => {
        const event = parse(record);
        const isEmpty = event.body === undefined && Object.keys(event.attributes ?? {}).length === 0;
        expect(isEmpty && event.severity === undefined && event.time === undefined && event.scope === undefined).toBe(
          false,
        );
      }),
    );
  });
});

describe("OTLP/JSON", () => {
  const record = {
    timeUnixNano: "1544712660300000001",
    observedTimeUnixNano: "1544712660300000002",
    severityNumber: 10,
    severityText: "Information",
    traceId: TRACE_ID.toUpperCase(),
    spanId: SPAN_ID.toUpperCase(),
    flags: 257,
    droppedAttributesCount: 3,
    eventName: "page.view",
    body: { kvlistValue: { values: [{ key: "type", value: { intValue: "0" } }] } },
    attributes: [
      { key: "s", value: { stringValue: "x" } },
      { key: "b", value: { boolValue: false } },
      { key: "i", value: { intValue: "9223372036854775807" } },
      { key: "d", value: { doubleValue: 1 } },
      { key: "nan", value: { doubleValue: "NaN" } },
      { key: "y", value: { bytesValue: "AP8=" } },
      { key: "a", value: { arrayValue: { values: [{ stringValue: "many" }, {}] } } },
      { key: "none", value: {} },
    ],
  };
  const request = (...logRecords: readonly object[]): object => ({
    resourceLogs: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "my.service" } }] },
        scopeLogs: [{ scope: { name: "my.library", version: "1.0.0", attributes: [] }, logRecords }],
      },
    ],
  });

  test("with one record is mapped whole", () => {
    const { event, resource } = parseInputLine(rawLine(Buffer.from(JSON.stringify(request(record)))));
    expect(resource).toEqual({ "service.name": "my.service" });
    expect(event).toEqual({
      name: "page.view",
      severity: 10,
      body: { type: 0 },
      time: 1544712660300000001n,
      observedTime: 1544712660300000002n,
      trace: { traceId: TRACE_ID, spanId: SPAN_ID, flags: 1 },
      scope: { name: "my.library", version: "1.0.0" },
      droppedAttributes: 3,
      attributes: {
        s: "x",
        b: false,
        i: 9223372036854775807n,
        d: new DoubleValue(1),
        nan: new DoubleValue(Number.NaN),
        y: Buffer.from([0, 0xff]),
        a: ["many", null],
        none: null,
        severity_text: "Information",
      },
    });
  });

  test.each([
    ["two records", request(record, record)],
    ["no record", request()],
    ["no resource logs", { resourceLogs: [] }],
    ["nonsense", { resourceLogs: "x" }],
  ])("with %s is a body", (_what, value) => {
    expect(parse(value)).toEqual({ body: JSON.stringify(value) });
  });
});
