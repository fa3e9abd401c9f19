import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cell, Figures, Outcome, Scratch } from "../frame/bench.ts";
import { hasEnded } from "../frame/child-end.ts";
import { ReceiverChild, startChild } from "./child.ts";
import type { LossDeeds, LossNews } from "./loss-service.ts";
import { JOURNALED, SENDERS, type Sender } from "./senders.ts";

/** What happens to a service, in words. Each is a group, with a cell for every sender, run once. */
export const SCENARIOS = {
  burst: "burst: 100,000 events in one tick",
  outage: "outage: 5,000 events a second, the receiver down for 3 s of 5",
  kill: "kill: 2 s of events, the receiver down, kill -9; then a new service, the receiver up",
  restart: "restart: the same, and the service is closed instead, with 5 s for it",
} as const;

const RATE = 5000;
const [BURST, SECONDS, DOWN_FROM, DOWN_TO] = [100_000, 5, 1, 4];
const BEFORE_END_SECONDS = 2;
/** In which what can be written is written, before the kill. */
const SETTLE_MS = 1000;
const FIRST_OF_NEXT = 10_000_000;
/** Nothing more comes when nothing has come for so long: longer than anybody's pause between two attempts. */
const QUIET_MS = 4500;
/** How long a service may take to close; in a smoke test, which is about whether it runs. */
const [GRACE_MS, SMOKE_GRACE_MS] = [5000, 300];
/** A smoke test waits for this part of what else is waited for, which is still longer than a batch's second of delay. */
const SMOKE_PART = 0.5;
const LOOK_MS = 100;

export const LOSS_CELLS: readonly Cell[] = SENDERS.flatMap((sender) => [
  lossCell(SCENARIOS.burst, sender, burst),
  lossCell(SCENARIOS.outage, sender, outage),
  lossCell(SCENARIOS.kill, sender, (scene) => twoLives(scene, "kill")),
  lossCell(SCENARIOS.restart, sender, (scene) => twoLives(scene, "close")),
]);

interface Scene {
  readonly receiver: ReceiverChild;
  readonly scale: number;
  readonly start: (deeds: Pick<LossDeeds, "from" | "count" | "rate">) => Service;
}

function lossCell(group: string, sender: Sender, play: (scene: Scene) => Promise<Figures>): Cell {
  return {
    group,
    name: sender.name,
    once: true,
    async run({ directory, scale }: Scratch): Promise<Outcome> {
      await using receiver = await ReceiverChild.start();
      const services: Service[] = [];
      const graceMs = isSmoke(scale) ? SMOKE_GRACE_MS : GRACE_MS;
      const start: Scene["start"] = (deeds) => {
        const service = new Service({ sender: sender.name, url: receiver.url, directory, graceMs, ...deeds });
        services.push(service);
        return service;
      };
      try {
        const figures = await play({ receiver, scale, start });
        // What nobody promised is missing, and not lost.
        return { figures: { ...figures, lost: isPromised(group, sender) ? (figures["missing"] ?? 0) : 0 } };
      } finally {
        for (const service of services) service.child.kill("SIGKILL");
      }
    },
  };
}

async function burst({ receiver, scale, start }: Scene): Promise<Figures> {
  const count = Math.max(100, Math.round(BURST * scale));
  const service = start({ from: 0, count, rate: 0 });
  await service.until(({ kind }) => kind === "emitted");
  return { emitted: count, missing: await missingAt(receiver, count, scale), ...service.memory };
}

async function outage({ receiver, scale, start }: Scene): Promise<Figures> {
  const events = (seconds: number): number => Math.max(1, Math.round(seconds * RATE * scale));
  const count = events(SECONDS);
  // A part of the events is sent at a part of the pace, no slower than is seen.
  const service = start({ from: 0, count, rate: RATE * Math.max(scale, 0.02) });
  await service.until(({ emitted }) => emitted >= events(DOWN_FROM));
  await receiver.tell("down");
  service.mark();
  await service.until(({ emitted }) => emitted >= events(DOWN_TO));
  const { memory } = service;
  await receiver.tell("up");
  await service.until(({ kind }) => kind === "emitted");
  return { emitted: count, missing: await missingAt(receiver, count, scale), ...memory };
}

/** A service that ends while the receiver is down, and one that begins where it was, when the receiver is up. */
async function twoLives({ receiver, scale, start }: Scene, end: "kill" | "close"): Promise<Figures> {
  const count = Math.max(10, Math.round(BEFORE_END_SECONDS * RATE * scale));
  await receiver.tell("down");
  const first = start({ from: 0, count, rate: RATE });
  await first.until(({ kind }) => kind === "emitted");
  const { memory } = first;
  if (end === "kill") await sleep(patience(SETTLE_MS, scale));
  else await first.close();
  first.child.kill("SIGKILL");
  await first.ended;
  await receiver.tell("up");
  const next = start({ from: FIRST_OF_NEXT, count: 1, rate: 0 });
  await next.until(({ kind }) => kind === "emitted");
  return { emitted: count, missing: await missingAt(receiver, count + 1, scale), ...memory };
}

/** How many of the events have not come when nothing more comes. Counted in looks: while a machine stands still, nothing can come. */
async function missingAt(receiver: ReceiverChild, count: number, scale: number): Promise<number> {
  const most = patience(QUIET_MS, scale) / LOOK_MS;
  let seen = -1;
  for (let quiet = 0; seen < count && quiet <= most; quiet++) {
    const { different } = await receiver.tell("report");
    if (different !== seen) quiet = 0;
    seen = different;
    await sleep(LOOK_MS);
  }
  return count - seen;
}

/** A service that ends takes along what waits in its memory. */
function isPromised(group: string, sender: Sender): boolean {
  return sender === JOURNALED || group === SCENARIOS.burst || group === SCENARIOS.outage;
}

function patience(ms: number, scale: number): number {
  return isSmoke(scale) ? ms * SMOKE_PART : ms;
}

function isSmoke(scale: number): boolean {
  return scale < 0.01;
}

/** A service in a process of its own. */
class Service {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  #news: LossNews = { kind: "emitting", emitted: 0, rssMiB: 0 };
  #markMiB = 0;
  #mostMiB = 0;
  #look: (() => void) | undefined;

  constructor(deeds: LossDeeds) {
    this.child = startChild("loss-service", JSON.stringify(deeds));
    this.ended = once(this.child, "exit");
    this.child.on("message", (news: LossNews) => {
      this.#news = news;
      this.#mostMiB = Math.max(this.#mostMiB, news.rssMiB);
      this.#look?.();
    });
    void this.ended.then(() => this.#look?.());
  }

  /** From now on memory is compared with what is taken now. */
  mark(): void {
    this.#markMiB = this.#mostMiB = this.#news.rssMiB;
  }

  /** The most that it took, and by how much that is more than what it took at the mark. */
  get memory(): Figures {
    return { rssMiB: this.#mostMiB, rssGrowthMiB: this.#mostMiB - this.#markMiB };
  }

  async until(holds: (news: LossNews) => boolean): Promise<void> {
    while (!holds(this.#news)) {
      if (hasEnded(this.child)) throw new Error("the service ended by itself");
      await new Promise<void>((resolve) => (this.#look = resolve));
    }
  }

  async close(): Promise<void> {
    this.child.send("close");
    await this.until(({ kind }) => kind === "closed");
  }
}
