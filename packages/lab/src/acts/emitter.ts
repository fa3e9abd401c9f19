import type { Tell } from "../channel.ts";
import type { OpenSink } from "../contender.ts";
import { createMark, type SizeMix } from "../mark.ts";

/** Numbers the events of one writer, hands them over, and tells what became of them. */
export class Emitter {
  readonly #sink: OpenSink;
  readonly #writer: string;
  readonly #mix: SizeMix;
  readonly #tell: Tell;
  #n = 0;
  #toldN = 0;
  #pending = 0;
  #refused = 0;
  #acknowledged: (readonly [number, string | null])[] = [];

  constructor(sink: OpenSink, writer: string, mix: SizeMix, tell: Tell) {
    this.#sink = sink;
    this.#writer = writer;
    this.#mix = mix;
    this.#tell = tell;
  }

  /** Events handed over so far. */
  get count(): number {
    return this.#n;
  }

  /** Of these, events that the sink has promised to acknowledge and has not. */
  get pending(): number {
    return this.#pending;
  }

  /**
   * Hands the next event over before it returns; resolves when the sink has acknowledged or refused it. Never rejects: a
   * throw or a rejection is the sink's word that it did not take the event, and is counted.
   */
  emit(): Promise<void> | undefined {
    this.#n += 1;
    const n = this.#n;
    try {
      const acknowledged = this.#sink.write(createMark(this.#writer, n, this.#mix));
      if (acknowledged === undefined) return undefined;
      this.#pending += 1;
      return acknowledged.then(
        (id) => this.#acknowledge(n, id),
        () => {
          this.#pending -= 1;
          this.#refuse();
        },
      );
    } catch {
      this.#refuse();
      return undefined;
    }
  }

  /** Tells what there is to tell: before the process may end, and now and then. */
  tellAll(): void {
    if (this.#n > this.#toldN) this.#tell({ type: "logged", writer: this.#writer, n: this.#n });
    this.#toldN = this.#n;
    if (this.#acknowledged.length > 0) {
      this.#tell({ type: "acknowledged", writer: this.#writer, events: this.#acknowledged });
    }
    this.#acknowledged = [];
  }

  /** Tells how many events the sink has said that it did not keep. The last thing an act does. */
  tellDropped(): void {
    const count = this.#refused + (this.#sink.dropped?.() ?? 0);
    if (count > 0) this.#tell({ type: "dropped", count });
  }

  #acknowledge(n: number, id: string | undefined): void {
    this.#pending -= 1;
    this.#acknowledged.push([n, id ?? null]);
    if (this.#acknowledged.length === 1) setImmediate(() => this.tellAll());
  }

  #refuse(): void {
    // A sink that keeps an account has this event in it already.
    if (this.#sink.dropped === undefined) this.#refused += 1;
  }
}
