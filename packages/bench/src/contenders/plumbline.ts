import { createLineWriter, createPipeline, createSystemClock, DEFAULT_LIMITS } from "@plumbline/core";
import { createFileSink } from "@plumbline/file";
import { start } from "@plumbline/sdk";
import { diag } from "@opentelemetry/api";
import type { Contender } from "../contender.ts";
import { EVENT_NAME } from "../payload.ts";

/** Plumbline as a service gets it: the SDK, with its default redaction. */
const withRedaction: Contender = {
  name: "plumbline",
  redaction: "default rules",
  async open(path) {
    const telemetry = await start({ service: { name: "bench" }, journal: { path } });
    return {
      log: (attributes) => telemetry.emit(EVENT_NAME, attributes),
      close: () => telemetry.close(),
    };
  },
};

/** The same path put together from its parts, without a redactor: the config has no switch that turns redaction off. */
const withoutRedaction: Contender = {
  name: "plumbline",
  redaction: "none",
  async open(path) {
    const clock = createSystemClock();
    const resource = { "service.name": "bench" };
    const writer = createLineWriter({ clock, limits: DEFAULT_LIMITS, redactor: undefined, resource });
    const journal = createFileSink({ path, clock, writer, diagnostics: diag });
    await journal.start();
    const pipeline = createPipeline({
      clock,
      diagnostics: diag,
      writer,
      processors: [],
      journal: { journal },
      outputs: [],
    });
    return {
      log: (attributes) => pipeline.emit({ name: EVENT_NAME, attributes }),
      async close(): Promise<void> {
        await pipeline.close();
        await journal.close();
      },
    };
  },
};

export const plumblineContenders: readonly Contender[] = [withRedaction, withoutRedaction];
