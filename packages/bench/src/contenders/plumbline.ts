import { start } from "@plumbline/sdk";
import type { Contender } from "../contender.ts";
import { EVENT_NAME } from "../payload.ts";

/** Plumbline as a service gets it, with its default redaction and without any. */
export const plumblineContenders: readonly Contender[] = [true, false].map((redact) => ({
  name: "plumbline",
  redaction: redact ? "default rules" : "none",
  async open(path) {
    const telemetry = await start({ service: { name: "bench" }, journal: { path }, redact: redact ? {} : false });
    return {
      log: (attributes) => telemetry.emit(EVENT_NAME, attributes),
      close: () => telemetry.close(),
    };
  },
}));
