import type { EventInput, EventLine, SeverityNumber } from "@plumbline/core";
import * as line3 from "@plumbline/otel-3x";
import { decodeOtlp, normaliseOtlpJson } from "@plumbline/testing";
import * as fc from "fast-check";
import * as line2 from "otlp-transformer-2x";
import { describe, expect, test } from "vitest";
import { createLogsEncoder } from "../../src/index.ts";
import { writeLines } from "../lines.ts";

const MESSAGE = "ExportLogsServiceRequest";

/** An event, with what the official SDK would have made of it. */
interface Twin {
  readonly event: EventInput;
  readonly severity: SeverityNumber;
  readonly official: object;
}

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ maxLength: 12 }),
  fc.string({ minLength: 120, maxLength: 300 }),
);
/** What both sides can say: the official serialisers know no integral double and no integer beyond 2^53. */
const leaf = fc.oneof(
  text,
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.integer({ min: -300, max: 300 }),
  fc.double({ noInteger: true, noNaN: true, noDefaultInfinity: true }),
  fc.constant(null),
  fc.uint8Array({ maxLength: 200 }),
);
const key = fc.string({ minLength: 1, maxLength: 20 }).filter((name) => name !== "__proto__");
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;
const attributes = fc.dictionary(key, value, { maxKeys: 12, noNullPrototype: true });
const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .string({
      unit: fc.constantFrom("0", "1", "2", "3", "7", "8", "9", "a", "b", "e", "f"),
      minLength: length,
      maxLength: length,
    })
    .filter((id) => /[^0]/.test(id));
const trace = fc.record({ traceId: hex(32), spanId: hex(16), flags: fc.integer({ min: 0, max: 255 }) });
const seconds = fc.integer({ min: 1, max: 18_446_744_072 });
const nanos = fc.integer({ min: 0, max: 999_999_999 });
const time = fc.tuple(seconds, nanos);
const SCOPES = [{ name: "a", version: "1.0.0" }, { name: "a", version: "2.0.0" }, { name: 'é"\\' }] as const;

const twin: fc.Arbitrary<Twin> = fc
  .record({
    name: fc.option(fc.string({ minLength: 1, maxLength: 40 }), { nil: undefined }),
    body: fc.option(value, { nil: undefined }),
    attributes,
    trace: fc.option(trace, { nil: undefined }),
    time,
    observed: fc.option(time, { nil: undefined }),
    scope: fc.constantFrom(...SCOPES),
    severity: fc.integer({ min: 1, max: 24 }),
    dropped: fc.nat(10),
  })
  .map((given): Twin => {
    const { name, body, trace: where, scope, severity } = given;
    return {
      severity: severity as SeverityNumber,
      event: {
        name,
        body,
        attributes: given.attributes,
        trace: where,
        scope,
        time: inNanos(given.time),
        observedTime: given.observed === undefined ? undefined : inNanos(given.observed),
        droppedAttributes: given.dropped,
      },
      official: {
        eventName: name,
        body,
        attributes: given.attributes,
        spanContext:
          where === undefined ? undefined : { traceId: where.traceId, spanId: where.spanId, traceFlags: where.flags },
        hrTime: given.time,
        hrTimeObserved: given.observed ?? given.time,
        instrumentationScope: scope,
        severityNumber: severity,
        severityText: SEVERITIES[severity - 1],
        droppedAttributesCount: given.dropped,
      },
    };
  });

const SEVERITIES = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap((name) => [
  name,
  `${name}2`,
  `${name}3`,
  `${name}4`,
]);

function inNanos([second, nano]: readonly [number, number]): bigint {
  return BigInt(second) * 1_000_000_000n + BigInt(nano);
}

/** The request that both would send: events of two resources. */
const request = fc.record({
  first: fc.array(twin, { maxLength: 8 }),
  second: fc.array(twin, { maxLength: 4 }),
  resources: fc.tuple(attributes, attributes),
});

interface Request {
  readonly first: readonly Twin[];
  readonly second: readonly Twin[];
  readonly resources: readonly [object, object];
}

function ourLines({ first, second, resources }: Request): readonly EventLine[] {
  const write = (twins: readonly Twin[], resource: object): readonly EventLine[] =>
    twins.flatMap(({ event, severity }) => writeLines([event], { ...resource }, severity));
  return [...write(first, resources[0]), ...write(second, resources[1])];
}

type Official = Parameters<typeof line2.ProtobufLogsSerializer.serializeRequest>[0];

function officialRecords({ first, second, resources }: Request): Official {
  const sameResource = JSON.stringify(ourLines({ first: first.slice(0, 1), second: [], resources }));
  const one = { attributes: resources[0] };
  const isSame = sameResource !== "" && JSON.stringify(resources[0]) === JSON.stringify(resources[1]);
  const two = isSame ? one : { attributes: resources[1] };
  return [
    ...first.map(({ official }) => ({ ...official, resource: one })),
    ...second.map(({ official }) => ({ ...official, resource: two })),
  ] as unknown as Official; // as much of a ReadableLogRecord as a serialiser reads
}

/** A body that is an AnyValue without a value says what no body says; which of the two is written differs between the official serialisers. */
function inMeaning(message: unknown): unknown {
  return JSON.parse(JSON.stringify(message), function (name, held: unknown) {
    return name === "body" && JSON.stringify(held) === "{}" ? undefined : held;
  });
}

const lines = [
  ["2.x", line2],
  ["3.x", line3],
] as const;

describe.each(lines)(
  "what is sent is what the official serialisers of the %s line send",
  (_, { ProtobufLogsSerializer, JsonLogsSerializer }) => {
    test("as protocol buffers", () => {
      const encoder = createLogsEncoder();
      fc.assert(
        fc.property(request, (given) => {
          const ours = encoder.encode(ourLines(given), 0, Number.POSITIVE_INFINITY);
          const official = ProtobufLogsSerializer.serializeRequest(officialRecords(given));
          expect(ours.invalid).toBe(0);
          expect(inMeaning(decodeOtlp(ours.body, MESSAGE))).toEqual(
            inMeaning(decodeOtlp(official ?? new Uint8Array(), MESSAGE)),
          );
        }),
        { numRuns: 40 },
      );
    });

    test("as JSON", () => {
      const encoder = createLogsEncoder({ form: "json" });
      fc.assert(
        fc.property(request, (given) => {
          fc.pre(given.first.length + given.second.length > 0);
          const ours = encoder.encode(ourLines(given), 0, Number.POSITIVE_INFINITY);
          const official = Buffer.from(JsonLogsSerializer.serializeRequest(officialRecords(given) as never) ?? []);
          expect(inMeaning(normaliseOtlpJson(JSON.parse(ours.body.toString()), MESSAGE))).toEqual(
            inMeaning(normaliseOtlpJson(JSON.parse(official.toString()), MESSAGE)),
          );
        }),
        { numRuns: 40 },
      );
    });
  },
);
