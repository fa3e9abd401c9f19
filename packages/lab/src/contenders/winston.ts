import { once } from "node:events";
import winston from "winston";
import type { OpenOptions, OpenSink } from "../contender.ts";

/** winston's file transport with its JSON format. */
export async function openWinston(options: OpenOptions): Promise<OpenSink> {
  const transport = new winston.transports.File({
    filename: options.path,
    ...(options.rotateBytes === undefined ? {} : { maxsize: options.rotateBytes }),
  });
  const logger = winston.createLogger({ level: "info", format: winston.format.json(), transports: [transport] });
  logger.on("error", () => undefined);
  return {
    write(lab): undefined {
      logger.info("lab", { lab });
    },
    async close(): Promise<void> {
      const finished = once(transport, "finish");
      logger.end();
      await finished;
    },
  };
}
