import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { spawnSync, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { Tally, type Cell } from "../cell.ts";
import { listChains } from "../chains.ts";
import type { Message } from "../channel.ts";
import type { ContenderId } from "../contender.ts";
import { CONTENDERS } from "../contenders.ts";
import type { FillAct } from "../job.ts";
import { Observed } from "../observed.ts";
import { inspect } from "../oracle.ts";
import { createRandom, deriveSeed, type Random } from "../random.ts";
import { runChild } from "../run-child.ts";
import { entries, PEERS, type Entry, type Lab, type Scenario, type Skipped } from "../scenario.ts";
import { countEvents } from "./count-events.ts";

const DISK_BYTES = 8 * 1024 * 1024;
const QUEUE_BYTES = 256 * 1024;
const ENTRIES: readonly Entry[] = [
  ...entries(1, 6, "plumbline-buffered", "plumbline-written"),
  ...entries(1, 3, "plumbline-fsynced"),
  ...entries(1, 2, ...PEERS),
];

/** Where a run's file stands, and how room comes back. */
interface Place {
  readonly folder: string;
  readonly launcher?: readonly string[];
  makeRoom(child: ChildProcess): void;
  remove(): void;
}

/** A small file system that is full in the midst of writing. */
export const fullDisk: Scenario = {
  id: "full disk",
  what: "A real tmpfs of 8 MiB fills up while events come in, and is emptied. Writing goes on by itself, in order, and what did not fit is counted: emitted = on disk + reported as dropped.",
  entries: ENTRIES,
  run: (id, runs, lab) => runAll("full disk", id, runs, lab, (random) => smallDisk(id, random, lab)),
};

/** The same where the system refuses a file that gets too long: needs no root, and ends writes short in the same way. */
export const sizeLimit: Scenario = {
  id: "file size limit",
  what: "RLIMIT_FSIZE stops the file while events come in, and is lifted. The same promise as for a full disk.",
  entries: ENTRIES.filter(({ contender }) => CONTENDERS[contender].role === "ours" || contender === "pino-sync"),
  run: (id, runs, lab) => runAll("file size limit", id, runs, lab, (random) => limitedFile(id, random, lab)),
};

async function runAll(
  scenario: string,
  id: ContenderId,
  runs: number,
  lab: Lab,
  makePlace: (random: Random) => Place | Skipped,
): Promise<Cell | Skipped> {
  const tally = new Tally(scenario, id, CONTENDERS[id].role === "ours");
  for (let run = 0; run < runs; run++) {
    const random = createRandom(deriveSeed(lab.seed, scenario, id, run));
    const place = makePlace(random);
    if ("skipped" in place) return place;
    try {
      await runOne(id, run, place, tally, lab);
    } finally {
      place.remove();
    }
  }
  return tally.cell();
}

async function runOne(id: ContenderId, run: number, place: Place, tally: Tally, lab: Lab): Promise<void> {
  const contender = CONTENDERS[id];
  const act: FillAct = { name: "fill", writer: "w", before: 12_000, after: 500 };
  const open = { path: join(place.folder, "lab.jsonl"), queueBytes: QUEUE_BYTES };
  const observed = new Observed();
  let wasFilled = false;
  const onMessage = (message: Message, child: ChildProcess): void => {
    if (message.type !== "step") return;
    wasFilled = true;
    place.makeRoom(child);
    child.stdin?.write("go on\n");
  };
  const job = { contender: id, open, act };
  const launcher = place.launcher === undefined ? {} : { launcher: place.launcher };
  const end = await runChild({ job, onMessage, ...launcher }, observed, lab.workshop);
  const due = observed.logged();
  const findings = inspect(listChains(open.path, contender.layout), { due });
  tally.add(`run ${run}`, 1, countEvents(due), findings, Math.min(observed.dropped, findings.lost));
  if (contender.role !== "ours") {
    if (end.code !== 0) tally.note(`the process ended with ${String(end.code ?? end.signal)}${end.hung ? ", hung" : ""}`);
    return;
  }
  if (end.code !== 0 || !wasFilled) tally.fault(`run ${run}: ended with ${String(end.code ?? end.signal)}: ${end.output.trim()}`);
  if (observed.dropped === 0) tally.fault(`run ${run}: nothing was dropped: the disk was not full for long enough to test anything`);
  if (observed.dropped > findings.lost) {
    tally.fault(`run ${run}: ${observed.dropped} reported as dropped, but only ${findings.lost} are missing`);
  }
  if (observed.dropped !== findings.saidDropped) {
    tally.fault(`run ${run}: ${observed.dropped} reported as dropped, ${findings.saidDropped} said in the file`);
  }
}

/** A tmpfs that ballast fills but for a part, so that taking the ballast away makes room for all that comes. */
function smallDisk(id: ContenderId, random: Random, lab: Lab): Place | Skipped {
  const mounted = lab.workshop.mountTmpfs(`disk-${id}`, DISK_BYTES);
  if ("refused" in mounted) return { skipped: `a tmpfs needs root: ${mounted.refused}` };
  const { folder } = mounted;
  const ballast = join(folder, "ballast");
  const file = openSync(ballast, "w");
  writeSync(file, Buffer.alloc(DISK_BYTES - random.int(200_000, 900_000)));
  closeSync(file);
  return {
    folder,
    makeRoom: () => rmSync(ballast),
    remove: () => lab.workshop.unmount(folder),
  };
}

function limitedFile(id: ContenderId, random: Random, lab: Lab): Place | Skipped {
  const tools = spawnSync("prlimit", ["--version"]);
  if (tools.status !== 0) return { skipped: "needs prlimit of util-linux" };
  const folder = lab.workshop.folder(`limit-${id}`);
  return {
    folder,
    // The soft limit alone, so that it can be lifted again; bash counts it in KiB.
    launcher: ["bash", "-c", `ulimit -S -f ${random.int(200, 900)} && exec "$0" "$@"`],
    makeRoom(child): void {
      spawnSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited:unlimited"]);
    },
    remove: () => lab.workshop.clear(folder),
  };
}
