import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Tally } from "../cell.ts";
import { listChains } from "../chains.ts";
import { ClaimPool, type Answer } from "../claim-pool.ts";
import type { ContenderId } from "../contender.ts";
import { Observed } from "../observed.ts";
import { inspect } from "../oracle.ts";
import { createRandom, deriveSeed } from "../random.ts";
import { describeEnd } from "../run-child.ts";
import { entries, promisedByOurs, type Lab, type Scenario, type Skipped } from "../scenario.ts";
import { countEvents } from "./count-events.ts";

const PROCESSES = 4;
const THREADS = 5;
const ROUNDS_PER_CHAIN = 40;
/** Two of the processes live in pid namespaces of their own: there their pids are the same, and say nothing to the others. */
const UNSHARE = ["unshare", "-Urpf", "--mount-proc", "--kill-child"] as const;
/** What becomes of an owner while the others claim. */
const FATES = ["killed", "killed", "stopped", "released", "alive"] as const;

/** Never two owners: who owns is witnessed by something that the sink does not use. */
export const ownership: Scenario = {
  id: "ownership",
  what: "20 threads of 4 processes, two of them in pid namespaces of their own, claim one path at once, under different spellings and beyond the length of a socket address, while its owner is killed, stopped, lets go or lives. Never two own it, none takes it from a living or stopped one, and it is owned again as soon as it is free.",
  entries: entries(24, 1000, "plumbline-written"),
  chainLength: ROUNDS_PER_CHAIN,
  isPromised: promisedByOurs,
  run: runChain,
};

async function runChain(
  id: ContenderId,
  first: number,
  rounds: number,
  tally: Tally,
  lab: Lab,
): Promise<Skipped | undefined> {
  if (process.platform !== "linux") return { skipped: "the witness is an abstract socket: only Linux has them" };
  const random = createRandom(deriveSeed(lab.seed, "ownership", id, first));
  const folder = lab.workshop.folder("owner");
  const spellings = spell(folder, random.chance(0.5));
  const hasNamespaces = spawnSync(UNSHARE[0], [...UNSHARE.slice(1), "true"]).status === 0;
  if (!hasNamespaces) tally.note("without pid namespaces: this machine makes none");
  const observed = new Observed();
  const pool = new ClaimPool(observed, lab.workshop);
  let generation = 0;
  const start = (index: number): Promise<void> => {
    generation += 1;
    const claimants = Array.from({ length: THREADS }, (_, thread) => `p${index}g${generation}t${thread}`);
    const act = { name: "claims", claimants, witness: folder } as const;
    const job = { contender: id, open: { path: spellings[index] ?? "" }, act };
    return pool.start(String(index), job, hasNamespaces && index >= PROCESSES / 2 ? [...UNSHARE] : undefined);
  };
  await Promise.all(Array.from({ length: PROCESSES }, (_, index) => start(index)));
  const owners = new Owners(pool, tally, (round) => `run ${first + round}`);
  for (let round = 0; round < rounds; round++) {
    const killed = await owners.play(round, random.pick(FATES));
    if (killed !== undefined) await start(Number(killed));
  }
  for (const end of await pool.end()) {
    if (end.hung || end.code !== 0) tally.fault(`runs from ${first}: ${describeEnd(end)}`);
  }
  const due = observed.acknowledged();
  const findings = inspect(listChains(spellings[0] ?? "", "plumbline"), { due, ids: observed.ids });
  tally.add(`runs from ${first}`, rounds, countEvents(due), findings);
  lab.workshop.clear(folder);
  return undefined;
}

/** The same file by a path for each process: through a link to its folder, through a link to itself, by a way round. */
function spell(folder: string, isLong: boolean): readonly string[] {
  const real = join(folder, isLong ? `${"long".repeat(20)}/${"er".repeat(30)}` : "real");
  mkdirSync(real, { recursive: true });
  symlinkSync(real, join(folder, "link"));
  symlinkSync(join(real, "lab.jsonl"), join(folder, "lab.jsonl"));
  return [
    join(real, "lab.jsonl"),
    join(folder, "link", "lab.jsonl"),
    join(folder, "lab.jsonl"),
    `${folder}/link/../${real.slice(folder.length + 1)}/lab.jsonl`,
  ];
}

/** Plays rounds, and holds against each other who owned before and who says that he owns now. */
class Owners {
  readonly #pool: ClaimPool;
  readonly #tally: Tally;
  readonly #label: (round: number) => string;
  #holder: string | undefined;
  #turn = 0;

  constructor(pool: ClaimPool, tally: Tally, label: (round: number) => string) {
    this.#pool = pool;
    this.#tally = tally;
    this.#label = label;
  }

  /** One round; gives the process that was killed in it. */
  async play(round: number, fate: (typeof FATES)[number]): Promise<string | undefined> {
    const holder = this.#holder;
    const process = holder === undefined ? undefined : this.#pool.nameOf(holder);
    if (holder !== undefined && process !== undefined) {
      const isFree = fate === "killed" || fate === "released";
      // What is stopped answers nothing: its other threads claim when it goes on.
      if (fate === "stopped") this.#pool.signal(process, "SIGSTOP");
      const winners = await this.#claim(round, holder, async () => {
        if (fate === "killed") await this.#pool.kill(process);
        else if (fate === "released") await this.#pool.release(holder);
        else if (fate === "stopped") setTimeout(() => this.#pool.signal(process, "SIGCONT"), STOPPED_MS);
      });
      if (winners.length > (isFree ? 1 : 0)) {
        this.#tally.fault(`${this.#label(round)}: ${winners.length} took the path from an owner who was ${fate}`);
      }
      if (isFree) this.#holder = winners[0]?.claimant;
    }
    if (this.#holder === undefined) {
      const winners = await this.#claim(round, undefined, () => Promise.resolve());
      if (winners.length !== 1) this.#tally.fault(`${this.#label(round)}: ${winners.length} own a path that was free`);
      this.#holder = winners[0]?.claimant;
    }
    return fate === "killed" ? process : undefined;
  }

  async #claim(round: number, holder: string | undefined, meanwhile: () => Promise<void>): Promise<readonly Answer[]> {
    this.#turn += 1;
    const answers = await this.#pool.claim(this.#turn, holder, meanwhile);
    for (const { outcome, claimant, detail } of answers) {
      if (outcome === "fault") this.#tally.fault(`${this.#label(round)}: ${claimant}: ${detail}`);
    }
    return answers.filter(({ outcome }) => outcome === "won");
  }
}

const STOPPED_MS = 40;
