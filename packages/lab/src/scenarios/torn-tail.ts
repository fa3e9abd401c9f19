import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Tally } from "../cell.ts";
import { listChains, listTornFiles } from "../chains.ts";
import type { ContenderId } from "../contender.ts";
import { CONTENDERS } from "../contenders.ts";
import { readMark } from "../mark.ts";
import { Observed } from "../observed.ts";
import { inspect } from "../oracle.ts";
import { createRandom, deriveSeed, type Random } from "../random.ts";
import { describeEnd, runChild } from "../run-child.ts";
import { entries, PEERS, promisedByOurs, type Lab, type Scenario } from "../scenario.ts";

const SOURCE_EVENTS = 25;
const AGAIN = 3;
const LINE_FEED = 0x0a;
/** `{"id":"epoch:seq"` */
const ID = /^\{"id":"([0-9a-v]{13}):(\d+)"/;

/** A file as a crash may leave it. */
interface Wreck {
  readonly path: string;
  /** What is torn at the end of it. */
  readonly tail: Buffer;
  /** Events that are whole in it. */
  readonly whole: readonly number[];
  readonly label: string;
}

/** The file cut at any byte, with or without NULs behind, and written to again. */
export const tornTail: Scenario = {
  id: "torn tail",
  what: "A file is cut at any byte, or ends in NULs, as after a power cut, and is written to again. The whole lines stay, the torn tail is set aside to the last byte, nothing is glued to it, no id is given again.",
  entries: [...entries(100, 1500, "plumbline-written"), ...entries(10, 40, ...PEERS)],
  chainLength: 100,
  isPromised: promisedByOurs,
  async run(id, first, count, tally, lab) {
    const source = await writeSource(id, lab, tally);
    const random = createRandom(deriveSeed(lab.seed, "torn-tail", id, first));
    if (source !== undefined) await runBatch(id, source, count, random, tally, lab);
    return undefined;
  },
};

async function writeSource(id: ContenderId, lab: Lab, tally: Tally): Promise<Buffer | undefined> {
  const path = join(lab.workshop.folder(`source-${id}`), "lab.jsonl");
  const act = { name: "stream", writer: "w", count: SOURCE_EVENTS, mix: "small", lanes: 1 } as const;
  const end = await runChild({ job: { contender: id, open: { path }, act } }, new Observed(), lab.workshop);
  if (end.code === 0) return readFileSync(path);
  tally.fault(`the file to cut could not be written: ${describeEnd(end)}`);
  return undefined;
}

async function runBatch(
  id: ContenderId,
  source: Buffer,
  count: number,
  random: Random,
  tally: Tally,
  lab: Lab,
): Promise<void> {
  const contender = CONTENDERS[id];
  const folder = lab.workshop.folder(`torn-${id}`);
  const wrecks = Array.from({ length: count }, (_, index) =>
    wreck(source, join(folder, String(index)), random, contender.role === "ours"),
  );
  const observed = new Observed();
  const paths = wrecks.map(({ path }) => path);
  const job = { contender: id, open: { path: "" }, act: { name: "reopen", paths, count: AGAIN } } as const;
  const end = await runChild({ job }, observed, lab.workshop);
  if (end.code !== 0) tally.fault(describeEnd(end));
  for (const [index, { path, tail, whole, label }] of wrecks.entries()) {
    const again = Array.from({ length: AGAIN }, (_, n) => n + 1);
    const due = new Map([
      ["w", whole],
      [`again${index}`, again],
    ]);
    const findings = inspect(listChains(path, contender.layout), { due, ids: observed.ids });
    tally.add(label, 1, whole.length + AGAIN, findings);
    if (contender.role !== "ours") continue;
    const aside = Buffer.concat(listTornFiles(path).map((file) => readFileSync(file)));
    if (!aside.equals(tail)) tally.fault(`${label}: ${tail.length} bytes were torn, ${aside.length} were set aside`);
  }
  lab.workshop.clear(folder);
}

function wreck(source: Buffer, folder: string, random: Random, isOurs: boolean): Wreck {
  const cut = random.int(0, source.length);
  const nuls = random.chance(0.4) ? random.pick([1, 100, 4096 - (cut % 4096), random.int(1, 10_000)]) : 0;
  const bytes = Buffer.concat([source.subarray(0, cut), Buffer.alloc(nuls)]);
  const wholeEnd = source.lastIndexOf(LINE_FEED, cut - 1) + 1;
  const end = cut === 0 ? 0 : wholeEnd;
  mkdirSync(folder);
  const path = join(folder, "lab.jsonl");
  // As if the power went just after a rotation: the torn file is the one that was being sealed.
  const id = isOurs && random.chance(0.25) ? ID.exec(source.toString("latin1", 0, 64)) : null;
  const at = id === null ? path : join(folder, `lab.${id[1] ?? ""}-${id[2] ?? ""}.sealing`);
  writeFileSync(at, bytes);
  const whole = bytes
    .toString("utf8", 0, end)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => readMark(JSON.parse(line))?.n ?? 0);
  return { path, tail: bytes.subarray(end), whole, label: `${basename(at)} cut at byte ${cut} with ${nuls} NULs` };
}
