// Those on the other side who take a file for ready, each by its own sign; at first sight they read and hash it at once.
import { once } from "node:events";
import { Worker } from "node:worker_threads";

/**
 * Starts them in a thread of their own, so that they look while the hand-off writes: a poller of sizes, one of times, a lister by watermark, and, where
 * inotifywait can be had, one who listens for CLOSE_WRITE and one for CREATE and MOVED_TO.
 */
export async function startObservers(path, { inotifywait, env }) {
  const worker = new Worker(new URL("observer-thread.mjs", import.meta.url), {
    workerData: { path, inotifywait, env },
  });
  await once(worker, "message");
  const ask = async (message) => {
    worker.postMessage(message);
    const [answer] = await once(worker, "message");
    return answer;
  };
  let stopped;
  const stop = () => (stopped ??= ask({ end: true }).then(() => worker.terminate()));
  return {
    /** Tells what is to come, before its first byte is written. */
    expect: (name, facts) => ask({ name, facts }),
    /** Waits until each of `who` has seen `count` files, ten seconds at most; resolves with what everybody saw. */
    async end(count, who) {
      let seen = await ask({});
      for (let tries = 0; tries < 200 && who.some((each) => seen[each]?.sightings < count); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        seen = await ask({});
      }
      await stop();
      return seen;
    },
    /** Ends them, whatever was seen; safe when repeated. */
    stop,
  };
}
