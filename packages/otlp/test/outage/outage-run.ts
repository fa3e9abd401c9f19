import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { OutputReport } from "@plumbline/core";
import { expect, onTestFinished, vi } from "vitest";

/** What a service says of itself, twice a second. */
export interface ServiceState {
  /** How many events it has emitted. */
  readonly n: number;
  /** Bytes: of the process, and on and beside its heap; where it was asked to measure, of what is left once the garbage is collected. */
  readonly rss: number;
  readonly heap: number;
  /** The longest time between two turns of its event loop since it said so last, in milliseconds. */
  readonly stallMs: number;
  readonly cpu: NodeJS.CpuUsage;
  readonly outputs: readonly OutputReport[];
  readonly isMeasured?: boolean;
  readonly isLast?: boolean;
}

/** What a receiver has counted. */
export interface ReceiverCounts {
  /** Different events that have arrived, and arrivals of one that had arrived before. */
  readonly count: number;
  readonly repeated: number;
  /** Events that arrived for the first time behind a later one. */
  readonly reordered: number;
  readonly withoutUid: number;
  /** Events that had another id than their place among all says. */
  readonly otherUid: number;
  /** The longest way from the emit to the arrival since this was asked last, in milliseconds. */
  readonly latestMs: number;
}

/** A program of `test/programs`, in a process of its own that ends with the test. */
function startProgram(name: string, argument: string, execArgv: readonly string[] = []): ChildProcess {
  const path = fileURLToPath(new URL(`../programs/${name}.mjs`, import.meta.url));
  const child = fork(path, [argument], { execArgv: [...execArgv], env: { ...process.env, NO_PROXY: "*" } });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** A receiver in a process of its own. */
export class ReceiverProcess {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  static async start(): Promise<ReceiverProcess> {
    const child = startProgram("outage-receiver", "");
    const { url } = await nextMessage<{ readonly url: string }>(child);
    return new ReceiverProcess(url, child);
  }

  /** Tells it something; gives what it has counted so far. */
  tell(message: "down" | "up" | "report"): Promise<ReceiverCounts> {
    const answer = nextMessage<ReceiverCounts>(this.#child);
    this.#child.send(message);
    return answer;
  }
}

/** Where a service sends, and how much. */
export interface ServiceLoad {
  readonly folder: string;
  readonly url: string;
  readonly liveUrl: string;
  /** Events a second, and characters that each carries along. */
  readonly rate: number;
  readonly pad: number;
}

/** A service in a process of its own, with all that it has said. */
export class ServiceProcess {
  readonly states: ServiceState[] = [];
  readonly #child: ChildProcess;

  constructor(load: ServiceLoad) {
    this.#child = startProgram("outage-service", JSON.stringify(load), ["--expose-gc"]);
    this.#child.on("message", (state) => this.states.push(state as ServiceState));
  }

  get last(): ServiceState | undefined {
    return this.states.at(-1);
  }

  /** Resolves when the state in force is such. */
  async until(holds: (state: ServiceState) => boolean, timeoutMs: number): Promise<ServiceState> {
    const isSo = (): boolean => this.last !== undefined && holds(this.last);
    await vi.waitUntil(isSo, { timeout: timeoutMs, interval: 50 });
    return this.last as ServiceState; // it is so of one
  }

  /** Its state once it has collected its garbage. */
  async measure(): Promise<ServiceState> {
    const { length } = this.states;
    const measured = (): ServiceState | undefined => this.states.slice(length).find(({ isMeasured }) => isMeasured);
    this.#child.send("measure");
    await vi.waitUntil(() => measured() !== undefined, { timeout: 60_000, interval: 50 });
    return measured() as ServiceState; // it was waited for
  }

  /** Ends the emitting, and waits until everything is settled. */
  stop(): Promise<ServiceState> {
    this.#child.send("stop");
    return this.until(({ isLast }) => isLast === true, 600_000);
  }
}

function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error("the program ended"));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message as Message);
    });
  });
}

/** The account of an output. */
export function accountOf({ outputs }: ServiceState, name: string): OutputReport {
  return outputs.find((output) => output.name === name) ?? expect.fail(`no account of ${name}`);
}

/** What the two sides of an account differ by: nothing, at any moment. */
export function imbalanceOf(report: OutputReport): number {
  const { accepted, adopted, delivered, inFlight, queued, filtered, dropped } = report;
  const gone = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  return accepted + adopted - delivered - inFlight - queued - filtered - gone;
}
