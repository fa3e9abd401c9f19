import type { DiagLogger } from "@opentelemetry/api";
import {
  type Clock,
  createErrorFactory,
  CORE_ERRORS,
  type Durability,
  errorCode,
  type EventRing,
  type Journal,
  type JournalLine,
  type JournalLocation,
  OutputLedger,
} from "@plumbline/core";
import { FILE_ERRORS, type FileSink, type HeldLine, HeldLines, type LostLines, type QueueBound } from "@plumbline/file";

const coreError = createErrorFactory(CORE_ERRORS);
const fileError = createErrorFactory(FILE_ERRORS);
const NOT_STARTED: string = "PLB_FILE_NOT_STARTED" satisfies keyof typeof FILE_ERRORS;

interface Held extends HeldLine {
  readonly handOn: (journal: Journal) => void;
  readonly giveUp: (reason: "closed" | "overflow") => void;
}

/**
 * Stands in for a journal while its file changes hands: lines wait here, in order, and go on to whichever journal comes next, the new one or the
 * one that was there before, when the new one cannot be opened. Bounded as the journal's own queue is; what goes over is dropped, counted, and told in the
 * file of the journal that comes.
 */
export class HeldJournal implements Journal {
  readonly ledger: OutputLedger;
  readonly durability: Durability;
  readonly #before: Pick<Journal, "epoch" | "ring" | "location">;
  readonly #released: Promise<Journal | undefined>;
  #release: (journal: Journal | undefined) => void = () => undefined;
  readonly #held: HeldLines<Held>;
  readonly #clock: Clock;
  #lost: LostLines | undefined;
  #cause = NOT_STARTED;
  /** Where everything goes from now on: it stands in for nobody any more. */
  #next: Journal | "none" | undefined;

  /** `bound` is that of the journal's own queue. */
  constructor(before: Journal, bound: QueueBound, clock: Clock) {
    const { epoch, ring, location } = before;
    this.#before = { epoch, ring, location };
    this.ledger = new OutputLedger(before.ledger.name);
    this.durability = before.durability;
    this.#held = new HeldLines(bound);
    this.#clock = clock;
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
    const { severity, size } = line;
    const handOn = (journal: Journal): void => journal.append(line);
    this.#hold({ severity, size, isAwaited: false, handOn, giveUp: () => undefined });
  }

  async appendAsync(line: JournalLine, durability?: Durability): Promise<string> {
    const { severity, size } = line;
    return new Promise((resolve, reject) => {
      this.#hold({
        severity,
        size,
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

  /** The file could not be opened: that is what keeps lines from going on. */
  blame(error: unknown): void {
    this.#cause = errorCode(error);
  }

  /** Hands everything on to a journal, within the call, and what still comes as it comes; its file tells what was dropped meanwhile. */
  releaseTo(journal: FileSink): void {
    this.#next = journal;
    if (this.#lost !== undefined) journal.tellLost(this.#lost);
    this.#lost = undefined;
    const held = this.#held.takeAll();
    // There each is accepted anew.
    this.ledger.withdraw(held.length);
    for (const { handOn } of held) handOn(journal);
    this.#release(journal);
  }

  /** Drops everything, also what still comes: there is no journal any more. */
  drop(): void {
    this.#next = "none";
    const held = this.#held.takeAll();
    this.ledger.dropQueued(held.length, "closed");
    for (const { giveUp } of held) giveUp("closed");
    this.#release(undefined);
  }

  /** The service ends: hands everything on to the journal where its file is open, and drops it where it is not. Gives whether it is. */
  end(journal: FileSink | undefined): boolean {
    const isOpen = journal?.report().file !== undefined;
    if (isOpen) this.releaseTo(journal);
    else this.drop();
    return isOpen;
  }

  /** The same for a process that ends now; it is said what is lost. */
  endNow(journal: FileSink | undefined, diagnostics: DiagLogger): void {
    const { count } = this.#held;
    if (this.end(journal) || count === 0) return;
    diagnostics.error("The process exits before the journal was open; lines that waited for it are lost.", {
      lines: count,
    });
  }

  #hold(held: Held): void {
    if (this.#next !== undefined) {
      if (this.#next === "none") this.#refuse(held, "closed");
      else held.handOn(this.#next);
      return;
    }
    const { isTaken, evicted } = this.#held.offer(held);
    this.#countLost(evicted.length + (isTaken ? 0 : 1));
    this.ledger.dropQueued(evicted.length, "overflow");
    for (const { giveUp } of evicted) giveUp("overflow");
    if (isTaken) this.ledger.enqueue();
    else this.#refuse(held, "overflow");
  }

  #countLost(count: number): void {
    if (count === 0) return;
    const now = this.#clock.nowMicros();
    const { count: before, fromMicros, cause } = this.#lost ?? { count: 0, fromMicros: now, cause: NOT_STARTED };
    this.#lost = {
      count: before + count,
      fromMicros,
      toMicros: now,
      cause: cause === NOT_STARTED ? this.#cause : cause,
    };
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
