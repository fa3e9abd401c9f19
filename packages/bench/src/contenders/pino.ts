import { once } from "node:events";
import { pino } from "pino";
import type { DestinationStream, Logger, LoggerOptions } from "pino";
import type { Contender } from "../contender.ts";
import { EVENT_NAME } from "../payload.ts";

const TOLD_PATHS = ["apiKey", "password"];

/** pino in the configurations its documentation names, each with and without its path redaction. */
export const pinoContenders: readonly Contender[] = [false, true].flatMap((redact) => [
  direct("pino sync", redact, { sync: true, minLength: 0 }),
  direct("pino sync, minLength 4096", redact, { sync: true, minLength: 4096 }),
  direct("pino async, minLength 4096", redact, { sync: false, minLength: 4096 }),
  viaTransport(redact),
]);

function options(redact: boolean): LoggerOptions {
  return redact ? { redact: TOLD_PATHS } : {};
}

function direct(name: string, redact: boolean, how: { sync: boolean; minLength: number }): Contender {
  return {
    name,
    redaction: redact ? "told paths" : "none",
    async open(path) {
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
    async open(path) {
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

function opened(logger: Logger, close: () => Promise<void>): Awaited<ReturnType<Contender["open"]>> {
  return { log: (attributes) => logger.info(attributes, EVENT_NAME), close };
}
