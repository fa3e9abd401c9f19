import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** By what sign a forwarder takes a file for whole. */
export type Sign = "size" | "time" | "listing";

/** Each sign, as the table says it. */
export const SIGNS: Readonly<Record<Sign, string>> = {
  size: "its size has not changed for 60 ms",
  time: "its time has not changed for 60 ms",
  listing: "it is listed",
};

/** A file as a forwarder took it. */
export interface Taken {
  readonly sign: Sign;
  readonly name: string;
  readonly sha256: string;
}

/** The partner's programs that look for files to pass on, in a thread of their own: they look while the other side writes. */
export async function startForwarders(
  folder: string,
): Promise<{ end(names: readonly string[]): Promise<readonly Taken[]> }> {
  const worker = new Worker(new URL("./observer-thread.js", import.meta.url), { workerData: folder });
  const taken: Taken[] = [];
  await once(worker, "message");
  worker.on("message", (each: Taken) => taken.push(each));
  return {
    /** Waits until each has taken these files, a minute at most. */
    async end(names) {
      const isOver = (): boolean =>
        taken.filter(({ name }) => names.includes(name)).length === names.length * Object.keys(SIGNS).length;
      for (const until = Date.now() + 60_000; !isOver() && Date.now() < until;) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await worker.terminate();
      return taken;
    },
  };
}
