import type { DiagLogger } from "@opentelemetry/api";
import {
  createErrorFactory,
  CORE_ERRORS,
  type Durability,
  type EventRing,
  type Journal,
  type JournalLine,
  type JournalLocation,
  OutputLedger,
} from "@plumbline/core";
import { FILE_ERRORS, type FileSink } from "@plumbline/file";
import { type HeldLine, HeldLines, type QueueBound } from "./held-lines.ts";

const coreError = createErrorFactory(CORE_ERRORS);
const fileError = createErrorFactory(FILE_ERRORS);

interface Held extends HeldLine {
  readonly handOn: (journal: Journal) => void;
  readonly giveUp: (reason: "closed" | "overflow") => void;
}

/**
 * Stands in for a journal while its file changes hands: lines wait here, in order, and go on to whichever journal comes next, the new one or the
 * one that was there before, when the new one cannot be opened. Bounded as the journal's own queue is; what goes over is dropped, and counted.
 */
export class HeldJournal implements Journal {
  readonly ledger: OutputLedger;
  readonly durability: Durability;
  readonly #before: Pick<Journal, "epoch" | "ring" | "location">;
  readonly #released: Promise<Journal | undefined>;
  #release: (journal: Journal | undefined) => void = () => undefined;
  readonly #held: HeldLines<Held>;
  #isDropped = false;

  /** `bound` is that of the journal's own queue. */
  constructor(before: Journal, bound: QueueBound) {
    const { epoch, ring, location } = before;
    this.#before = { epoch, ring, location };
    this.ledger = new OutputLedger(before.ledger.name);
    this.durability = before.durability;
    this.#held = new HeldLines(bound);
    this.#released = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  get epoch(): string {
    return this.#before.epoch;
  }

  get ring(): EventRing {
    return this.#before.ring;
  }

  get location(): JournalLocation {
    return this.#before.location;
  }

  append(line: JournalLine): void {
    this.#hold({ line, isAwaited: false, handOn: (journal) => journal.append(line), giveUp: () => undefined });
  }

  async appendAsync(line: JournalLine, durability?: Durability): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#hold({
        line,
        isAwaited: true,
        handOn: (journal) => resolve(journal.appendAsync(line, durability)),
        giveUp: (reason) => reject(this.#dropped(reason)),
      });
    });
  }

  async flush(options?: { readonly durability?: Durability; readonly signal?: AbortSignal }): Promise<void> {
    const journal = await this.#released;
    await journal?.flush(options);
  }

  /** Hands everything on to a journal, within the call. */
  releaseTo(journal: Journal): void {
    const held = this.#held.takeAll();
    // There each is accepted anew.
    this.ledger.withdraw(held.length);
    for (const { handOn } of held) handOn(journal);
    this.#release(journal);
  }

  /** Drops everything, also what still comes: there is no journal any more. */
  drop(): void {
    this.#isDropped = true;
    const held = this.#held.takeAll();
    this.ledger.dropQueued(held.length, "closed");
    for (const { giveUp } of held) giveUp("closed");
    this.#release(undefined);
  }

  /** For a process that ends now: hands everything on to the journal before, where that is open still, or says what is lost. */
  endNow(before: FileSink | undefined, diagnostics: DiagLogger): void {
    if (this.#held.count === 0) return;
    if (before?.report().file !== undefined) this.releaseTo(before);
    else
      diagnostics.error("The process exits before the journal was open; lines that waited for it are lost.", {
        lines: this.#held.count,
      });
  }

  #hold(held: Held): void {
    if (this.#isDropped) {
      this.#refuse(held, "closed");
      return;
    }
    const { isTaken, evicted } = this.#held.offer(held);
    this.ledger.dropQueued(evicted.length, "overflow");
    for (const { giveUp } of evicted) giveUp("overflow");
    if (isTaken) this.ledger.enqueue();
    else this.#refuse(held, "overflow");
  }

  #refuse({ giveUp }: Held, reason: "closed" | "overflow"): void {
    this.ledger.refuse(reason);
    giveUp(reason);
  }

  /** At the bound, that of the journal's own queue. */
  #dropped(reason: "closed" | "overflow"): Error {
    if (reason === "overflow") return fileError("PLB_FILE_QUEUE_FULL");
    return coreError("PLB_EVENT_DROPPED", { details: { drops: [{ output: this.ledger.name, reason }] } });
  }
}
