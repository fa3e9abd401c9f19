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
import type { FileSink } from "@plumbline/file";

const coreError = createErrorFactory(CORE_ERRORS);

interface Held {
  readonly handOn: (journal: Journal) => void;
  readonly giveUp: () => void;
}

/**
 * Stands in for a journal while its file changes hands: lines wait here, in order, and go on to whichever journal comes next, the new one or the
 * one that was there before, when the new one cannot be opened. Bounded; what goes over is dropped, and counted.
 */
export class HeldJournal implements Journal {
  readonly ledger: OutputLedger;
  readonly durability: Durability;
  readonly #before: Pick<Journal, "epoch" | "ring" | "location">;
  readonly #maxBytes: number;
  readonly #released: Promise<Journal | undefined>;
  #release: (journal: Journal | undefined) => void = () => undefined;
  #held: Held[] = [];
  #bytes = 0;
  #isDropped = false;

  constructor(before: Journal, maxBytes: number) {
    const { epoch, ring, location } = before;
    this.#before = { epoch, ring, location };
    this.ledger = new OutputLedger(before.ledger.name);
    this.durability = before.durability;
    this.#maxBytes = maxBytes;
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
    this.#hold(line, { handOn: (journal) => journal.append(line), giveUp: () => undefined });
  }

  async appendAsync(line: JournalLine, durability?: Durability): Promise<string> {
    return new Promise((resolve, reject) => {
      const dropped = (reason: string): void =>
        reject(coreError("PLB_EVENT_DROPPED", { details: { drops: [{ output: this.ledger.name, reason }] } }));
      const refused = this.#hold(line, {
        handOn: (journal) => resolve(journal.appendAsync(line, durability)),
        giveUp: () => dropped("closed"),
      });
      if (refused !== undefined) dropped(refused);
    });
  }

  async flush(options?: { readonly durability?: Durability; readonly signal?: AbortSignal }): Promise<void> {
    const journal = await this.#released;
    await journal?.flush(options);
  }

  /** Hands everything on to a journal, within the call. */
  releaseTo(journal: Journal): void {
    const held = this.#held;
    this.#held = [];
    this.#bytes = 0;
    // There each is accepted anew.
    this.ledger.withdraw(held.length);
    for (const { handOn } of held) handOn(journal);
    this.#release(journal);
  }

  /** Drops everything, also what still comes: there is no journal any more. */
  drop(): void {
    this.#isDropped = true;
    const held = this.#held;
    this.#held = [];
    this.ledger.dropQueued(held.length, "closed");
    for (const { giveUp } of held) giveUp();
    this.#release(undefined);
  }

  /** For a process that ends now: hands everything on to the journal before, where that is open still, or says what is lost. */
  endNow(before: FileSink | undefined, diagnostics: DiagLogger): void {
    if (this.#held.length === 0) return;
    if (before?.report().file !== undefined) this.releaseTo(before);
    else
      diagnostics.error("The process exits before the journal was open; lines that waited for it are lost.", {
        lines: this.#held.length,
      });
  }

  /** Gives the reason where it does not. */
  #hold(line: JournalLine, held: Held): "closed" | "overflow" | undefined {
    const refused = this.#isDropped ? "closed" : this.#bytes + line.size > this.#maxBytes ? "overflow" : undefined;
    if (refused !== undefined) {
      this.ledger.refuse(refused);
      return refused;
    }
    this.ledger.enqueue();
    this.#bytes += line.size;
    this.#held.push(held);
    return undefined;
  }
}
