import { join } from "node:path";
import type { Tally } from "../cell.ts";
import { listChains } from "../chains.ts";
import type { ContenderId, OpenOptions } from "../contender.ts";
import { CONTENDERS } from "../contenders.ts";
import type { BurstAct } from "../job.ts";
import { Observed } from "../observed.ts";
import { inspect } from "../oracle.ts";
import { createRandom, deriveSeed } from "../random.ts";
import { describeEnd, runChild } from "../run-child.ts";
import { entries, PEERS, promisedByOurs, type Lab, type Scenario } from "../scenario.ts";
import { countEvents } from "./count-events.ts";

/** process.exit while a write, a rotation or a compression is in the hands of a busy thread pool. */
export const exitInFlight: Scenario = {
  id: "exit in flight",
  what: "process.exit while a write (or a rotation) waits in a busy thread pool or is under way in it, and more is queued behind, or was dropped at the bound of a small queue. Nothing is lost, torn, repeated or out of order: emitted = on disk + said in it to be dropped.",
  entries: [
    ...entries(16, 120, "plumbline-buffered"),
    ...entries(4, 40, "plumbline-written"),
    ...entries(2, 6, ...PEERS),
  ],
  isPromised: promisedByOurs,
  run: runOne,
};

async function runOne(id: ContenderId, run: number, _: number, tally: Tally, lab: Lab): Promise<undefined> {
  const contender = CONTENDERS[id];
  const random = createRandom(deriveSeed(lab.seed, "exit-in-flight", id, run));
  const folder = lab.workshop.folder(`flight-${id}`);
  const rotates = contender.role === "ours" && random.chance(0.5);
  const isBounded = contender.role === "ours" && random.chance(0.5);
  const open: OpenOptions = {
    path: join(folder, "lab.jsonl"),
    ...(isBounded ? { queueBytes: random.pick([60_000, 500_000, 2_000_000]) } : {}),
    ...(rotates ? { rotateBytes: random.pick([100_000, 400_000]), compress: random.chance(0.3) } : {}),
  };
  const count = random.int(500, 4000);
  const act: BurstAct = {
    name: "burst",
    writer: "w",
    count,
    mix: "mixed",
    exit: "process.exit",
    turnsAfter: Array.from({ length: random.int(1, 12) }, () => random.int(1, count)),
    poolJobs: Array.from({ length: random.int(0, 6) }, () => random.int(500, 40_000)),
  };
  const observed = new Observed();
  const plan = { job: { contender: id, open, act }, poolSize: random.pick([1, 2, 4]) };
  const end = await runChild(plan, observed, lab.workshop);
  const due = observed.logged();
  const findings = inspect(listChains(open.path, contender.layout), { due });
  tally.add(`run ${run}`, 1, countEvents(due), findings, Math.min(findings.saidDropped, findings.lost));
  if (findings.saidDropped > findings.lost) {
    tally.fault(
      `run ${run}: ${findings.saidDropped} said in the file to be dropped, but only ${findings.lost} are missing`,
    );
  }
  if (end.code !== 0) {
    if (contender.role === "ours") tally.fault(`run ${run}: ${describeEnd(end)}`);
    else tally.note("did not end as it should");
  }
  lab.workshop.clear(folder);
}
