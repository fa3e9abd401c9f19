import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Tally } from "../cell.ts";
import { listChains } from "../chains.ts";
import type { ContenderId, OpenOptions } from "../contender.ts";
import { CONTENDERS } from "../contenders.ts";
import type { StreamAct } from "../job.ts";
import { Observed } from "../observed.ts";
import { inspect, type Chain } from "../oracle.ts";
import { createRandom, deriveSeed } from "../random.ts";
import { describeEnd, runChild } from "../run-child.ts";
import { entries, promisedByOurs, type Lab, type Scenario } from "../scenario.ts";
import { countEvents } from "./count-events.ts";

const ROTATE_BYTES = 64 * 1024;
const EVENTS = 12_000;

/** A new file every 64 KiB, at full speed. */
export const rotation: Scenario = {
  id: "rotation",
  what: "A new file every 64 KiB under full load. No event is lost, torn or out of order across the files, and no file passes its size by more than one line.",
  entries: [
    ...entries(2, 6, "plumbline-buffered", "plumbline-written"),
    ...entries(1, 3, "plumbline-fsynced"),
    ...entries(1, 3, "winston", "logtape", "logtape-non-blocking"),
  ],
  isPromised: promisedByOurs,
  run: runOne,
};

async function runOne(id: ContenderId, run: number, _: number, tally: Tally, lab: Lab): Promise<undefined> {
  const contender = CONTENDERS[id];
  const random = createRandom(deriveSeed(lab.seed, "rotation", id, run));
  const folder = lab.workshop.folder(`rotation-${id}`);
  const compress = contender.role === "ours" && random.chance(0.5);
  const open: OpenOptions = { path: join(folder, "lab.jsonl"), rotateBytes: ROTATE_BYTES, compress };
  const act: StreamAct = {
    name: "stream",
    writer: "w",
    count: EVENTS,
    mix: "small",
    lanes: random.pick([16, 64, 256]),
  };
  const observed = new Observed();
  const end = await runChild({ job: { contender: id, open, act } }, observed, lab.workshop);
  const due = observed.logged();
  const chains = listChains(open.path, contender.rotatedLayout ?? contender.layout);
  tally.add(`run ${run}`, 1, countEvents(due), inspect(chains, { due, ids: observed.ids }), observed.dropped);
  if (end.code !== 0) tally.fault(`run ${run}: ${describeEnd(end)}`);
  const files = chains.flat();
  if (files.length < 10) tally.fault(`run ${run}: only ${files.length} files: nothing was rotated`);
  const large = tooLarge(files);
  if (large.length > 0) {
    const text = `${large.length} of ${files.length} files passed 64 KiB by more than a line`;
    if (contender.role === "ours") tally.fault(`run ${run}: ${text}: ${large.join(", ")}`);
    else tally.note(text);
  }
  lab.workshop.clear(folder);
}

/** Files that are over the size even without their last line. */
function tooLarge(files: Chain): readonly string[] {
  return files
    .filter((file) => !file.endsWith(".gz"))
    .filter((file) => readFileSync(file).lastIndexOf("\n", -2) + 1 > ROTATE_BYTES)
    .map((file) => basename(file));
}
