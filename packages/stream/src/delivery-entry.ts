import type { EventLine } from "@plumbline/core";
import type { DeadLetters } from "./dead-letters.ts";
import type { DeliveryAccount } from "./delivery-account.ts";
import type { JournalBoundary } from "./journal-boundary.ts";
import { createOnce } from "./once.ts";
import type { SinkFeeder } from "./sink-feeder.ts";

/** Where a delivery begins that comes while events flow. */
export interface EntryPlace {
  /** Calls back once, with the position, and with lines that are not to be read from the journal but handed on before, from memory: it does not have them. */
  whenKnown(callback: (position: string, before?: readonly EventLine[]) => void): void;
}

/** The entry of a delivery that waits for one: nothing is delivered before it. */
export class DeliveryEntry {
  readonly #account: DeliveryAccount;
  readonly #known = createOnce<string | undefined>();
  #before: readonly EventLine[] = [];
  #dropped: readonly EventLine[] = [];
  #isEntered = false;
  #isOver = false;

  constructor(account: DeliveryAccount) {
    this.#account = account;
  }

  /** Resolves with the position, or with `undefined` where there will be no entry. */
  get known(): Promise<string | undefined> {
    return this.#known.promise;
  }

  /** Whether there is an entry; its place may not be known yet. */
  get isEntered(): boolean {
    return this.#isEntered;
  }

  enter(boundary: JournalBoundary, from: EntryPlace): void {
    this.#isEntered = true;
    this.#account.beginAt(boundary);
    // Not before the account knows what is behind the boundary.
    boundary.whenKnown(() =>
      from.whenKnown((position, before = []) => {
        this.#account.adopt(before.length, before.length);
        this.#before = before;
        if (this.#isOver) this.dropRest();
        this.#known.resolve(position);
      }),
    );
  }

  /** Hands on what the journal does not have, until that is done or the feeder is stopped. Nobody else uses the feeder meanwhile. */
  async handOn(feeder: SinkFeeder, letters: DeadLetters, maxCount: number): Promise<void> {
    while (this.#before.length > 0) {
      const settled = this.#account.settled;
      const { isSettled } = await feeder.deliver(this.#before.slice(0, maxCount), letters);
      this.#before = this.#before.slice(isSettled ? maxCount : this.#account.settled - settled);
      if (!isSettled) return;
    }
  }

  /** There will be no entry any more. */
  end(): void {
    this.#isOver = true;
    this.#known.resolve(undefined);
  }

  /** Drops what was not handed on: it stands nowhere. */
  dropRest(): void {
    this.#account.drop(this.#before.length, "deadline");
    this.#dropped = [...this.#dropped, ...this.#before];
    this.#before = [];
  }

  /** What was dropped is somebody else's to hand on after all. */
  takeRest(): readonly EventLine[] {
    const rest = this.#dropped;
    this.#dropped = [];
    this.#account.takeBack(rest.length, "deadline");
    return rest;
  }
}
