import type { Durability } from "../durability.ts";
import type { Sink } from "../plugin/sink.ts";
import { closeSink, flushSink, type SinkCallHost } from "./sink-calls.ts";

/** The sink that an output feeds: its own, or after that was closed one that belongs to another output. */
export class Seat {
  readonly #host: SinkCallHost;
  #sink: Sink;
  #abort: AbortController | undefined;
  #isOwn = true;

  constructor(sink: Sink, abort: AbortController | undefined, host: SinkCallHost) {
    this.#sink = sink;
    this.#abort = abort;
    this.#host = host;
  }

  get sink(): Sink {
    return this.#sink;
  }

  /** Whether the sink is closed with the output. */
  get isOwn(): boolean {
    return this.#isOwn;
  }

  own(sink: Sink, abort: AbortController | undefined): void {
    this.#sink = sink;
    this.#abort = abort;
    this.#isOwn = true;
  }

  borrow(sink: Sink): void {
    this.#sink = sink;
    this.#abort = undefined;
    this.#isOwn = false;
  }

  abort(): void {
    this.#abort?.abort();
  }

  /** Resolves with the code of what kept it, if anything did; at once where the sink has nothing to flush. */
  async flush(durability: Durability | undefined, timeoutMs: number): Promise<string | undefined> {
    return this.#sink.flush === undefined ? undefined : flushSink(this.#sink, durability, timeoutMs, this.#host);
  }

  async close(timeoutMs: number): Promise<void> {
    const code = await closeSink(this.#sink, timeoutMs, this.#host);
    if (code === "PLB_PLUGIN_TIMEOUT") this.abort();
  }
}
