import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { attributeOf, createOtlpReceiver, itemsOf, type OtlpReceiver, type ReceivedItem } from "@plumbline/testing";

/** The parts of the shop's day between which the collector is away. */
const AWAY = { from: 1 / 3, to: 2 / 3 } as const;
/** What arrives stands here, one event a line, for the oracle. */
export const COLLECTOR_FILE = "collector.jsonl";

/** What the collector knows of its own day. */
export interface CollectorDay {
  /** How many events had arrived when it had gone away, and when it was about to come back: the same, if it was away. */
  readonly before: number;
  readonly after: number;
  /** Events that were sent again: the connection broke before it could say that it had them. */
  readonly repeated: number;
  /** Requests that could not be read. */
  readonly unreadable: number;
}

/** An OTLP collector in this process, which goes away for a part of the shop's day, and writes down what it gets. */
export class Collector {
  readonly #path: string;
  readonly #seen = new Set<string>();
  #receiver: OtlpReceiver | undefined;
  #moves: Promise<void> = Promise.resolve();
  #move: "away" | "back" | undefined;
  #before: number | undefined;
  #after: number | undefined;
  #repeated = 0;

  constructor(folder: string) {
    this.#path = join(folder, COLLECTOR_FILE);
  }

  /** Begins to listen; gives its address. */
  async open(): Promise<string> {
    this.#receiver = await createOtlpReceiver({
      keep: false,
      answer: (request) => {
        // OTLP groups a request's events by their scope; within a request their ids tell the order.
        const items = itemsOf(request).map((item) => ({ item, id: uidOf(item) }));
        for (const { item } of items.toSorted((a, b) => sequenceOf(a.id) - sequenceOf(b.id))) this.#take(item);
        return { kind: "accept" };
      },
    });
    return this.#receiver.url;
  }

  /** So much of the day is over: it goes away or comes back when it is time to. */
  follow(share: number): void {
    if (this.#move === undefined && share >= AWAY.from) {
      this.#move = "away";
      this.#moves = this.#moves.then(async () => {
        await this.#receiver?.goDown();
        this.#before = this.#seen.size;
      });
    }
    if (this.#move === "away" && share >= AWAY.to) {
      this.#move = "back";
      this.#moves = this.#moves.then(async () => {
        this.#after = this.#seen.size;
        await this.#receiver?.comeUp();
      });
    }
  }

  async close(): Promise<CollectorDay> {
    await this.#moves;
    await this.#receiver?.close();
    const { size } = this.#seen;
    const unreadable = this.#receiver?.problems.length ?? 0;
    return { before: this.#before ?? size, after: this.#after ?? size, repeated: this.#repeated, unreadable };
  }

  #take({ item }: ReceivedItem): void {
    const id = uidOf({ item });
    if (this.#seen.has(id)) {
      this.#repeated += 1;
      return;
    }
    this.#seen.add(id);
    const number = (key: string): number | undefined => {
      const value = attributeOf(item, key)?.["intValue"];
      return value === undefined ? undefined : Number(value);
    };
    const planted = attributeOf(item, "planted")?.["stringValue"];
    const attributes = { worker: number("worker"), step: number("step"), planted };
    const line = { id, time: item["timeUnixNano"], severity: item["severityText"], attributes, record: item };
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`);
  }
}

function uidOf({ item }: Pick<ReceivedItem, "item">): string {
  return String(attributeOf(item, "log.record.uid")?.["stringValue"]);
}

/** The number in `epoch:number`; the shop has one epoch. */
function sequenceOf(id: string): number {
  return Number(id.split(":")[1]);
}
