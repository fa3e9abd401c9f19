import { parseLine } from "@plumbline/core";
import { expect, test } from "vitest";
import { createColours } from "../../src/terminal/colour.ts";
import { formatEvent } from "../../src/view/format-event.ts";

const format = (fields: object, isColoured = false): string =>
  formatEvent(
    parseLine(JSON.stringify({ time: "2026-11-20T21:57:03.123456Z", severity: "ERROR", ...fields })),
    createColours(isColoured),
  );

test("shows time, severity, name, body, attributes and trace on one line", () => {
  const trace = { trace_id: "5b8efff798038103d269b633813fc60c", span_id: "eee19b7ec3c1b174" };
  const attributes = {
    "order.id": 42,
    note: "two words",
    items: [{ sku: "a/b", qty: { $double: "2" } }],
    raw: { $bytes: "AP8=" },
  };
  expect(format({ name: "payment.declined", body: "card refused", attributes, ...trace })).toBe(
    '2026-11-20T21:57:03.123Z ERROR  payment.declined card refused order.id=42 note="two words" ' +
      `items=[{ sku: a/b, qty: 2.0 }] raw=<2 bytes 00ff> trace=${trace.trace_id}\n`,
  );
});

test("shows the stack below, without the rest of the attribute", () => {
  const attributes = { "exception.type": "E", "exception.stacktrace": "E: x\n    at a (b.js:1:1)\nCaused by: F" };
  expect(format({ attributes })).toBe(
    "2026-11-20T21:57:03.123Z ERROR  exception.type=E\n    E: x\n    at a (b.js:1:1)\n    Caused by: F\n",
  );
});

test("no value steers the terminal", () => {
  const hostile = "\u001b]0;title\u0007\nfake line\u202e";
  const text = format({
    name: hostile,
    body: hostile,
    attributes: { [hostile]: hostile, "exception.stacktrace": hostile },
  });
  // eslint-disable-next-line no-control-regex -- control characters are what must not be there
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(text.split("\n")).toHaveLength(4);
});

test("cuts what is very long", () => {
  const text = format({ body: "x".repeat(100_000), attributes: { "exception.stacktrace": "at\n".repeat(1000) } });
  expect(text.length).toBeLessThan(5000);
  expect(text).toContain("… (99000 more)");
  expect(text).toContain("… 950 more lines");
});

test("colours the severity", () => {
  expect(format({ severity: "FATAL" }, true)).toContain("\u001b[35m");
  expect(format({ severity: "TRACE" }, true)).not.toContain("\u001b[35m");
});
