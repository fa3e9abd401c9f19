/** What is wrong with the ids of a set of chains. */
export interface IdFindings {
  /** Ids given twice. */
  readonly repeated: number;
  /** Numbers that are missing below the highest of their epoch. */
  readonly holes: number;
  /** Ids behind a later one of their epoch, and epochs that go on after another one began. */
  readonly disordered: number;
  readonly details: readonly string[];
}

interface Epoch {
  readonly seen: Set<number>;
  readonly chain: number;
  last: number;
}

/** Holds ids, `epoch:seq`, against what they promise: never twice, dense from 1 in their epoch, one epoch after the other. */
export class IdCheck {
  readonly #epochs = new Map<string, Epoch>();
  readonly #details: string[] = [];
  #chain = 0;
  #current = "";
  #repeated = 0;
  #disordered = 0;

  beginChain(): void {
    this.#chain += 1;
    this.#current = "";
  }

  add(id: string, place: string): void {
    const colon = id.lastIndexOf(":");
    const [name, seq] = [id.slice(0, colon), Number(id.slice(colon + 1))];
    let epoch = this.#epochs.get(name);
    if (epoch === undefined) {
      epoch = { seen: new Set(), chain: this.#chain, last: 0 };
      this.#epochs.set(name, epoch);
      if (name < this.#current) this.#countDisordered(`${place}: epoch ${name} behind ${this.#current}`);
    } else if (name !== this.#current || epoch.chain !== this.#chain) {
      this.#countDisordered(`${place}: epoch ${name} goes on after another one began`);
    }
    this.#current = name;
    if (epoch.seen.has(seq)) {
      this.#repeated += 1;
      this.#details.push(`${place}: the id ${id} again`);
    }
    if (seq < epoch.last) this.#countDisordered(`${place}: ${id} behind ${name}:${epoch.last}`);
    epoch.seen.add(seq);
    epoch.last = seq;
  }

  result(): IdFindings {
    let holes = 0;
    const details = [...this.#details];
    for (const [name, { seen }] of this.#epochs) {
      let highest = 0;
      for (const seq of seen) highest = Math.max(highest, seq);
      if (highest === seen.size) continue;
      holes += highest - seen.size;
      details.push(`epoch ${name}: ${highest - seen.size} of ${highest} numbers are missing`);
    }
    return { repeated: this.#repeated, holes, disordered: this.#disordered, details };
  }

  #countDisordered(detail: string): void {
    this.#disordered += 1;
    this.#details.push(detail);
  }
}
