import { requestAttributes } from "../load/payload.ts";
import { SENDERS } from "./senders.ts";

/** What a service is to do. */
export interface LossDeeds {
  readonly sender: string;
  readonly url: string;
  readonly directory: string;
  /** The number of the first event, and how many there are. */
  readonly from: number;
  readonly count: number;
  /** Events a second; 0 for all in one tick. */
  readonly rate: number;
  /** How long it may take to close. */
  readonly graceMs: number;
}

/** What it says of itself. */
export interface LossNews {
  readonly kind: "emitting" | "emitted" | "closed";
  readonly emitted: number;
  readonly rssMiB: number;
}

const NOTE_LENGTH = 60;
const TICK_MS = 10;
const NEWS_MS = 100;
const MIB = 1024 * 1024;

async function main(): Promise<void> {
  const deeds = JSON.parse(process.argv[2] ?? "{}") as LossDeeds;
  const sender = SENDERS.find(({ name }) => name === deeds.sender);
  if (sender === undefined) throw new Error(`there is no sender ${deeds.sender}`);
  const open = await sender.open({ url: deeds.url, directory: deeds.directory, concurrency: 1 });
  let emitted = 0;
  const emitUpTo = (count: number): void => {
    for (; emitted < count; emitted++) {
      const n = deeds.from + emitted;
      open.emit({ ...requestAttributes(n, NOTE_LENGTH), n });
    }
  };
  const say = (kind: LossNews["kind"]): void => {
    process.send?.({ kind, emitted, rssMiB: process.memoryUsage.rss() / MIB } satisfies LossNews);
  };
  const news = setInterval(() => say(emitted < deeds.count ? "emitting" : "emitted"), NEWS_MS);
  process.on("message", (order) => {
    if (order !== "close") return;
    clearInterval(news);
    void open.close(deeds.graceMs).then(() => {
      say("closed");
      process.disconnect();
    });
  });
  process.on("disconnect", () => process.exit());
  const started = performance.now();
  if (deeds.rate === 0) {
    emitUpTo(deeds.count);
    return;
  }
  const tick = setInterval(() => {
    const due = Math.min(deeds.count, ((performance.now() - started) * deeds.rate) / 1000);
    emitUpTo(due);
    if (emitted >= deeds.count) clearInterval(tick);
  }, TICK_MS);
}

void main();
