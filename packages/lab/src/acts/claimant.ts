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

const { contender, open, act, claimant } = workerData as Job & { readonly act: ClaimsAct; readonly claimant: string };
const tell = (message: Message): void => parentPort?.postMessage(message);
/** What is held, by the round in which it was won. */
let held: { readonly sink: OpenSink; readonly witness: Server } | undefined;

async function claim(round: number): Promise<void> {
  if (held !== undefined) return;
  const answer = (outcome: "won" | "refused" | "fault", detail = ""): void =>
    tell({ type: "claim", claimant, round, outcome, detail });
  try {
    const sink = await (await CONTENDERS[contender].load())({ ...open, refusesOwned: true });
    const witness = await standWitness();
    if (witness === undefined) {
      answer("fault", "the file has two owners");
      return;
    }
    held = { sink, witness };
    const emitter = new Emitter(sink, `${claimant}r${round}`, "small", tell);
    await Promise.all(Array.from({ length: EVENTS }, () => emitter.emit()));
    emitter.tellAll();
    answer("won");
  } catch (error) {
    if (errorCode(error) === "PLB_FILE_OWNED") answer("refused");
    else answer("fault", String(error));
  }
}

/** Takes the name that one process at a time can have; `undefined` when another one keeps it. */
async function standWitness(): Promise<Server | undefined> {
  for (let attempt = 0; attempt < WITNESS_ATTEMPTS; attempt++) {
    const server = createServer();
    const isMine = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      // An abstract name (unix(7)): no file, gone with the process.
      server.listen(`\0${act.witness}`, () => resolve(true));
    });
    if (isMine) return server;
    await sleep(WITNESS_PAUSE_MS);
  }
  return undefined;
}

async function release(): Promise<void> {
  if (held === undefined) return;
  const { sink, witness } = held;
  held = undefined;
  // The witness first: whoever owns next must find it free.
  await new Promise((resolve) => witness.close(resolve));
  await sink.close();
  tell({ type: "step", name: `released ${claimant}` });
}

parentPort?.on("message", (order: ClaimOrder | "end") => {
  if (order === "end") void release().then(() => parentPort?.close());
  else if (order.order === "claim") void claim(order.round);
  else if (order.claimant === claimant) void release();
});
tell({ type: "ready" });
