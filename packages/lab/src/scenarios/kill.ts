import { join } from "node:path";
import type { Tally } from "../cell.ts";
import { listChains } from "../chains.ts";
import type { ContenderId, OpenOptions } from "../contender.ts";
import { CONTENDERS } from "../contenders.ts";
import type { StreamAct } from "../job.ts";
import { Observed } from "../observed.ts";
import { inspect } from "../oracle.ts";
import { createRandom, deriveSeed, type Random } from "../random.ts";
import { describeEnd, runChild } from "../run-child.ts";
import { entries, PEERS, type Lab, type Scenario } from "../scenario.ts";
import { countEvents } from "./count-events.ts";

const ENDLESS = 1_000_000;

/**
 * SIGKILL at a random instant: while it starts, while it writes, while it rotates. The next process goes on with the same
 * path, and is killed in turn; the last one closes.
 */
export const kill: Scenario = {
  id: "SIGKILL",
  what: "Killed at a random instant, then the next process goes on in the same files. What was acknowledged is still there, whole, once, in order.",
  entries: [
    ...entries(15, 220, "plumbline-written"),
    ...entries(5, 60, "plumbline-fsynced"),
    ...entries(5, 60, "plumbline-buffered"),
    ...entries(3, 20, ...PEERS),
    ...entries(3, 20, "ungated-append"),
  ],
  chainLength: 5,
  isPromised: (id) => CONTENDERS[id].survives === "kill",
  run: runChain,
};

async function runChain(id: ContenderId, first: number, kills: number, tally: Tally, lab: Lab): Promise<undefined> {
  const contender = CONTENDERS[id];
  const label = `runs from ${first}`;
  const random = createRandom(deriveSeed(lab.seed, "kill", id, first));
  const folder = lab.workshop.folder(`kill-${id}`);
  const open: OpenOptions = { path: join(folder, "lab.jsonl"), ...(contender.role === "ours" ? rotation(random) : {}) };
  const mix = random.chance(0.3) ? "mixed" : "small";
  const observed = new Observed();
  for (let round = 0; round <= kills; round++) {
    const isLast = round === kills;
    const act: StreamAct = {
      name: "stream",
      writer: `r${round}`,
      count: isLast ? 20 : ENDLESS,
      mix,
      lanes: random.pick([1, 8, 64]),
    };
    const end = await runChild(
      { job: { contender: id, open, act }, ...(isLast ? {} : { kill: instant(random) }) },
      observed,
      lab.workshop,
    );
    if (end.hung || (isLast ? end.code !== 0 : end.signal !== "SIGKILL")) {
      tally.fault(`${label}, round ${round}: ${describeEnd(end)}`);
    }
  }
  const due = contender.acknowledges === "promise" ? observed.acknowledged() : observed.logged();
  const findings = inspect(listChains(open.path, contender.layout), { due, ids: observed.ids });
  tally.add(label, kills, countEvents(due), findings);
  lab.workshop.clear(folder);
}

/** Mostly while it writes, sometimes while it starts and mends what the one before left. */
function instant(random: Random): { readonly afterMessages: number; readonly delayMs: number } {
  if (random.chance(0.2)) return { afterMessages: 0, delayMs: random.int(30, 250) };
  return { afterMessages: random.int(1, 40), delayMs: random.int(0, 30) };
}

function rotation(random: Random): Partial<OpenOptions> {
  const rotateBytes = random.pick([undefined, 32 * 1024, 256 * 1024]);
  return rotateBytes === undefined ? {} : { rotateBytes, compress: random.chance(0.5) };
}
