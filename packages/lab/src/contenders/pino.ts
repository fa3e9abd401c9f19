import { once } from "node:events";
import { pino, type DestinationStream } from "pino";
import type { OpenOptions, OpenSink } from "../contender.ts";

type Destination = DestinationStream & NodeJS.EventEmitter & { end(): void };

/** Every line with a writeSync of its own. */
export const sync = (options: OpenOptions): Promise<OpenSink> =>
  opened(pino.destination({ dest: options.path, sync: true, minLength: 0 }));

/** Asynchronous, gathered to 4 KiB, as its documentation has it for speed. */
export const asynchronous = (options: OpenOptions): Promise<OpenSink> =>
  opened(pino.destination({ dest: options.path, sync: false, minLength: 4096 }));

/** Through its worker thread. */
export const transport = (options: OpenOptions): Promise<OpenSink> =>
  opened(pino.transport({ target: "pino/file", options: { destination: options.path, mkdir: true } }) as Destination);

async function opened(destination: Destination): Promise<OpenSink> {
  // Without a listener a failed write would end the process.
  destination.on("error", () => undefined);
  await once(destination, "ready");
  const logger = pino(destination);
  return {
    write(lab): undefined {
      logger.info({ lab }, "lab");
    },
    async close(): Promise<void> {
      const closed = once(destination, "close");
      destination.end();
      await closed;
    },
  };
}
