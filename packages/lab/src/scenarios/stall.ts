import { join } from "node:path";
import { listChains } from "../chains.ts";
import { CONTENDERS } from "../contenders.ts";
import type { StallAct } from "../job.ts";
import { Observed } from "../observed.ts";
import { inspect } from "../oracle.ts";
import { describeEnd, runChild } from "../run-child.ts";
import { entries, promisedByOurs, type Scenario } from "../scenario.ts";
import { countEvents } from "./count-events.ts";

const MIB = 2 ** 20;
const EVENTS_PER_SECOND = 200_000;
const SIZES = {
  short: { stalledMs: 2000, queueBytes: 16 * MIB },
  long: { stalledMs: 30_000, queueBytes: 64 * MIB },
} as const;
/** What memory may grow by beyond the bound. */
const ALLOWED_MIB = 64;
const DEADLINE_MS = 200_000;

/** A disk that answers nothing while events come at full rate. */
export const stalledDisk: Scenario = {
  id: "stalled disk",
  what: "No write comes back for 2 s (in the long run 30 s) while 200,000 events a second come in. Beyond what the load takes with a disk that answers, memory grows by no more than the queue's bound and 64 MiB, and every drop is counted.",
  entries: entries(1, 1, "plumbline-buffered"),
  runsAlone: true,
  isPromised: promisedByOurs,
  async run(id, run, _, tally, lab) {
    const { stalledMs, queueBytes } = SIZES[lab.length];
    const folder = lab.workshop.folder("stall");
    const open = { path: join(folder, "lab.jsonl"), queueBytes };
    const act: StallAct = { name: "stall", writer: "w", stalledMs, eventsPerSecond: EVENTS_PER_SECOND };
    const observed = new Observed();
    const plan = { job: { contender: id, open, act }, deadlineMs: stalledMs + DEADLINE_MS };
    const end = await runChild(plan, observed, lab.workshop);
    const due = observed.logged();
    const findings = inspect(listChains(open.path, CONTENDERS[id].layout), { due });
    tally.add(`run ${run}`, 1, countEvents(due), findings, Math.min(observed.dropped, findings.lost));
    const growth = observed.figures.get("growthMiB") ?? Number.NaN;
    tally.note(`memory grew by ${growth.toFixed(0)} MiB at a bound of ${queueBytes / MIB} MiB`);
    if (end.code !== 0) tally.fault(`run ${run}: ${describeEnd(end)}`);
    if (!(growth <= queueBytes / MIB + ALLOWED_MIB)) tally.fault(`run ${run}: memory grew by ${growth.toFixed(0)} MiB`);
    if (observed.dropped === 0) tally.fault(`run ${run}: nothing was dropped: the bound was not reached`);
    if (observed.dropped !== findings.saidDropped) {
      tally.fault(`run ${run}: ${observed.dropped} reported as dropped, ${findings.saidDropped} said in the file`);
    }
    lab.workshop.clear(folder);
    return undefined;
  },
};
