import { describe, expect, test } from "vitest";
import { parseLine } from "../../src/parse-line.ts";
import type { Redactor } from "../../src/redact/redactor.ts";
import { SEVERITY_NAMES, type SeverityNumber } from "../../src/severity.ts";
import { createLineWriter } from "../../src/serialize/write-line.ts";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import { fakeRedactor, plantedSecret } from "./fake-redactor.ts";
import { attributesOf, createWriter, NOW_MICROS, roundTrip, STILL_CLOCK } from "./writer.ts";

const TRACE = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", flags: 1 };

describe("the line", () => {
  test("holds its fields in the order of the format", () => {
    const writer = createWriter({ resource: { "service.name": "checkout" } });
    const record = writer.write(
      {
        name: "checkout.completed",
        body: "done",
        attributes: { items: 3 },
        trace: TRACE,
        observedTime: 1_795_211_824_000_000_000n,
        scope: { name: "shop", version: "1.2.3" },
        droppedAttributes: 2,
        signal: "traces",
      },
      9,
    );
    expect(record.line).toBe(
      '{"time":"2026-11-20T21:57:03.123456Z","severity":"INFO","name":"checkout.completed","body":"done",' +
        '"attributes":{"items":3},"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","flags":1,' +
        '"observed_time":"2026-11-20T21:57:04.000000Z","scope":{"name":"shop","version":"1.2.3"},' +
        '"dropped_attributes":2,"signal":"traces","resource":{"service.name":"checkout"}}',
    );
    expect(record.signal).toBe("traces");
    expect(record.rest).toBe(record.line.slice(1));
  });

  test("of an event with nothing in it is whole", () => {
    expect(createWriter().write({}, 17).line).toBe('{"time":"2026-11-20T21:57:03.123456Z","severity":"ERROR"}');
    expect(createWriter().write({ attributes: {} }, 17).line).not.toContain("attributes");
    expect(createWriter().write({ attributes: { a: undefined } }, 17).line).not.toContain("attributes");
  });

  test.each(SEVERITY_NAMES)("says %s and is read back with its number", (severity) => {
    const number = (SEVERITY_NAMES.indexOf(severity) + 1) as SeverityNumber;
    const record = createWriter().write({ name: "x" }, number);
    expect(record.line).toContain(`"severity":"${severity}"`);
    expect(parseLine(record.line)).toMatchObject({ severity: number, severityText: severity });
  });

  test("gets its number from the journal, and is parsed with it", () => {
    const record = createWriter().write({ name: "x" }, 9);
    expect(record.id).toBeUndefined();
    expect(record.event().id).toBeUndefined();
    record.number("0k3f9c2a00000", 42);
    expect(record.line.startsWith('{"id":"0k3f9c2a00000:42","time":')).toBe(true);
    expect(record.event().id).toBe("0k3f9c2a00000:42");
  });
});

describe("time", () => {
  test("is the clock's in microseconds", () => {
    const record = createWriter().write({}, 9);
    expect(record.time).toBe(BigInt(NOW_MICROS) * 1000n);
    expect(record.event().time).toBe(record.time);
  });

  test.each([
    ["a Date", new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)), "2026-01-02T03:04:05.678000Z"],
    ["milliseconds", 1_000.25, "1970-01-01T00:00:01.000250Z"],
    ["nanoseconds", 1_000_000_001n, "1970-01-01T00:00:01.000000001Z"],
    ["text", "2026-01-02T03:04:05.123456789+02:00", "2026-01-02T01:04:05.123456789Z"],
    ["a time before 1970", -1n, "1969-12-31T23:59:59.999999999Z"],
    ["a time that no double holds in microseconds", "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"],
  ])("given as %s is kept exactly", (_, time, written) => {
    const record = createWriter().write({ time }, 9);
    expect(record.line).toContain(`"time":"${written}"`);
    expect(record.time).toBe(parseLine(record.line).time);
  });

  test.each([new Date(Number.NaN), Number.POSITIVE_INFINITY, "yesterday", 10n ** 30n, {} as Date])(
    "that is none (%s) is replaced by the clock's and counted",
    (time) => {
      const writer = createWriter();
      const record = writer.write({ time, observedTime: time }, 9);
      expect(record.time).toBe(BigInt(NOW_MICROS) * 1000n);
      expect(record.line).not.toContain("observed_time");
      expect(writer.counts()).toMatchObject({ time: 2, failed: 0 });
    },
  );
});

describe("size", () => {
  test("is one byte a code unit, and two where one of them is beyond U+00FF", () => {
    const narrow = createWriter().write({ attributes: { a: "größer" } }, 9);
    expect(narrow.size).toBe(narrow.rest.length);
    const wide = createWriter().write({ attributes: { a: "→" } }, 9);
    expect(wide.size).toBe(wide.rest.length * 2);
  });
});

describe("secrets outside of the attributes", () => {
  const secret = plantedSecret();

  test("do not get through as name, body, scope, error or resource", () => {
    const writer = createWriter({
      redactor: fakeRedactor(secret),
      resource: { "service.name": `shop ${secret}`, db: { password: "x" } },
    });
    const record = writer.write(
      {
        name: `login ${secret}`,
        body: { text: [secret] },
        scope: { name: secret, version: secret },
        error: new Error(secret),
      },
      9,
    );
    expect(record.line).not.toContain(secret);
    expect(record.name).toBe("login [redacted:word]");
    expect(record.event().scope).toEqual({ name: "[redacted:word]", version: "[redacted:word]" });
    expect(record.event().resource).toMatchObject({
      "service.name": "shop [redacted:word]",
      db: { password: "[redacted:key]" },
    });
  });

  test("are found again when the same name and scope come again", () => {
    const redactor = fakeRedactor(secret);
    const writer = createWriter({ redactor });
    const event = { name: secret, scope: { name: secret }, attributes: { [secret]: 1 } };
    expect(writer.write(event, 9).line).toBe(writer.write(event, 9).line);
    expect(redactor.texts.filter((text) => text === secret)).toHaveLength(4);
  });
});

