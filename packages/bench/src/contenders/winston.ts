import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { EVENT_NAME } from "../load/payload.ts";
import { DONE, type Contender } from "./contender.ts";

/** winston with its file transport and JSON format. It has no redaction of its own, so a format takes the two keys out. */
export const winstonContenders: readonly Contender[] = [false, true].map((redact) => ({
  name: "winston",
  redaction: redact ? "told paths" : "none",
  classes: ["buffered"],
  slowness: 6,
  async open(path) {
    const { default: winston } = await import("winston");
    const censor = winston.format((info) => ({ ...info, apiKey: "[redacted]", password: "[redacted]" }));
    const { timestamp, json, combine } = winston.format;
    const transport = new winston.transports.File({ filename: path });
    const logger = winston.createLogger({
      level: "info",
      format: redact ? combine(censor(), timestamp(), json()) : combine(timestamp(), json()),
      transports: [transport],
    });
    return {
      log: (attributes) => void logger.info(EVENT_NAME, attributes),
      logAcknowledged(attributes): Promise<void> {
        logger.info(EVENT_NAME, attributes);
        return DONE;
      },
      async close(): Promise<void> {
        // Ended while it still holds lines, winston throws "write after end": it is given the time that it needs.
        while (logger.writableLength + logger.readableLength + transport.writableLength > 0) await turn();
        const finished = once(transport, "finish");
        logger.end();
        await finished;
      },
    };
  },
}));
