import { join } from "node:path";
import type { Durability } from "@plumbline/core";
import type { Tally } from "../cell.ts";
import { listChains } from "../chains.ts";
import type { ContenderId, OpenOptions } from "../contender.ts";
import { CONTENDERS } from "../contenders.ts";
import type { PowerCutAct } from "../job.ts";
import { Observed } from "../observed.ts";
import { inspect } from "../oracle.ts";
import { createRandom, deriveSeed } from "../random.ts";
import { describeEnd, runChild } from "../run-child.ts";
import { entries, type Lab, type Scenario } from "../scenario.ts";
import { countEvents } from "./count-events.ts";

const DURABILITY: Partial<Record<ContenderId, Durability>> = {
  "plumbline-fsynced": "fsynced",
  "plumbline-written": "written",
};

/** The power goes at a random call of the file system; what was not synced is forgotten in part. */
export const powerCut: Scenario = {
  id: "power cut",
  what: "The power goes at any call to the file system, three times in a row; of bytes and names that were not synced, chance decides what is left. What was acknowledged as fsynced is there, be it asked for by the line alone, and in a sink of that class no id is missing before one that is there; in every class nothing is torn and no id is given again.",
  entries: [...entries(9, 90, "plumbline-fsynced"), ...entries(3, 30, "plumbline-written")],
  chainLength: 3,
  isPromised: (id) => id === "plumbline-fsynced",
  run: runChain,
};

async function runChain(id: ContenderId, first: number, cuts: number, tally: Tally, lab: Lab): Promise<undefined> {
  const contender = CONTENDERS[id];
  const durability = DURABILITY[id] ?? contender.survives;
  const random = createRandom(deriveSeed(lab.seed, "power-cut", id, first));
  const folder = lab.workshop.folder(`power-${id}`);
  const rotateBytes = random.pick([undefined, 16 * 1024, 64 * 1024]);
  const open: OpenOptions = {
    path: join(folder, "lab.jsonl"),
    ...(rotateBytes === undefined ? {} : { rotateBytes, compress: random.chance(0.5) }),
  };
  const isFsynced = durability === "fsynced";
  // Who asks for it by the line gets the same for that line from a sink of any class.
  const sinkDurability = isFsynced ? random.pick(["fsynced", "fsynced", "written", "buffered"] as const) : "written";
  const observed = new Observed();
  for (let cut = 0; cut < cuts; cut++) {
    const act: PowerCutAct = {
      name: "power-cut",
      durability: isFsynced ? "fsynced" : "written",
      sinkDurability,
      seed: random.int(0, 2 ** 31),
      writer: `c${cut}`,
      mix: random.chance(0.3) ? "mixed" : "small",
      atCall: random.int(1, 150),
    };
    const end = await runChild({ job: { contender: id, open, act } }, observed, lab.workshop);
    if (end.signal !== "SIGKILL" || end.hung) {
      tally.fault(`runs from ${first}, cut ${cut} at call ${act.atCall}: ${describeEnd(end)}`);
    }
  }
  const act = { name: "stream", writer: "last", count: 20, mix: "small", lanes: 1 } as const;
  const end = await runChild({ job: { contender: id, open, act } }, observed, lab.workshop);
  if (end.code !== 0) tally.fault(`runs from ${first}: ${describeEnd(end)}`);
  const due = observed.acknowledged();
  // An id that was acknowledged as written may have gone with its line, and only with it.
  const findings = inspect(listChains(open.path, contender.layout), { due, ids: observed.ids });
  // Of a sink of another class nobody was promised these lines: the device may have kept those of a later file alone.
  const isDense = sinkDurability === "fsynced";
  if (findings.holes > 0 && !isDense) tally.note("lines before later ones were gone in some runs: not promised");
  tally.add(`runs from ${first}`, cuts, countEvents(due), isDense ? findings : { ...findings, holes: 0 });
  lab.workshop.clear(folder);
}
