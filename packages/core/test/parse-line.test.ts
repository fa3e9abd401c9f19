import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PlumblineError } from "../src/errors.ts";
import { parseLine } from "../src/parse-line.ts";
import { eventLineFrom } from "../src/read-line.ts";

const TIME = '"time":"2026-11-20T21:57:03.123456Z"';
const HEAD = `${TIME},"severity":"INFO"`;

function faultOf(line: string, read: (line: string) => unknown = parseLine): unknown {
  try {
    read(line);
  } catch (error) {
    if (!(error instanceof PlumblineError)) throw error;
    expect(error.code).toBe("PLB_LINE_INVALID");
    expect(error.cause).toBeUndefined();
    return error.details;
  }
  return undefined;
}

test("the least of an event is a time and a severity", () => {
  expect(parseLine(`{${HEAD}}`)).toEqual({
    id: undefined,
    time: 1_795_211_823_123_456_000n,
    observedTime: undefined,
    severity: 9,
    severityText: "INFO",
    name: undefined,
    body: undefined,
    attributes: {},
    traceId: undefined,
    spanId: undefined,
    flags: undefined,
    scope: undefined,
    resource: undefined,
    droppedAttributes: 0,
    signal: "logs",
  });
});

describe("a line is refused", () => {
  test.each([
    ["", "json"],
    ["{", "json"],
    ["not json", "json"],
    [`{${HEAD}}x`, "json"],
    [`{${HEAD}}{${HEAD}}`, "json"],
    [`{${HEAD},"a":01}`, "json"],
    ["[]", "object"],
    ["null", "object"],
    ["5", "object"],
    ["{}", "time"],
    ['{"time":5,"severity":"INFO"}', "time"],
    ['{"time":"today","severity":"INFO"}', "time"],
    [`{${TIME}}`, "severity"],
    [`{${TIME},"severity":"odd"}`, "severity"],
    [`{${TIME},"severity":5}`, "severity"],
    [`{${TIME},"severity_number":25}`, "severity"],
    [`{${TIME},"severity_number":"9"}`, "severity"],
    [`{${HEAD},"id":5}`, "id"],
    [`{${HEAD},"name":null}`, "name"],
    [`{${HEAD},"attributes":[]}`, "attributes"],
    [`{${HEAD},"resource":"x"}`, "resource"],
    [`{${HEAD},"trace_id":"x"}`, "trace"],
    [`{${HEAD},"span_id":"B7AD6B7169203331"}`, "trace"],
    [`{${HEAD},"flags":-1}`, "flags"],
    [`{${HEAD},"observed_time":"x"}`, "observed_time"],
    [`{${HEAD},"scope":"x"}`, "scope"],
    [`{${HEAD},"scope":{"name":5}}`, "scope"],
    [`{${HEAD},"scope":{"name":"a","version":5}}`, "scope"],
    [`{${HEAD},"dropped_attributes":1.5}`, "dropped_attributes"],
    [`{${HEAD},"dropped_attributes":null}`, "dropped_attributes"],
    [`{${HEAD},"signal":"smoke"}`, "signal"],
    [`{${HEAD},"body":${"[".repeat(5000)}${"]".repeat(5000)}}`, "depth"],
  ])("%j because of its %s", (line, reason) => {
    expect(faultOf(line)).toMatchObject({ reason });
    expect(faultOf(line, (text) => eventLineFrom(text).event())).toMatchObject({ reason });
  });

  test("with the place where its JSON ended, and without a word of it", () => {
    const word = ["top", "secret"].join("");
    for (const line of [`{${HEAD},"${word}":}`, `{"${word}`, word, `{${HEAD},"a":"${word}\u0001"}`]) {
      let message = "";
      try {
        parseLine(line);
      } catch (error) {
        message = `${String(error)} ${JSON.stringify(error)} ${(error as Error).stack ?? ""}`;
      }
      expect(message).toContain("PLB_LINE_INVALID");
      expect(message).not.toContain(word);
    }
    expect(faultOf(`{${HEAD},"a":}`)).toMatchObject({ reason: "json" });
    expect(faultOf(`{"a":1 2`)).toEqual({ reason: "json", offset: 7 });
  });

  test("whatever it is, with the one error", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        const fault = faultOf(line);
        expect(fault).toBeDefined();
        expect(faultOf(line, eventLineFrom)).toEqual(fault);
      }),
    );
  });
});

test.each(["", '"id":"0k3f9c2a00000:42",'])(
  "of a line of our own only the head is read until more is asked for: {%s",
  (id) => {
    const line = eventLineFrom(
      `{${id}"time":"2026-11-20T21:57:03.123456Z","severity":"WARN","name":"a.b","attributes":{!}}`,
    );
    expect(line).toMatchObject({ severity: 13, name: "a.b", signal: "logs", time: 1_795_211_823_123_456_000n });
    expect(line.id).toBe(id === "" ? undefined : "0k3f9c2a00000:42");
    expect(() => line.event()).toThrow("The line is not an event");
  },
);