describe("an event that cannot be written", () => {
  const throwing = (message: string): never => {
    throw new Error(message);
  };
  const boom = plantedSecret();
  const broken: Partial<Redactor> = {
    text: (text) => (text.includes("!") ? throwing(boom) : text.replaceAll(boom, "[x]")),
  };

  test.each<[string, Partial<Redactor>, Record<string, unknown>]>([
    ["text", broken, { attributes: { a: "!" } }],
    ["text, deep inside", broken, { attributes: { a: [{ b: new Map([["c", new Set(["!"])]]) }] } }],
    ["a body", broken, { body: "!" }],
    ["an error", broken, { error: new Error("!") }],
    ["bytes", broken, { body: Buffer.from("!") }],
    ["a name of an attribute", { key: () => throwing(boom) }, { attributes: { a: 1 } }],
    ["a replacement", { replace: () => throwing(boom) }, { attributes: { password: 1 } }],
    ["an allow-list", { hasPathRules: true, allows: () => throwing(boom) }, { attributes: { password: 1 } }],
    ["a redactor that gives no text", { text: () => 5 as unknown as string }, { body: "x" }],
  ])("because of %s becomes a line that says so", (_, redactor, event) => {
    const writer = createWriter({ redactor: fakeRedactor("-", redactor), resource: {} });
    const record = writer.write(event, 17);
    expect(record.line).toBe(
      '{"time":"2026-11-20T21:57:03.123456Z","severity":"ERROR","attributes":{"plumbline.error":"PLB_EVENT_UNWRITABLE"},"resource":{}}',
    );
    expect(writer.counts()).toMatchObject({ failed: 1 });
    expect(attributesOf(writer.write({ attributes: { b: null } }, 9))).toEqual(
      event["attributes"] !== undefined && "key" in redactor
        ? { "plumbline.error": "PLB_EVENT_UNWRITABLE" }
        : { b: null },
    );
  });

  test("keeps its name only where that is a plain identifier without a secret", () => {
    const writer = createWriter({ redactor: fakeRedactor(boom, broken) });
    const nameOf = (name: string): string | undefined => writer.write({ name, body: "!" }, 9).name;
    expect(nameOf("checkout.completed")).toBe("checkout.completed");
    expect(nameOf("two words")).toBeUndefined();
    expect(nameOf(`a${boom}`)).toBeUndefined();
    expect(nameOf("a".repeat(129))).toBeUndefined();
    expect(nameOf("a!")).toBeUndefined();
  });

  test("because it is itself hostile is counted, and so is one whose time or clock throws", () => {
    const writer = createWriter();
    const hostile = new Proxy({}, { get: () => throwing(boom) });
    expect(parseLine(writer.write(hostile, 9).line).attributes).toEqual({ "plumbline.error": "PLB_EVENT_UNWRITABLE" });
    const stopped = createLineWriter({
      clock: { ...STILL_CLOCK, nowMicros: () => throwing(boom) },
      limits: DEFAULT_LIMITS,
      redactor: undefined,
      resource: undefined,
    });
    expect(stopped.write({ name: "x" }, 9)).toMatchObject({ name: "x" });
    expect(stopped.counts()).toMatchObject({ failed: 1 });
  });

  test("is refused at once when it is the resource", () => {
    expect(() => createWriter({ redactor: fakeRedactor("-", broken), resource: { a: "!" } })).toThrow(
      expect.objectContaining({ code: "PLB_RESOURCE_UNWRITABLE" }),
    );
  });
});

test("a getter that has another event written does not disturb its own", () => {
  const writer = createWriter();
  const inner: string[] = [];
  const attributes = {
    before: 1,
    get nested() {
      inner.push(writer.write({ name: "inner", attributes: { deep: { a: [1, 2] } }, time: 5n }, 5).line);
      return { c: "d" };
    },
    after: [true],
  };
  const outer = writer.write({ name: "outer", attributes }, 9);
  expect(outer.event()).toMatchObject({ name: "outer", attributes: { before: 1, nested: { c: "d" }, after: [true] } });
  expect(outer.time).toBe(BigInt(NOW_MICROS) * 1000n);
  expect(parseLine(inner[0] ?? "")).toMatchObject({ name: "inner", time: 5n, attributes: { deep: { a: [1, 2] } } });
});

describe("trace context", () => {
  test("of 0 flags is written without them and read as 0", () => {
    expect(roundTrip({ trace: { ...TRACE, flags: 0 } })).toMatchObject({ ...TRACE, flags: 0 });
  });

  test.each([
    ["an upper-case id", { ...TRACE, traceId: TRACE.traceId.toUpperCase() }],
    ["a short id", { ...TRACE, spanId: "b7ad" }],
    ["zeros", { ...TRACE, spanId: "0".repeat(16) }],
    ["what is no text", { ...TRACE, traceId: 5 as unknown as string }],
    ["a quote", { ...TRACE, traceId: `"${"0".repeat(31)}` }],
  ])("with %s is left out", (_, trace) => {
    expect(createWriter().write({ trace }, 9).line).not.toContain("trace_id");
  });

  test("with flags out of range has none", () => {
    expect(createWriter().write({ trace: { ...TRACE, flags: 256 } }, 9).line).not.toContain("flags");
  });
});
