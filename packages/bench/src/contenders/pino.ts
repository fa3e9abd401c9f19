import { once } from "node:events";
import type { DestinationStream, Logger, LoggerOptions } from "pino";
import { EVENT_NAME, type Attributes } from "../load/payload.ts";
import { DONE, type Class, type Contender, type OpenLogger } from "./contender.ts";

const TOLD_PATHS = ["apiKey", "password"];

/** pino in the configurations its documentation names, each with and without its path redaction. */
export const pinoContenders: readonly Contender[] = [false, true].flatMap((redact) => [
  direct("pino sync", redact, { sync: true, minLength: 0 }, ["buffered", "written"]),
  direct("pino sync, fsync", redact, { sync: true, minLength: 0, fsync: true }, ["fsynced"]),
  direct("pino sync, minLength 4096", redact, { sync: true, minLength: 4096 }, ["buffered"]),
  direct("pino async, minLength 4096", redact, { sync: false, minLength: 4096 }, ["buffered"]),
  viaTransport(redact),
]);

interface Destination {
  readonly sync: boolean;
  readonly minLength: number;
  readonly fsync?: boolean;
}

function options(redact: boolean): LoggerOptions {
  return redact ? { redact: TOLD_PATHS } : {};
}

function direct(name: string, redact: boolean, how: Destination, classes: readonly Class[]): Contender {
  return {
    name,
    redaction: redact ? "told paths" : "none",
    classes,
    slowness: how.fsync === true ? 40 : how.minLength === 0 ? 2 : 1,
    async open(path) {
      const { pino } = await import("pino");
      const destination = pino.destination({ dest: path, ...how });
      await once(destination, "ready");
      return opened(pino(options(redact), destination), async () => {
        destination.end();
        await once(destination, "close");
      });
    },
  };
}

function viaTransport(redact: boolean): Contender {
  return {
    name: "pino.transport (worker)",
    redaction: redact ? "told paths" : "none",
    classes: ["buffered"],
    async open(path) {
      const { pino } = await import("pino");
      const transport = pino.transport({ target: "pino/file", options: { destination: path } }) as DestinationStream &
        NodeJS.EventEmitter & { end(): void };
      await staying(once(transport, "ready"));
      return opened(pino(options(redact), transport), async () => {
        const closed = once(transport, "close");
        transport.end();
        await staying(closed);
      });
    },
  };
}

/** The worker does not keep the process alive, so something else has to while it is waited for. */
async function staying<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 1000);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}

function opened(logger: Logger, close: () => Promise<void>): OpenLogger {
  return {
    log: (attributes) => logger.info(attributes, EVENT_NAME),
    logAcknowledged(attributes: Attributes): Promise<void> {
      logger.info(attributes, EVENT_NAME);
      return DONE;
    },
    close,
  };
}
