import { spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readdirSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Tally } from "../cell.ts";
import { listChains } from "../chains.ts";
import type { Message } from "../channel.ts";
import type { ContenderId } from "../contender.ts";
import { CONTENDERS } from "../contenders.ts";
import type { FillAct } from "../job.ts";
import { Observed } from "../observed.ts";
import { inspect } from "../oracle.ts";
import { createRandom, deriveSeed } from "../random.ts";
import { describeEnd, runChild } from "../run-child.ts";
import { entries, PEERS, promisedByOurs, type Entry, type Lab, type Scenario, type Skipped } from "../scenario.ts";
import { countEvents } from "./count-events.ts";

const DISK_BYTES = 8 * 1024 * 1024;
const QUEUE_BYTES = 256 * 1024;
/** Less room than this, and a sink that leaves whole lines only may write nothing more. */
const FULL_WITHIN_BYTES = 16 * 1024;
const LOOK_EVERY_MS = 20;
const LOOKS = 400;
/** Stays full for so long: every sink has met it by then, and has tried again. */
const FULL_FOR_MS = 300;
const ENTRIES: readonly Entry[] = [
  ...entries(1, 6, "plumbline-buffered", "plumbline-written"),
  ...entries(1, 3, "plumbline-fsynced"),
  ...entries(1, 2, ...PEERS),
];

/** Where a run's file stands, and how room comes back. */
interface Place {
  readonly folder: string;
  readonly launcher?: readonly [string, ...string[]];
  /** Whether nothing can be written until room is made, so that the queue must come to its bound: not where a next file takes it. */
  readonly staysFull: boolean;
  isFull(): boolean;
  makeRoom(child: ChildProcess): void;
  remove(): void;
}

/** A small file system that is full in the midst of writing. */
export const fullDisk: Scenario = {
  id: "full disk",
  what: "A real tmpfs of 8 MiB fills up while events come in, and is emptied. Writing goes on by itself, in order, and what did not fit is counted: emitted = on disk + reported as dropped.",
  entries: ENTRIES,
  isPromised: promisedByOurs,
  run: (id, run, _, tally, lab) => runIn(smallDisk(id, run, lab), id, run, tally, lab),
};

/** The same where the system refuses a file that gets too long: needs no root, and ends writes short in the same way. */
export const sizeLimit: Scenario = {
  id: "file size limit",
  what: "RLIMIT_FSIZE stops the file while events come in, and is lifted. Lines go on in the next file; the same promise as for a full disk.",
  entries: ENTRIES.filter(({ contender }) => CONTENDERS[contender].role === "ours" || contender === "pino-sync"),
  isPromised: promisedByOurs,
  run: (id, run, _, tally, lab) => runIn(limitedFile(id, run, lab), id, run, tally, lab),
};

async function runIn(
  place: Place | Skipped,
  id: ContenderId,
  run: number,
  tally: Tally,
  lab: Lab,
): Promise<Skipped | undefined> {
  if ("skipped" in place) return place;
  try {
    await runOne(id, run, place, tally, lab);
  } finally {
    place.remove();
  }
  return undefined;
}

async function runOne(id: ContenderId, run: number, place: Place, tally: Tally, lab: Lab): Promise<void> {
  const contender = CONTENDERS[id];
  const act: FillAct = { name: "fill", writer: "w", before: 12_000, after: 500 };
  const open = { path: join(place.folder, "lab.jsonl"), queueBytes: QUEUE_BYTES };
  const observed = new Observed();
  let wasFull = false;
  const emptyWhenFull = async (child: ChildProcess): Promise<void> => {
    for (let look = 0; look < LOOKS && !place.isFull(); look++) await sleep(LOOK_EVERY_MS);
    wasFull = place.isFull();
    await sleep(FULL_FOR_MS);
    place.makeRoom(child);
    child.stdin?.write("go on\n");
  };
  const onMessage = (message: Message, child: ChildProcess): void => {
    if (message.type === "step") void emptyWhenFull(child);
  };
  const job = { contender: id, open, act };
  const launcher = place.launcher === undefined ? {} : { launcher: place.launcher };
  const end = await runChild({ job, onMessage, ...launcher }, observed, lab.workshop);
  const due = observed.logged();
  const findings = inspect(listChains(open.path, contender.layout), { due });
  tally.add(`run ${run}`, 1, countEvents(due), findings, Math.min(observed.dropped, findings.lost));
  if (!wasFull) tally.fault(`run ${run}: there was room all the time: nothing was tested`);
  if (contender.role !== "ours") {
    if (end.code !== 0) tally.note("the process did not end as it should");
    return;
  }
  if (end.code !== 0 || end.hung) tally.fault(`run ${run}: ${describeEnd(end)}`);
  // Who waits for a promise is made to wait; who only calls is dropped, at the bound.
  if (place.staysFull && contender.acknowledges === "call" && observed.dropped === 0)
    tally.fault(`run ${run}: nothing was dropped: the bound was not reached`);
  if (observed.dropped > findings.lost) {
    tally.fault(`run ${run}: ${observed.dropped} reported as dropped, but only ${findings.lost} are missing`);
  }
  if (observed.dropped !== findings.saidDropped) {
    tally.fault(`run ${run}: ${observed.dropped} reported as dropped, ${findings.saidDropped} said in the file`);
  }
}

/** A tmpfs that ballast fills but for a part, so that taking the ballast away makes room for all that comes. */
function smallDisk(id: ContenderId, run: number, lab: Lab): Place | Skipped {
  const random = createRandom(deriveSeed(lab.seed, "full-disk", id, run));
  const mounted = lab.workshop.mountTmpfs(`disk-${id}`, DISK_BYTES);
  if ("refused" in mounted) return { skipped: `a tmpfs needs root: ${mounted.refused}` };
  const { folder } = mounted;
  const ballast = join(folder, "ballast");
  const file = openSync(ballast, "w");
  writeSync(file, Buffer.alloc(DISK_BYTES - random.int(200_000, 900_000)));
  closeSync(file);
  return {
    folder,
    staysFull: true,
    isFull(): boolean {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize <= FULL_WITHIN_BYTES;
    },
    makeRoom: () => rmSync(ballast),
    remove: () => lab.workshop.unmount(folder),
  };
}

function limitedFile(id: ContenderId, run: number, lab: Lab): Place | Skipped {
  const random = createRandom(deriveSeed(lab.seed, "file-size-limit", id, run));
  const tools = spawnSync("prlimit", ["--version"]);
  if (tools.status !== 0) return { skipped: "needs prlimit of util-linux" };
  const folder = lab.workshop.folder(`limit-${id}`);
  const limitKiB = random.int(200, 900);
  return {
    folder,
    staysFull: false,
    isFull: () =>
      readdirSync(folder).some((name) => statSync(join(folder, name)).size >= limitKiB * 1024 - FULL_WITHIN_BYTES),
    // The soft limit alone, so that it can be lifted again; bash counts it in KiB.
    launcher: ["bash", "-c", `ulimit -S -f ${limitKiB} && exec "$0" "$@"`],
    makeRoom(child): void {
      spawnSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited:unlimited"]);
    },
    remove: () => lab.workshop.clear(folder),
  };
}
