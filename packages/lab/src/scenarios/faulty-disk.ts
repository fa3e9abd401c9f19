import { join } from "node:path";
import type { Durability } from "@plumbline/core";
import type { Tally } from "../cell.ts";
import { listChains } from "../chains.ts";
import type { ContenderId, OpenOptions } from "../contender.ts";
import { CONTENDERS } from "../contenders.ts";
import type { FaultyDiskAct } from "../job.ts";
import { Observed } from "../observed.ts";
import { inspect } from "../oracle.ts";
import { createRandom, deriveSeed } from "../random.ts";
import { describeEnd, runChild } from "../run-child.ts";
import { entries, promisedByOurs, type Lab, type Scenario } from "../scenario.ts";
import { countEvents } from "./count-events.ts";

const CLASSES: Partial<Record<ContenderId, Durability>> = {
  "plumbline-buffered": "buffered",
  "plumbline-written": "written",
  "plumbline-fsynced": "fsynced",
};

/** A disk whose calls fail, write a part, or take their time: planted in the sink's driver, so ours alone can run it. */
export const faultyDisk: Scenario = {
  id: "faulty disk",
  what: "Writes that are cut short, that fail (ENOSPC, EIO, EDQUOT, EINTR, EAGAIN, EFBIG) before or after a part was written, and that are slow; renames, opens and syncs fail as well. When it has calmed down, emitted = on disk + reported as dropped.",
  entries: [...entries(4, 40, "plumbline-buffered", "plumbline-written"), ...entries(2, 20, "plumbline-fsynced")],
  isPromised: promisedByOurs,
  run: runOne,
};

async function runOne(id: ContenderId, run: number, _: number, tally: Tally, lab: Lab): Promise<undefined> {
  const seed = deriveSeed(lab.seed, "faulty-disk", id, run);
  const random = createRandom(seed);
  const folder = lab.workshop.folder(`faulty-${id}`);
  const rotateBytes = random.pick([undefined, 50_000]);
  const open: OpenOptions = {
    path: join(folder, "lab.jsonl"),
    queueBytes: random.pick([100_000, 10_000_000]),
    ...(rotateBytes === undefined ? {} : { rotateBytes, compress: random.chance(0.5) }),
  };
  const act: FaultyDiskAct = {
    name: "faulty-disk",
    durability: CLASSES[id] ?? "written",
    seed,
    writer: "w",
    count: random.int(500, 3000),
    mix: random.chance(0.5) ? "mixed" : "small",
  };
  const observed = new Observed();
  const end = await runChild({ job: { contender: id, open, act } }, observed, lab.workshop);
  const due = observed.logged();
  const findings = inspect(listChains(open.path, CONTENDERS[id].layout), { due, ids: observed.ids });
  const label = `run ${run}`;
  tally.add(label, 1, countEvents(due), findings, Math.min(observed.dropped, findings.lost));
  if (end.code !== 0) tally.fault(`${label}: ${describeEnd(end)}`);
  if (observed.dropped > findings.lost) {
    tally.fault(`${label}: ${observed.dropped} reported as dropped, but only ${findings.lost} are missing`);
  }
  lab.workshop.clear(folder);
}
