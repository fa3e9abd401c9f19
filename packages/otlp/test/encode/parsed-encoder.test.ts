import type { EventLine } from "@plumbline/core";
import { decodeOtlp, itemsOf, normaliseOtlpJson } from "@plumbline/testing";
import { describe, expect, test } from "vitest";
import { createParsedEncoder } from "../../src/encode/parsed-encoder.ts";
import { foreignLine } from "../lines.ts";

const NO_BOUND = Number.POSITIVE_INFINITY;
const SPAN = { signal: "traces", trace_id: "0af7651916cd43dd8448eb211c80319c", span_id: "b7ad6b7169203331" };

function gauge(name: string, value: unknown): EventLine {
  return foreignLine({ signal: "metrics", name, body: { type: "gauge", value_type: "int", value } });
}

function exponential(scale: number): EventLine {
  const body = { type: "exponential_histogram", count: 0, scale, zero_count: 0 };
  return foreignLine({ signal: "metrics", name: "h", body });
}

describe.each(["protobuf", "json"] as const)("a request as %s", (form) => {
  test.each<[string, "metrics" | "traces", EventLine, EventLine]>([
    ["a fractional scale", "metrics", exponential(0.5), gauge("good", 1)],
    ["a negative count", "traces", foreignLine({ ...SPAN, body: { dropped_events: -1 } }), foreignLine(SPAN)],
    [
      "a scope's negative count",
      "traces",
      foreignLine({ ...SPAN, scope: { name: "s", dropped_attributes: -1 } }),
      foreignLine(SPAN),
    ],
    [
      "a scope's attributes that are no map",
      "traces",
      foreignLine({ ...SPAN, scope: { name: "s", attributes: 1 } }),
      foreignLine(SPAN),
    ],
  ])("leaves out a line with %s, and holds the one beside it", (_, signal, bad, good) => {
    const encode = (lines: readonly EventLine[]) => createParsedEncoder(signal, { form }).encode(lines, 0, NO_BOUND);
    const alone = encode([good]);
    expect(alone).toMatchObject({ records: 1, invalid: 0 });
    for (const lines of [
      [bad, good],
      [good, bad],
    ]) {
      expect(encode(lines)).toMatchObject({ records: 1, invalid: 1, end: 2, body: alone.body });
    }
    expect(encode([bad])).toMatchObject({ records: 0, invalid: 1 });
  });

  test("has an integer as what holds it: whole to 64 bits, beyond them as a double", () => {
    const values = [7, { $int: "9007199254740993" }, { $int: "18446744073709551615" }, { $double: "1e300" }, 1.5];
    const lines = values.map((value) => gauge("limit", value));
    const { body, records } = createParsedEncoder("metrics", { form }).encode(lines, 0, NO_BOUND);
    expect(records).toBe(5);
    const type = "ExportMetricsServiceRequest";
    const message = form === "json" ? normaliseOtlpJson(JSON.parse(body.toString()), type) : decodeOtlp(body, type);
    const dataPoints = [
      { asInt: "7" },
      { asInt: "9007199254740993" },
      { asDouble: 2 ** 64 },
      { asDouble: 1e300 },
      { asDouble: 1.5 },
    ];
    expect(itemsOf({ signal: "metrics", message })).toMatchObject([{ item: { gauge: { dataPoints } } }]);
  });
});
