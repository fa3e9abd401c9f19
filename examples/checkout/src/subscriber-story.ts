import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Telemetry } from "@plumbline/sdk";
import { journalFiles, linesOf } from "./oracle.ts";

const LOOK_MS = 20;
const BOUND_MS = 60_000;

/** Where a subscriber keeps what it has had. */
export const SUBSCRIBER_FILE = "subscriber.jsonl";

/** What happened to the subscriber. */
export interface SubscriberStory {
  /** The last event before the place at which it began. */
  readonly begin: string;
  readonly kills: number;
}

/** A subscriber in a process of its own: it starts in the middle of the shop's day, is slow, is killed, and comes back. */
export class KilledSubscriber {
  readonly #telemetry: Telemetry;
  readonly #folder: string;
  #begin: string | undefined;
  #child: ChildProcess | undefined;
  #kills = 0;
  #start: Promise<void> | undefined;

  constructor(telemetry: Telemetry, folder: string) {
    this.#telemetry = telemetry;
    this.#folder = folder;
  }

  /** Called as the shop goes on, with how much of its day is over, 0 to 1. */
  follow(share: number): void {
    if (share >= 1 / 3) this.#start ??= this.#startInTheMiddle();
  }

  /** The shop is closed, and all its lines are written: the subscriber is killed if it was not yet, and has the rest. */
  async finish(): Promise<SubscriberStory> {
    this.follow(1);
    await this.#start;
    await this.#until(() => this.#hadBytes() > 0);
    await this.#kill();
    this.#spawn();
    const lines = linesOf(journalFiles(this.#folder, "checkout"));
    const rest = lines.slice(lines.findIndex(({ id }) => id === this.#begin) + 1);
    const wanted = rest.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 1, 0);
    await this.#until(() => this.#hadBytes() >= wanted);
    await this.#kill();
    return { begin: this.#begin ?? "", kills: this.#kills };
  }

  async #startInTheMiddle(): Promise<void> {
    const headers = { authorization: `Bearer ${readFileSync(this.#tokenFile, "utf8").trim()}` };
    const status = await (await fetch(`${this.#url}/status`, { headers })).json();
    this.#begin = String((status as { tip?: unknown }).tip);
    this.#spawn();
  }

  #spawn(): void {
    const program = fileURLToPath(new URL("../dist/slow-subscriber.js", import.meta.url));
    this.#child = fork(program, [this.#url, this.#tokenFile, this.#path, this.#begin ?? ""], { stdio: "inherit" });
  }

  async #kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) throw new Error("The subscriber has ended by itself.");
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    this.#kills += 1;
  }

  get #url(): string {
    const service = this.#telemetry.report().services.find(({ path }) => path.endsWith("live"));
    return String(service?.status["url"]);
  }

  get #tokenFile(): string {
    return join(this.#folder, "stream.token");
  }

  get #path(): string {
    return join(this.#folder, SUBSCRIBER_FILE);
  }

  #hadBytes(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Waits, but not for ever: what is missing then, the table shows. */
  async #until(isEnough: () => boolean): Promise<void> {
    for (let waited = 0; !isEnough() && waited < BOUND_MS; waited += LOOK_MS) await sleep(LOOK_MS);
  }
}
