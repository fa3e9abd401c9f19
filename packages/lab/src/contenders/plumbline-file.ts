import { createLineWriter, createSystemClock, DEFAULT_LIMITS, type Durability } from "@plumbline/core";
import { createFileSink, type FileDriver, type FileSink } from "@plumbline/file";
import type { OpenOptions, OpenSink } from "../contender.ts";

const INFO = 9;

export const buffered = (options: OpenOptions): Promise<OpenSink> => openFileSink(options, "buffered");
export const written = (options: OpenOptions): Promise<OpenSink> => openFileSink(options, "written");
export const fsynced = (options: OpenOptions): Promise<OpenSink> => openFileSink(options, "fsynced");

/** The file sink as a journal, without the SDK; in the class `buffered` the return of the call is the acknowledgement. Lines ask for `asked`. */
export async function openFileSink(
  options: OpenOptions,
  durability: Durability,
  driver?: FileDriver,
  asked: Durability = durability,
): Promise<OpenSink> {
  const { path, rotateBytes, compress, queueBytes, refusesOwned } = options;
  const clock = createSystemClock();
  const writer = createLineWriter({
    clock,
    limits: DEFAULT_LIMITS,
    redactor: undefined,
    resource: { "service.name": "lab" },
  });
  const sink = createFileSink({
    path,
    durability,
    clock,
    writer,
    ...(rotateBytes === undefined
      ? {}
      : { rotate: { maxBytes: rotateBytes, compress: compress === true ? "gzip" : "none" } }),
    ...(refusesOwned === true ? { onOwned: "refuse" } : {}),
    ...(queueBytes === undefined ? {} : { maxQueueBytes: queueBytes }),
    ...(driver === undefined ? {} : { driver }),
  });
  await sink.start();
  return {
    write(mark) {
      const line = writer.write({ name: "lab", severity: INFO, attributes: { lab: { ...mark } } }, INFO);
      if (asked !== "buffered") return sink.appendAsync(line, asked);
      sink.append(line);
      return undefined;
    },
    isSettled: () => isSettled(sink),
    dropped: () => Object.values(sink.report().dropped).reduce((sum, count) => sum + count, 0),
    close: () => sink.close(),
  };
}

function isSettled(sink: FileSink): boolean {
  const { queued, inFlight } = sink.report();
  return queued === 0 && inFlight === 0;
}
