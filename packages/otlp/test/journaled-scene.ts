import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createLineWriter,
  createPipeline,
  createRedactor,
  createSystemClock,
  DEFAULT_LIMITS,
  errorCode,
  type OutputReport,
  type Pipeline,
} from "@plumbline/core";
import { createFileSink, type FileSink } from "@plumbline/file";
import { createJournaledDelivery, type JournaledDelivery, type JournaledDeliveryOptions } from "@plumbline/stream";
import { attributeOf, createTestContext, type OtlpReceiver } from "@plumbline/testing";
import { createOtlpSink, type OtlpOptions, type OtlpSink } from "../src/index.ts";
import { onTestFinished } from "vitest";

/** A service whose events go into a journal, and from there to a receiver. */
export interface JournaledService {
  readonly pipeline: Pipeline;
  readonly journal: FileSink;
  readonly delivery: JournaledDelivery;
  readonly sink: OtlpSink;
  /** What the collector's account and the journal's differ by on their two sides: nothing, at any moment. */
  imbalance(): number;
  /** Closes in the order in which a system does. */
  close(): Promise<void>;
}

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-otlp-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A service with `delivery: journal`, put together from its parts, on a clock that runs. */
export async function createJournaledService(
  folder: string,
  { url }: Pick<OtlpReceiver, "url">,
  { otlp = {}, ...options }: Partial<JournaledDeliveryOptions> & { readonly otlp?: OtlpOptions } = {},
): Promise<JournaledService> {
  const clock = createSystemClock();
  const { name, diagnostics, signal } = createTestContext();
  const writer = createLineWriter({
    clock,
    limits: DEFAULT_LIMITS,
    redactor: createRedactor(),
    resource: { "service.name": "shop" },
  });
  const journal = createFileSink({ path: join(folder, "shop.jsonl"), clock, writer, diagnostics });
  await journal.start();
  const env = { OTEL_BLRP_SCHEDULE_DELAY: "0" };
  const sink = createOtlpSink({ endpoint: url, proxy: false, ...otlp }, { name, clock, diagnostics, signal, env });
  await sink.start();
  const delivery = createJournaledDelivery({
    journal,
    sink,
    consumer: "collector",
    clock,
    retry: { initialMs: 5, maxMs: 20 },
    describe: errorCode,
    ...options,
  });
  await delivery.start();
  const pipeline = createPipeline({ clock, diagnostics, writer, processors: [], journal: { journal }, outputs: [] });
  return {
    pipeline,
    journal,
    delivery,
    sink,
    imbalance: () =>
      [delivery.report(), ...pipeline.report().outputs]
        .map(imbalanceOf)
        .reduce((sum, difference) => sum + Math.abs(difference), 0),
    close: async () => {
      await pipeline.close();
      await delivery.close(10_000);
      await journal.close();
    },
  };
}

/** What the two sides of an account differ by. */
export function imbalanceOf(report: OutputReport): number {
  const { accepted, adopted, delivered, inFlight, queued, filtered, dropped } = report;
  const gone = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  return accepted + adopted - delivered - inFlight - queued - filtered - gone;
}

/** The `n` of each event that arrived, and its id. */
export function arrivedAt({ logRecords }: OtlpReceiver): readonly { readonly n: number; readonly uid: string }[] {
  return logRecords.map(({ item }) => ({
    n: Number(attributeOf(item, "n")?.["intValue"]),
    uid: String(attributeOf(item, "log.record.uid")?.["stringValue"]),
  }));
}
