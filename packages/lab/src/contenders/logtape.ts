import { getFileSink, getRotatingFileSink } from "@logtape/file";
import { configure, dispose, getLogger, jsonLinesFormatter } from "@logtape/logtape";
import type { OpenOptions, OpenSink } from "../contender.ts";

/** More than a run makes: each rotation tries so many renames. */
const MAX_FILES = 200;

/** LogTape's file sink as it comes. */
export const blocking = (options: OpenOptions): Promise<OpenSink> => opened(options, false);

/** The same, writing in the background. */
export const nonBlocking = (options: OpenOptions): Promise<OpenSink> => opened(options, true);

async function opened(options: OpenOptions, nonBlocking: boolean): Promise<OpenSink> {
  const { path, rotateBytes } = options;
  const how = { formatter: jsonLinesFormatter, nonBlocking };
  const file =
    rotateBytes === undefined
      ? getFileSink(path, how)
      : getRotatingFileSink(path, { ...how, maxSize: rotateBytes, maxFiles: MAX_FILES });
  await configure({
    reset: true,
    sinks: { file },
    loggers: [
      { category: "lab", lowestLevel: "info", sinks: ["file"] },
      { category: ["logtape", "meta"], lowestLevel: "fatal", sinks: [] },
    ],
  });
  const logger = getLogger("lab");
  return {
    write(lab): undefined {
      logger.info("lab", { lab });
    },
    close: () => dispose(),
  };
}
