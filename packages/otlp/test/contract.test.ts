import type { EventLine } from "@plumbline/core";
import { createOtlpReceiver, itemsOf, sinkContract, decodeOtlp, normaliseOtlpJson } from "@plumbline/testing";
import { describe, test } from "vitest";
import { createLogsEncoder, otlp } from "../src/index.ts";

/** The record that a line stands for, as the receiver has it. */
function recordOf(line: EventLine, form: "protobuf" | "json"): string {
  const { body } = createLogsEncoder({ form }).encode([line], 0, Number.POSITIVE_INFINITY);
  const name = "ExportLogsServiceRequest";
  const message = form === "json" ? normaliseOtlpJson(JSON.parse(body.toString()), name) : decodeOtlp(body, name);
  return JSON.stringify(itemsOf({ signal: "logs", message })[0]?.item);
}

describe.each([
  ["protobuf", "http/protobuf", "none"],
  ["json", "http/json", "gzip"],
] as const)("the OTLP sink keeps the contract of sinks: %s", (form, protocol, compression) => {
  const cases = sinkContract({
    plugin: otlp,
    setup: async () => {
      const receiver = await createOtlpReceiver();
      return {
        options: { endpoint: receiver.url, protocol, compression, proxy: false },
        receiver,
        delivered: () => receiver.logRecords.map(({ item }) => JSON.stringify(item)),
        close: () => receiver.close(),
      };
    },
    represent: (line) => recordOf(line, form),
    invalidOptions: [
      { endpoint: "ftp://collector" },
      { protocol: "grpc" },
      { timeout: 10 },
      { timeout: "0s" },
      { headers: { "a b": "c" } },
      { headers: { a: "b\nc" } },
      { headers: ["a"] },
      { concurrency: 0 },
      { maxRequest: "1B" },
      { proxy: true },
      { logs: { concurrency: 2 } },
      { endpiont: "http://localhost" },
    ],
    failOnce: ({ receiver }) => receiver.plan({ kind: "status", status: 503 }),
    hang: ({ receiver }) => receiver.plan(...Array.from({ length: 20 }, () => ({ kind: "hang" as const }))),
  });
  test.each(cases)("$name", async ({ run }) => run());
});
