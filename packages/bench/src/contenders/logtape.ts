import { getFileSink } from "@logtape/file";
import { configure, dispose, getLogger, jsonLinesFormatter } from "@logtape/logtape";
import { redactByField } from "@logtape/redaction";
import type { Contender } from "../contender.ts";
import { EVENT_NAME } from "../payload.ts";

/** LogTape's file sink, blocking (its default) and not, each with and without its redaction by field names. */
export const logtapeContenders: readonly Contender[] = [false, true].flatMap((redact) => [
  logtape("LogTape file", redact, false),
  logtape("LogTape file, nonBlocking", redact, true),
]);

function logtape(name: string, redact: boolean, nonBlocking: boolean): Contender {
  return {
    name,
    redaction: redact ? "default rules" : "none",
    async open(path) {
      const file = getFileSink(path, { formatter: jsonLinesFormatter, nonBlocking });
      await configure({
        reset: true,
        sinks: { file: redact ? redactByField(file) : file },
        loggers: [
          { category: "bench", lowestLevel: "info", sinks: ["file"] },
          { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
        ],
      });
      const logger = getLogger("bench");
      return {
        log: (attributes) => logger.info(EVENT_NAME, { ...attributes }),
        close: () => dispose(),
      };
    },
  };
}
