import type { Message } from "./channel.ts";

/** What one writer has told. */
export interface WriterAccount {
  /** Handed over: 1 to this number. */
  logged: number;
  readonly acknowledged: Set<number>;
}

/** All that the processes of one run have told, put together. */
export class Observed {
  readonly writers: Map<string, WriterAccount> = new Map();
  /** By `writer#n`. */
  readonly ids: Map<string, string> = new Map();
  readonly figures: Map<string, number> = new Map();
  dropped = 0;

  add(message: Message): void {
    switch (message.type) {
      case "logged":
        this.#account(message.writer).logged = message.n;
        break;
      case "acknowledged": {
        const account = this.#account(message.writer);
        for (const [n, id] of message.events) {
          account.acknowledged.add(n);
          if (id !== null) this.ids.set(`${message.writer}#${n}`, id);
        }
        break;
      }
      case "dropped":
        this.dropped += message.count;
        break;
      case "figure":
        this.figures.set(message.name, message.value);
        break;
      case "claim":
      case "ready":
      case "step":
        break;
    }
  }

  /** Every event that was handed over, writer by writer. */
  logged(): ReadonlyMap<string, readonly number[]> {
    return new Map(
      [...this.writers].map(([writer, { logged }]) => [writer, Array.from({ length: logged }, (_, i) => i + 1)]),
    );
  }

  /** Every event that was acknowledged by a promise. */
  acknowledged(): ReadonlyMap<string, Iterable<number>> {
    return new Map([...this.writers].map(([writer, { acknowledged }]) => [writer, acknowledged]));
  }

  #account(writer: string): WriterAccount {
    const known = this.writers.get(writer);
    if (known !== undefined) return known;
    const made: WriterAccount = { logged: 0, acknowledged: new Set() };
    this.writers.set(writer, made);
    return made;
  }
}
