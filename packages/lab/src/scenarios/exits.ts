import { join } from "node:path";
import type { Tally } from "../cell.ts";
import { listChains } from "../chains.ts";
import type { ContenderId } from "../contender.ts";
import { CONTENDERS } from "../contenders.ts";
import { EXITS, type BurstAct, type Exit } from "../job.ts";
import { Observed } from "../observed.ts";
import { inspect } from "../oracle.ts";
import { createRandom, deriveSeed } from "../random.ts";
import { describeEnd, runChild, type ChildEnd } from "../run-child.ts";
import { entries, PEERS, promisedByOurs, type Lab, type Scenario } from "../scenario.ts";
import { countEvents } from "./count-events.ts";

/** Some peers never end by themselves: what they have not written by then they do not write. */
const PEER_DEADLINE_MS = 8000;

/** Every way in which a process ends that can still run code, with events handed over in its last tick. */
export const exits: Scenario = {
  id: "exit",
  what: "process.exit, an uncaught error, an unhandled rejection, SIGTERM, SIGINT, and running out of work: without closing the logger, the last events handed over in the last tick. Whatever was handed over is there.",
  entries: [
    ...entries(1, 12, "plumbline-sdk"),
    ...entries(1, 8, "plumbline-buffered"),
    ...entries(1, 4, "plumbline-written", "plumbline-fsynced"),
    ...entries(1, 2, ...PEERS),
    ...entries(0, 2, "ungated-append"),
  ],
  isPromised: promisedByOurs,
  async run(id, run, _, tally, lab) {
    if (!handlesSignals(id)) tally.note("signals are the SDK's part");
    for (const exit of EXITS) {
      if (handlesSignals(id) || !exit.startsWith("SIG")) await runOne(id, exit, run, tally, lab);
    }
    return undefined;
  },
};

/** The file sink by itself listens to no signal; a service has it through the SDK, which does. */
function handlesSignals(id: ContenderId): boolean {
  return CONTENDERS[id].role !== "ours" || id === "plumbline-sdk";
}

async function runOne(id: ContenderId, exit: Exit, run: number, tally: Tally, lab: Lab): Promise<void> {
  const contender = CONTENDERS[id];
  const random = createRandom(deriveSeed(lab.seed, "exit", id, exit, run));
  const folder = lab.workshop.folder(`exit-${id}`);
  const path = join(folder, "lab.jsonl");
  const count = random.int(200, 3000);
  const turnsAfter = Array.from({ length: random.int(0, 4) }, () => random.int(1, count));
  const act: BurstAct = { name: "burst", writer: "w", count, mix: "mixed", exit, turnsAfter, poolJobs: [] };
  const observed = new Observed();
  const deadline = contender.role === "ours" ? {} : { deadlineMs: PEER_DEADLINE_MS };
  const end = await runChild({ job: { contender: id, open: { path }, act }, ...deadline }, observed, lab.workshop);
  const due = observed.logged();
  const findings = inspect(listChains(path, contender.layout), { due });
  tally.add(`${exit}, run ${run}`, 1, countEvents(due), findings);
  if (findings.lost > 0) tally.note(`lost by ${exit}`);
  if (contender.role === "ours" && !endedAs(exit, end)) {
    tally.fault(`${exit}, run ${run}: ${describeEnd(end)}`);
  } else if (end.hung) {
    tally.note(`did not end by ${exit}`);
  }
  lab.workshop.clear(folder);
}

/** A logger that flushes at the end must not change the end. */
function endedAs(exit: Exit, end: ChildEnd): boolean {
  if (exit === "process.exit" || exit === "beforeExit") return end.code === 0;
  if (exit === "throw" || exit === "rejection") {
    return end.code !== null && end.code !== 0 && end.output.includes("planted");
  }
  return !end.hung && end.signal === exit;
}