describe("a line of another writer", () => {
  test("may name its severity in any case, or by number with any text", () => {
    expect(parseLine(`{${TIME},"severity":"warn"}`)).toMatchObject({ severity: 13, severityText: "warn" });
    expect(parseLine(`{${TIME},"severity":"notice","severity_number":10}`)).toMatchObject({
      severity: 10,
      severityText: "notice",
    });
    expect(parseLine(`{${TIME},"severity_number":10}`)).toMatchObject({ severity: 10, severityText: "INFO2" });
    expect(eventLineFrom(`{${HEAD},"severity_number":10}`).severity).toBe(10);
  });

  test("may have its fields in any order, white space, and more of them", () => {
    const line = ` {"more": {"name": "no"}, "name" : "n\\u0061me", "severity":"INFO", ${TIME} , "signal":"traces"} `;
    expect(parseLine(line)).toMatchObject({ name: "name", severity: 9, signal: "traces" });
    expect(eventLineFrom(line)).toMatchObject({ name: "name", severity: 9, signal: "traces", line });
  });

  test.each([
    [`{${HEAD},"body":1,"name":"late"}`, "late"],
    [`{${HEAD},"name":"a\\"b"}`, 'a"b'],
    [`{${HEAD},"name":""}`, ""],
    [`{${HEAD},"scope":{"name":"s"}}`, undefined],
    [`{${HEAD}}`, undefined],
  ])("has its name read wherever it stands: %s", (line, name) => {
    expect(parseLine(line).name).toBe(name);
    expect(eventLineFrom(line).name).toBe(name);
  });

  test("keeps integers that no double holds", () => {
    const line = `{${HEAD},"body":[9007199254740993,-9007199254740993,18446744073709551616,9007199254740991,1234567890123456.5,1e30,"12345678901234567890 \\"99999999999999999999"],"attributes":{"12345678901234567890":12345678901234567890}}`;
    expect(parseLine(line)).toMatchObject({
      body: [
        9_007_199_254_740_993n,
        -9_007_199_254_740_993n,
        18_446_744_073_709_551_616n,
        9_007_199_254_740_991,
        1_234_567_890_123_456.5,
        1e30,
        '12345678901234567890 "99999999999999999999',
      ],
      attributes: { "12345678901234567890": 12_345_678_901_234_567_890n },
    });
  });

  test("may have what only looks like a tag", () => {
    const line = `{${HEAD},"attributes":{"a":{"$int":5},"b":{"$int":"x"},"c":{"$bytes":"%"},"d":{"$double":""},"e":{"$other":"1"},"f":{"$$int":"1"},"g":{"$int":"1","x":1},"h":{"$bytes":"AAE"}}}`;
    expect(parseLine(line).attributes).toEqual({
      a: { $int: 5 },
      b: { $int: "x" },
      c: { $bytes: "%" },
      d: { $double: "" },
      e: { $other: "1" },
      f: { $int: "1" },
      g: { $int: "1", x: 1 },
      h: { $bytes: "AAE" },
    });
    expect(parseLine(`{${HEAD},"attributes":{"$int":"5"}}`).attributes).toEqual({ $int: "5" });
  });

  test("may bring a __proto__, which changes nothing but itself", () => {
    const event = parseLine(
      `{${HEAD},"__proto__":{"name":"x"},"attributes":{"__proto__":{"polluted":1},"a":{"__proto__":1}}}`,
    );
    expect(event.name).toBeUndefined();
    expect(Object.getPrototypeOf(event.attributes)).toBeNull();
    expect(Object.keys(event.attributes)).toEqual(["__proto__", "a"]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

test("a line is parsed once, when it is asked for", () => {
  const line = eventLineFrom(`{"id":"0k3f9c2a00000:7",${HEAD},"name":"n","body":1}`);
  expect(line).toMatchObject({
    id: "0k3f9c2a00000:7",
    time: 1_795_211_823_123_456_000n,
    severity: 9,
    name: "n",
    signal: "logs",
  });
  expect(line.event()).toBe(line.event());
  expect(line.size).toBe(line.line.length);
  expect(eventLineFrom(`{${HEAD},"name":"→"}`).size).toBe(2 * `{${HEAD},"name":"→"}`.length);
});

test("a line that is damaged behind its head is found out when it is parsed", () => {
  const line = eventLineFrom(`{${HEAD},"body":}`);
  expect(faultOf("", () => line.event())).toMatchObject({ reason: "json" });
});
