import { readFileSync } from "node:fs";
import type { ChildProcess } from "node:child_process";
import type { ClaimOrder } from "./acts/claims.ts";
import type { Message } from "./channel.ts";
import type { Job } from "./job.ts";
import type { Observed } from "./observed.ts";
import { runChild, type ChildEnd, type ChildPlan } from "./run-child.ts";
import type { Workshop } from "./workshop.ts";

/** What a claimant has said of one round. */
export type Answer = Extract<Message, { readonly type: "claim" }>;

interface Member {
  readonly child: ChildProcess;
  readonly claimants: readonly string[];
  readonly ended: Promise<ChildEnd>;
}

const DEADLINE_MS = 600_000;

/** Processes whose threads claim one path when they are told to. */
export class ClaimPool {
  readonly #observed: Observed;
  readonly #workshop: Workshop;
  readonly #members = new Map<string, Member>();
  readonly #listeners = new Set<(message: Message) => void>();

  constructor(observed: Observed, workshop: Workshop) {
    this.#observed = observed;
    this.#workshop = workshop;
  }

  /** Starts a process under a name; resolves when all its threads are there. Rejects when it ends before. */
  async start(
    name: string,
    job: Job & { readonly act: { readonly claimants: readonly string[] } },
    launcher: ChildPlan["launcher"],
  ): Promise<void> {
    const { claimants } = job.act;
    await new Promise<void>((resolve, reject) => {
      const onMessage = (message: Message, child: ChildProcess): void => {
        if (message.type === "ready") {
          this.#members.set(name, { child, claimants, ended });
          resolve();
        }
        for (const listener of this.#listeners) listener(message);
      };
      const plan = { job, onMessage, deadlineMs: DEADLINE_MS, ...(launcher === undefined ? {} : { launcher }) };
      const ended = runChild(plan, this.#observed, this.#workshop);
      void ended.then((end) => reject(new Error(`a claiming process ended at its start: ${end.output}`)));
    });
  }

  /** The process of a claimant. */
  nameOf(claimant: string): string | undefined {
    return [...this.#members].find(([, { claimants }]) => claimants.includes(claimant))?.[0];
  }

  /**
   * Tells all but those that hold the path to claim it. Resolves with what they say; a claimant whose process is killed
   * meanwhile is not waited for.
   */
  async claim(round: number, holder: string | undefined, meanwhile: () => Promise<void>): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    const heard = new Map<string, () => void>();
    const listener = (message: Message): void => {
      if (message.type !== "claim" || message.round !== round) return;
      answers.push(message);
      heard.get(message.claimant)?.();
    };
    this.#listeners.add(listener);
    const waits = [...this.#members.values()].flatMap(({ claimants, ended }) =>
      claimants
        .filter((claimant) => claimant !== holder)
        .map((claimant) => Promise.race([ended, new Promise<void>((resolve) => heard.set(claimant, resolve))])),
    );
    this.#order({ order: "claim", round });
    await Promise.all([...waits, meanwhile()]);
    this.#listeners.delete(listener);
    return answers;
  }

  /** Resolves when the claimant has let go of the path. */
  async release(claimant: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const listener = (message: Message): void => {
        if (message.type !== "step" || message.name !== `released ${claimant}`) return;
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
      this.#order({ order: "release", claimant });
    });
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(name: string): Promise<void> {
    const member = this.#members.get(name);
    this.#members.delete(name);
    if (member === undefined) return;
    signal(member.child, "SIGKILL");
    await member.ended;
  }

  signal(name: string, what: "SIGSTOP" | "SIGCONT"): void {
    const member = this.#members.get(name);
    if (member !== undefined) signal(member.child, what);
  }

  /** Ends all by ending their orders. */
  async end(): Promise<readonly ChildEnd[]> {
    const members = [...this.#members.values()];
    for (const { child } of members) child.stdin?.end();
    return Promise.all(members.map(({ ended }) => ended));
  }

  #order(order: ClaimOrder): void {
    for (const { child } of this.#members.values()) child.stdin?.write(`${JSON.stringify(order)}\n`);
  }
}

/** Signals the process that does the work: the one that a launcher has forked, where there is one. */
function signal(child: ChildProcess, what: NodeJS.Signals): void {
  const forked = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
  const isLauncher = child.spawnfile !== process.execPath && forked !== "";
  process.kill(isLauncher ? Number(forked.split(" ")[0]) : (child.pid ?? 0), what);
}
