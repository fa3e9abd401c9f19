import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { errorCode } from "@plumbline/core";
import type { Message } from "../channel.ts";
import type { OpenSink } from "../contender.ts";
import { CONTENDERS } from "../contenders.ts";
import type { ClaimsAct, Job } from "../job.ts";
import type { ClaimOrder } from "./claims.ts";
import { Emitter } from "./emitter.ts";

const EVENTS = 3;
/** A process that is killed loses its sockets one after the other: another owner's is waited for so long before it counts. */
const WITNESS_ATTEMPTS = 200;
const WITNESS_PAUSE_MS = 10;

/** A thread that claims a path when it is told to, and stands witness to what it owns. */
class Claimant {
  readonly #job: Job & { readonly act: ClaimsAct; readonly claimant: string };
  readonly #tell: (message: Message) => void;
  #held: { readonly sink: OpenSink; readonly witness: Server } | undefined;

  constructor(job: Job & { readonly act: ClaimsAct; readonly claimant: string }, tell: (message: Message) => void) {
    this.#job = job;
    this.#tell = tell;
  }

  async claim(round: number): Promise<void> {
    if (this.#held !== undefined) return;
    const { claimant, contender, open } = this.#job;
    const answer = (outcome: "won" | "refused" | "fault", detail = ""): void =>
      this.#tell({ type: "claim", claimant, round, outcome, detail });
    try {
      const sink = await (await CONTENDERS[contender].load())({ ...open, refusesOwned: true });
      const witness = await this.#standWitness();
      if (witness === undefined) {
        answer("fault", "the file has two owners");
        return;
      }
      this.#held = { sink, witness };
      const emitter = new Emitter(sink, `${claimant}r${round}`, "small", this.#tell);
      await Promise.all(Array.from({ length: EVENTS }, async () => emitter.emit()));
      emitter.tellAll();
      answer("won");
    } catch (error) {
      if (errorCode(error) === "PLB_FILE_OWNED") answer("refused");
      else answer("fault", String(error));
    }
  }

  async release(): Promise<void> {
    if (this.#held === undefined) return;
    const { sink, witness } = this.#held;
    this.#held = undefined;
    // The witness first: whoever owns next must find it free.
    await new Promise((resolve) => witness.close(resolve));
    await sink.close();
    this.#tell({ type: "step", name: `released ${this.#job.claimant}` });
  }

  /** Takes the name that one process at a time can have; `undefined` when another one keeps it. */
  async #standWitness(): Promise<Server | undefined> {
    for (let attempt = 0; attempt < WITNESS_ATTEMPTS; attempt++) {
      const server = createServer();
      const isMine = await new Promise<boolean>((resolve) => {
        server.once("error", () => resolve(false));
        // An abstract name (unix(7)): no file, gone with the process.
        server.listen(`\0${this.#job.act.witness}`, () => resolve(true));
      });
      if (isMine) return server;
      await sleep(WITNESS_PAUSE_MS);
    }
    return undefined;
  }
}

function main(): void {
  const job = workerData as Job & { readonly act: ClaimsAct; readonly claimant: string };
  const tell = (message: Message): void => parentPort?.postMessage(message);
  const claimant = new Claimant(job, tell);
  parentPort?.on("message", (order: ClaimOrder | "end") => {
    if (order === "end") void claimant.release().then(() => parentPort?.close());
    else if (order.order === "claim") void claimant.claim(order.round);
    else if (order.claimant === job.claimant) void claimant.release();
  });
  tell({ type: "ready" });
}

main();
