import { EVENT_NAME } from "../load/payload.ts";
import type { Contender } from "./contender.ts";

/** Every class: what the file sink adds to a line until somebody waits for it is the same. */
const CLASSES = ["buffered", "written", "fsynced"] as const;

/** Plumbline as a service gets it: the SDK, with its default redaction. */
export const plumbline: Contender = {
  name: "plumbline",
  redaction: "default rules",
  classes: CLASSES,
  async open(path, durability) {
    const { start } = await import("@plumbline/sdk");
    // In the class `fsynced` every write is synced, waited for or not; here those that wait ask for it.
    const journal = { path, durability: durability === "buffered" ? "buffered" : "written" } as const;
    const telemetry = await start({ service: { name: "bench" }, journal });
    return {
      log: (attributes) => telemetry.emit(EVENT_NAME, attributes),
      logAcknowledged: (attributes) => telemetry.emitAsync(EVENT_NAME, attributes, { durability }),
      close: () => telemetry.close(),
    };
  },
};

/** The same path put together from its parts, without a redactor: the config has no switch that turns redaction off. */
export const plumblineUnredacted: Contender = {
  name: "plumbline",
  redaction: "none",
  classes: CLASSES,
  async open(path, durability) {
    const [{ createLineWriter, createPipeline, createSystemClock, DEFAULT_LIMITS }, { createFileSink }, { diag }] =
      await Promise.all([import("@plumbline/core"), import("@plumbline/file"), import("@opentelemetry/api")]);
    const clock = createSystemClock();
    const resource = { "service.name": "bench" };
    const writer = createLineWriter({ clock, limits: DEFAULT_LIMITS, redactor: undefined, resource });
    const journal = createFileSink({
      path,
      clock,
      writer,
      diagnostics: diag,
      durability: durability === "buffered" ? "buffered" : "written",
    });
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
      logAcknowledged: (attributes) => pipeline.emitAsync({ name: EVENT_NAME, attributes }, { durability }),
      async close(): Promise<void> {
        await pipeline.close();
        await journal.close();
      },
    };
  },
};
