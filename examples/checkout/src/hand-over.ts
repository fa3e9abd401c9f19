import { createHash } from "node:crypto";
import { mkdirSync, watch } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createDirectoryDestination, createJournalPickup, createUploader } from "@plumbline/handoff";
import { type Figure, mustHold } from "./verdict.ts";

/** A sealed segment is packed under its final name; nothing else of the journal is. */
const SEALED = /^checkout\..*\.jsonl\.gz$/;

/** What somebody at the far side took for a whole file. */
interface Sighting {
  readonly observer: string;
  readonly name: string;
  readonly digest: string;
}

/** The journal's sealed segments on their way to a folder, where three look on who know nothing of manifests. */
export interface HandOver {
  /** To be called when the journal is closed: hands on what is left, and tells what was seen. */
  end(): Promise<readonly Figure[]>;
}

/** Hands the journal's segments in `folder` on to `<folder>-archive` while it is written, with a poller of sizes, one of times, and a listener for events beside. */
export async function startHandOver(folder: string): Promise<HandOver> {
  const archive = `${folder}-archive`;
  mkdirSync(archive);
  const run = async (once: boolean, signal: AbortSignal): Promise<void> => {
    const uploader = createUploader({
      pickup: createJournalPickup({ path: join(folder, "checkout.jsonl"), once }),
      destination: createDirectoryDestination({ path: archive }),
      stateDirectory: `${folder}-handoff`,
    });
    await uploader.start();
    await uploader.run(signal);
    await uploader.close();
  };
  const observers = [pollUntilQuiet(archive, "size"), pollUntilQuiet(archive, "time"), listen(archive)];
  const stop = new AbortController();
  const running = run(false, stop.signal);
  return {
    async end() {
      stop.abort();
      await running;
      await run(true, new AbortController().signal);
      const sightings = (await Promise.all(observers.map(async (observer) => observer.stop()))).flat();
      return judge(folder, archive, sightings);
    },
  };
}

async function judge(folder: string, archive: string, sightings: readonly Sighting[]): Promise<readonly Figure[]> {
  const segments = (await readdir(folder)).filter((name) => SEALED.test(name));
  const digests = new Map<string, string>();
  for (const name of segments) digests.set(name, await digestOf(join(folder, name)));
  const arrived = await Promise.all(segments.map(async (name) => digestOf(join(archive, name))));
  const incomplete = sightings.filter(({ name, digest }) => digests.get(name) !== digest).length;
  const isWhole = arrived.every((digest, index) => digest === digests.get(segments[index] ?? ""));
  return [
    mustHold("handed on", `${segments.length} sealed segments, each whole`, isWhole && segments.length > 0),
    mustHold(
      "seen too early",
      `${incomplete} of ${sightings.length} sightings, by size, by time and by events`,
      incomplete === 0 && sightings.length === segments.length * 3,
    ),
  ];
}

interface Observer {
  stop(): Promise<readonly Sighting[]>;
}

/** Believes in a file that has looked the same twice in a row. */
function pollUntilQuiet(folder: string, what: "size" | "time"): Observer {
  const before = new Map<string, number>();
  return look(folder, what, async (name) => {
    const { size, mtimeMs } = await stat(join(folder, name));
    const value = what === "size" ? size : mtimeMs;
    const isQuiet = before.get(name) === value;
    before.set(name, value);
    return isQuiet;
  });
}

/** Believes in a file as soon as an event names it. */
function listen(folder: string): Observer {
  const named = new Set<string>();
  const watcher = watch(folder, (_event, name) => named.add(name ?? ""));
  const observer = look(folder, "events", async (name) => named.has(name));
  return {
    async stop() {
      const sightings = await observer.stop();
      watcher.close();
      return sightings;
    },
  };
}

function look(folder: string, observer: string, believes: (name: string) => Promise<boolean>): Observer {
  const sightings: Sighting[] = [];
  const taken = new Set<string>();
  const stop = new AbortController();
  const looking = (async (): Promise<void> => {
    // A few looks more after the end, for what came last.
    for (let rest = 3; rest > 0; rest -= stop.signal.aborted ? 1 : 0) {
      for (const name of await readdir(folder)) {
        if (!SEALED.test(name) || taken.has(name) || !(await believes(name))) continue;
        taken.add(name);
        sightings.push({ observer, name, digest: await digestOf(join(folder, name)) });
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  return {
    async stop() {
      stop.abort();
      await looking;
      return sightings;
    },
  };
}

async function digestOf(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}
