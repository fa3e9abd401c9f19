import { createLineWriter, createSystemClock, DEFAULT_LIMITS, type EventInput } from "@plumbline/core";
import { createLogsEncoder } from "@plumbline/otlp";
import { expect, test } from "vitest";
import { requestAttributes } from "../../src/load/payload.ts";
import { numbersIn } from "../../src/otlp/read-request.ts";

function encode(events: readonly EventInput[]): Buffer {
  const writer = createLineWriter({
    clock: createSystemClock(),
    limits: DEFAULT_LIMITS,
    redactor: undefined,
    resource: { "service.name": "bench" },
  });
  const lines = events.map((event) => writer.write(event, 9));
  return createLogsEncoder().encode(lines, 0, Number.POSITIVE_INFINITY).body;
}

test("a request's numbers are read, whatever stands beside them", () => {
  const numbers = [0, 1, 127, 128, 16_384, 10_000_000, 2 ** 40];
  const body = encode(numbers.map((n) => ({ name: "x".repeat(200), attributes: { ...requestAttributes(n, 300), n } })));
  expect(numbersIn(body)).toEqual(numbers);
});

test("a record without a number is a record", () => {
  const events = [{ attributes: { nn: 5, m: 3 } }, { attributes: { n: "5" } }, {}, { attributes: { n: 6 } }];
  expect(numbersIn(encode(events))).toEqual([-1, -1, -1, 6]);
  expect(numbersIn(new Uint8Array())).toEqual([]);
});
