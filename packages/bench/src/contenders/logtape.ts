import { EVENT_NAME, type Attributes } from "../load/payload.ts";
import { DONE, type Class, type Contender } from "./contender.ts";

/**
 * LogTape's file sink, blocking (its default) and not, with and without its redaction by field names. The blocking one syncs
 * whenever it writes its buffer; without a buffer, therefore, every line is on the device before the call returns.
 */
export const logtapeContenders: readonly Contender[] = [false, true].flatMap((redact) => [
  logtape("LogTape file", redact, false, ["buffered"], 30),
  logtape("LogTape file, nonBlocking", redact, true, ["buffered"], 6),
  logtape("LogTape file, bufferSize 0", redact, false, ["fsynced"], 40),
]);

function logtape(
  name: string,
  redact: boolean,
  nonBlocking: boolean,
  classes: readonly Class[],
  slowness: number,
): Contender {
  return {
    name,
    redaction: redact ? "default rules" : "none",
    classes,
    slowness,
    async open(path, durability) {
      const [{ getFileSink }, { configure, dispose, getLogger, jsonLinesFormatter }, { redactByField }] =
        await Promise.all([import("@logtape/file"), import("@logtape/logtape"), import("@logtape/redaction")]);
      const buffer = durability === "fsynced" ? { bufferSize: 0 } : {};
      const file = getFileSink(path, { formatter: jsonLinesFormatter, nonBlocking, ...buffer });
      await configure({
        reset: true,
        sinks: { file: redact ? redactByField(file) : file },
        loggers: [
          { category: "bench", lowestLevel: "info", sinks: ["file"] },
          { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
        ],
      });
      const logger = getLogger("bench");
      const log = (attributes: Attributes): void => logger.info(EVENT_NAME, { ...attributes });
      return {
        log,
        logAcknowledged(attributes): Promise<void> {
          log(attributes);
          return DONE;
        },
        close: () => dispose(),
      };
    },
  };
}
