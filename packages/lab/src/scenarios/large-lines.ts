import { join } from "node:path";
import { listChains } from "../chains.ts";
import { CONTENDERS } from "../contenders.ts";
import type { StreamAct } from "../job.ts";
import { Observed } from "../observed.ts";
import { inspect } from "../oracle.ts";
import { describeEnd, runChild } from "../run-child.ts";
import { entries, PEERS, promisedByOurs, type Scenario } from "../scenario.ts";
import { countEvents } from "./count-events.ts";

const LINES = 48;

/** Where the story began: lines above what one write takes, from several tasks at once. The control must be seen to tear here. */
export const largeLines: Scenario = {
  id: "large lines",
  what: "16 tasks at once write lines of 0.6 to 1.1 MB between small ones, then the logger is closed. Nothing splices.",
  entries: [
    ...entries(1, 3, "plumbline-buffered", "plumbline-written", "plumbline-fsynced"),
    ...entries(1, 3, "ungated-append"),
    ...entries(1, 3, ...PEERS),
  ],
  isPromised: promisedByOurs,
  async run(id, run, _, tally, lab) {
    const { layout } = CONTENDERS[id];
    const folder = lab.workshop.folder(`large-${id}`);
    const path = join(folder, "lab.jsonl");
    const act: StreamAct = { name: "stream", writer: "w", count: LINES, mix: "large", lanes: 16 };
    const observed = new Observed();
    const end = await runChild({ job: { contender: id, open: { path }, act } }, observed, lab.workshop);
    const due = observed.logged();
    tally.add(`run ${run}`, 1, countEvents(due), inspect(listChains(path, layout), { due }), observed.dropped);
    if (end.code !== 0) tally.fault(`run ${run}: ${describeEnd(end)}`);
    lab.workshop.clear(folder);
    return undefined;
  },
};
