import { join } from "node:path";
import type { Tally } from "../cell.ts";
import { listChains } from "../chains.ts";
import type { ContenderId } from "../contender.ts";
import { CONTENDERS } from "../contenders.ts";
import type { StreamAct } from "../job.ts";
import { Observed } from "../observed.ts";
import { inspect } from "../oracle.ts";
import { createRandom, deriveSeed } from "../random.ts";
import { describeEnd, runChild, type ChildPlan } from "../run-child.ts";
import { entries, promisedByOurs, type Lab, type Scenario } from "../scenario.ts";
import { countEvents } from "./count-events.ts";

const PROCESSES = 4;
const THREADS = 4;
const EVENTS = 300;
const ENDLESS = 1_000_000;

/** 16 sinks in 4 processes, each thinking the file its own. Ours are killed first, so that the second 16 take over from the dead. */
export const onePath: Scenario = {
  id: "one path",
  what: "4 threads in each of 4 processes open one path. Ours take a slot each and never share a file; they are killed in mid-write, and the next 16 take the same slots up again.",
  entries: [
    ...entries(1, 8, "plumbline-written"),
    ...entries(1, 4, "plumbline-buffered"),
    ...entries(1, 2, "mutexed-append", "ungated-append", "pino-sync"),
    ...entries(0, 2, "pino-async", "winston", "logtape"),
  ],
  isPromised: promisedByOurs,
  run: runOne,
};

async function runOne(id: ContenderId, run: number, _: number, tally: Tally, lab: Lab): Promise<undefined> {
  const contender = CONTENDERS[id];
  const isOurs = contender.role === "ours";
  const random = createRandom(deriveSeed(lab.seed, "one-path", id, run));
  const folder = lab.workshop.folder(`path-${id}`);
  const path = join(folder, "lab.jsonl");
  const observed = new Observed();
  const wave = async (name: string, count: number, kill?: ChildPlan["kill"]): Promise<void> => {
    const ends = Array.from({ length: PROCESSES }, async (_, index) => {
      const threads = Array.from({ length: THREADS }, (__, thread): StreamAct => ({
        name: "stream",
        writer: `${name}p${index}t${thread}`,
        count,
        mix: "mixed",
        lanes: 8,
      }));
      const job = { contender: id, open: { path }, act: { name: "threads", threads } } as const;
      const end = await runChild({ job, ...(kill === undefined ? {} : { kill }) }, observed, lab.workshop);
      if (end.hung || end.code !== (kill === undefined ? 0 : null)) {
        tally.fault(`run ${run}, ${name}${index}: ${describeEnd(end)}`);
      }
    });
    await Promise.all(ends);
  };
  // What a process in the class `buffered` held when it was killed is not promised: only those that close take part.
  const isKilled = contender.survives === "kill" && isOurs;
  if (isKilled) await wave("a", ENDLESS, { afterMessages: random.int(1, 200), delayMs: random.int(0, 30) });
  await wave("b", EVENTS);
  const due = contender.acknowledges === "promise" ? observed.acknowledged() : observed.logged();
  const chains = listChains(path, contender.layout);
  tally.add(`run ${run}`, 1, countEvents(due), inspect(chains, { due, ids: observed.ids }), observed.dropped);
  // Who comes when another one has gone may take his slot: fewer is no fault.
  if (isOurs && chains.length > PROCESSES * THREADS) {
    tally.fault(`run ${run}: ${PROCESSES * THREADS} sinks at a time took ${chains.length} slots`);
  }
  lab.workshop.clear(folder);
}
