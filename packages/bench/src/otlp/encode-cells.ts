import type { LineRecord } from "@plumbline/core";
import type { Cell, Outcome, Scratch } from "../frame/bench.ts";
import { EVENT_NAME, requestAttributes } from "../load/payload.ts";
import { nanosPerCall } from "../redact/measure.ts";
import { PEER } from "./senders.ts";

export const ENCODE = "512 events → one request";
export const OUR_ENCODER = "plumbline: lines → protobuf";
const OUR_JSON = "plumbline: lines → JSON";

const BATCH = 512;
const CALLS = 300;
const NOTE_LENGTH = 60;

/** The encoders alone: ours begins with redacted lines, the SDK's serialiser with its records. */
export const ENCODE_CELLS: readonly Cell[] = [
  encodeCell(OUR_ENCODER, () => ours("protobuf")),
  encodeCell(OUR_JSON, () => ours("json")),
  encodeCell(PEER.name, theirs),
];

function encodeCell(name: string, open: () => Promise<() => number>): Cell {
  return {
    group: ENCODE,
    name,
    async run({ scale }: Scratch): Promise<Outcome> {
      const encode = await open();
      const nanos = await nanosPerCall(encode, Math.max(2, Math.round(CALLS * scale)));
      return { figures: { nanosPerEvent: nanos / BATCH, bytesPerEvent: encode() / BATCH } };
    },
  };
}

async function ours(form: "protobuf" | "json"): Promise<() => number> {
  const [{ createLineWriter, createRedactor, createSystemClock, DEFAULT_LIMITS }, { createLogsEncoder }] =
    await Promise.all([import("@plumbline/core"), import("@plumbline/otlp")]);
  const writer = createLineWriter({
    clock: createSystemClock(),
    limits: DEFAULT_LIMITS,
    redactor: createRedactor(),
    resource: { "service.name": "bench", "process.pid": 1, "telemetry.sdk.language": "nodejs" },
  });
  const lines = Array.from({ length: BATCH }, (_, n): LineRecord => {
    const line = writer.write({ name: EVENT_NAME, attributes: { ...requestAttributes(n, NOTE_LENGTH), n } }, 9);
    line.number("0k3f9c2a00000", n + 1);
    return line;
  });
  const encoder = createLogsEncoder({ form });
  return () => encoder.encode(lines, 0, Number.POSITIVE_INFINITY).body.length;
}

async function theirs(): Promise<() => number> {
  const [{ LoggerProvider }, { ProtobufLogsSerializer }] = await Promise.all([
    import("@opentelemetry/sdk-logs"),
    import("@opentelemetry/otlp-transformer"),
  ]);
  const records: Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0] = [];
  const done = (): Promise<void> => Promise.resolve();
  const processors = [
    { onEmit: (record: (typeof records)[number]) => records.push(record), forceFlush: done, shutdown: done },
  ];
  const logger = new LoggerProvider({ processors }).getLogger("bench");
  for (let n = 0; n < BATCH; n++) {
    const attributes = { ...requestAttributes(n, NOTE_LENGTH), n };
    logger.emit({ severityNumber: 9, severityText: "INFO", eventName: EVENT_NAME, attributes });
  }
  return () => ProtobufLogsSerializer.serializeRequest(records)?.length ?? 0;
}
