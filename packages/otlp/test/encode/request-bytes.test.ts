import { decodeOtlp, itemsOf, normaliseOtlpJson } from "@plumbline/testing";
import type { EventLine } from "@plumbline/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createEncoder } from "../../src/deliver/create-encoder.ts";
import type { OtlpForm } from "../../src/encode/request-encoder.ts";
import { foreignLine } from "../lines.ts";

const FORMS: readonly OtlpForm[] = ["protobuf", "json"];
const SIGNALS = ["logs", "traces", "metrics"] as const;
const MESSAGES = {
  logs: "ExportLogsServiceRequest",
  traces: "ExportTraceServiceRequest",
  metrics: "ExportMetricsServiceRequest",
} as const;
const MAX_BYTES = 20_000;

type SignalName = (typeof SIGNALS)[number];

function lineOf(signal: SignalName, fields: Readonly<Record<string, unknown>>): EventLine {
  if (signal === "logs") return foreignLine({ body: "x".repeat(20), ...fields });
  if (signal === "traces") {
    const ids = { trace_id: "0af7651916cd43dd8448eb211c80319c", span_id: "b7ad6b7169203331" };
    return foreignLine({ signal, ...ids, ...fields });
  }
  return foreignLine({ signal, name: "m", body: { type: "gauge", value_type: "int", value: 1 }, ...fields });
}

/** All requests of the lines, each of which must keep the bound unless it is of one line; gives how many lines each has. */
function requestsOf(signal: SignalName, form: OtlpForm, lines: readonly EventLine[], maxBytes = MAX_BYTES): number[] {
  const encoder = createEncoder(signal, form, "https://schema/default");
  const counts: number[] = [];
  for (let from = 0; from < lines.length;) {
    const { body, end, records, invalid } = encoder.encode(lines, from, maxBytes);
    expect(invalid).toBe(0);
    expect(end - from).toBe(records);
    if (records > 1) expect(body.length).toBeLessThanOrEqual(maxBytes);
    const type = MESSAGES[signal];
    const message = form === "json" ? normaliseOtlpJson(JSON.parse(body.toString()), type) : decodeOtlp(body, type);
    // A metric holds points of several lines.
    const held = itemsOf({ signal, message }).map(({ item }) => item["gauge"] as { dataPoints: unknown[] } | undefined);
    expect(held.reduce((sum, gauge) => sum + (gauge?.dataPoints.length ?? 1), 0)).toBe(records);
    counts.push(records);
    from = end;
  }
  return counts;
}

function times<Value>(count: number, make: (at: number) => Value): readonly Value[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

const wide = (at: number) => Object.fromEntries(Array.from({ length: 40 }, (_, key) => [`k${key}`, `${at}é"`]));

const SHAPES: Readonly<Record<string, (at: number) => Readonly<Record<string, unknown>>>> = {
  "a large resource": () => ({ resource: { large: "y".repeat(15_000) } }),
  "many resources": (at) => ({ resource: { "service.name": `s${at}`, ...wide(at) } }),
  "many scopes": (at) => ({ scope: { name: `scope ${at}`, version: "1", attributes: wide(at) }, resource: { a: 1 } }),
  "schema URLs": (at) => ({
    schema_url: `https://r/${"é".repeat(200)}${at}`,
    scope: { name: "s", schema_url: `https://s/${"é".repeat(200)}${at}` },
  }),
  "small attributes": () => ({ attributes: Object.fromEntries(times(60, (at) => [`${at}`, 1])) }),
};

for (const signal of SIGNALS) {
  for (const form of FORMS) {
    test.each(Object.keys(SHAPES))(
      `${signal} as ${form}, %s: no request of several is larger than the bound`,
      (shape) => {
        const lines = times(200, (at) => SHAPES[shape]?.(at) ?? {}).map((fields) => lineOf(signal, fields));
        const counts = requestsOf(signal, form, lines);
        expect(counts.length).toBeGreaterThan(1);
        expect(Math.max(...counts)).toBeGreaterThan(1);
      },
    );
  }
}

test.each(FORMS)(
  "logs as %s: whatever the sizes, a request keeps the bound, and is cut where the next line is too much",
  (form) => {
    const part = fc.record({ resource: fc.nat(3), scope: fc.nat(5), bytes: fc.nat(400) });
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 200, max: 3000 }),
        (parts, maxBytes) => {
          const lines = parts.map(({ resource, scope, bytes }) =>
            lineOf("logs", {
              body: "é".repeat(bytes),
              ...(resource === 0 ? {} : { resource: wide(resource) }),
              ...(scope === 0 ? {} : { scope: { name: `${scope}`.repeat(100) } }),
            }),
          );
          const encoder = createEncoder("logs", form, "");
          let from = 0;
          for (const records of requestsOf("logs", form, lines, maxBytes)) {
            const more = lines.slice(from, from + records + 1);
            // The bound leaves room for lengths at their longest.
            const slack = 12 * (1 + 4 * 2 + 6 * 4);
            if (more.length > records) {
              expect(encoder.encode(more, 0, Number.POSITIVE_INFINITY).body.length + slack).toBeGreaterThan(maxBytes);
            }
            from += records;
          }
        },
      ),
    );
  },
);
