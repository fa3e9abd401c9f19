import {
  type Clock,
  errorCode,
  type Journal,
  type LineRecord,
  OutputLedger,
  type OutputReport,
  RetryableError,
} from "@plumbline/core";
import { retrying } from "../deliver/retrying.ts";
import { otlpError } from "../otlp-error.ts";
import type { OtlpSink } from "../otlp-sink.ts";

/** Where an exporter's lines go: into a journal, or to the receiver at once. */
export interface LineDelivery {
  /** Resolves when the lines have reached the journal's class, or the receiver. Rejects with a coded error when any was not taken. */
  deliver(lines: readonly LineRecord[]): Promise<void>;
  /** Counts what no line could be made of. */
  refuse(): void;
  flush(): Promise<void>;
  close(): Promise<void>;
  report(): OutputReport;
}

/** Into a journal, which gives the numbers; from there on delivery is its subscriber's. */
export function createJournalDelivery(journal: Journal): LineDelivery {
  let isClosed = false;
  return {
    async deliver(lines) {
      if (isClosed) {
        for (let count = 0; count < lines.length; count++) journal.ledger.refuse("closed");
        throw otlpError("PLB_OTLP_CLOSED");
      }
      await Promise.all(lines.map((line) => journal.appendAsync(line)));
    },
    refuse: () => journal.ledger.refuse("rejected"),
    flush: () => journal.flush(),
    close: () => {
      isClosed = true;
      return journal.flush();
    },
    report: () => journal.ledger.report(),
  };
}

/** How long a direct delivery goes on trying, and how it waits. */
export interface DirectDeliveryOptions {
  readonly sink: OtlpSink;
  readonly clock: Clock;
  readonly name: string;
  readonly retryForMs: number;
  readonly batchCount: number;
  readonly random?: (() => number) | undefined;
}

/** To the receiver, in batches, which are tried again until the time of the export that they are of is over. */
export class DirectDelivery implements LineDelivery {
  readonly #options: DirectDeliveryOptions;
  readonly #ledger: OutputLedger;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #starting: Promise<void> | undefined;

  constructor(options: DirectDeliveryOptions) {
    this.#options = options;
    this.#ledger = new OutputLedger(options.name);
  }

  async deliver(lines: readonly LineRecord[]): Promise<void> {
    if (this.#closing.signal.aborted) {
      for (let count = 0; count < lines.length; count++) this.#ledger.refuse("closed");
      throw otlpError("PLB_OTLP_CLOSED");
    }
    for (let count = 0; count < lines.length; count++) this.#ledger.enqueue();
    const batches = Array.from({ length: Math.ceil(lines.length / this.#options.batchCount) }, (_, index) =>
      lines.slice(index * this.#options.batchCount, (index + 1) * this.#options.batchCount),
    );
    const delivering = this.#deliverAll(batches);
    this.#underWay.add(delivering);
    try {
      await delivering;
    } finally {
      this.#underWay.delete(delivering);
    }
  }

  refuse(): void {
    this.#ledger.refuse("rejected");
  }

  async flush(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  async close(): Promise<void> {
    const { clock, retryForMs, sink } = this.#options;
    const timer = clock.setTimer(() => this.#closing.abort(), retryForMs);
    await this.flush();
    timer.cancel();
    this.#closing.abort();
    await sink.close();
  }

  report(): OutputReport {
    return this.#ledger.report();
  }

  async #deliverAll(batches: readonly (readonly LineRecord[])[]): Promise<void> {
    const { clock, retryForMs } = this.#options;
    const untilMs = clock.monotonicMs() + retryForMs;
    let failure: Error | undefined;
    let endedBy: string | undefined;
    const over = (code: string): void => {
      endedBy = code;
    };
    for (const batch of batches) {
      const leftMs = Math.max(0, untilMs - clock.monotonicMs());
      try {
        if (endedBy === undefined) await this.#deliverOne(batch, leftMs, over);
        else this.#giveUp(batch, endedBy);
      } catch (error) {
        failure ??= error instanceof Error ? error : otlpError("PLB_OTLP_UNREACHABLE", { cause: error });
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** What is left of an export whose time is over; `code` is of the failure that ended it. */
  #giveUp(batch: readonly LineRecord[], code: string): void {
    this.#ledger.take(batch.length);
    this.#ledger.dropInFlight(batch.length, code);
  }

  /** `over` is called with its code when it has failed, and would have been tried again if there were time. */
  async #deliverOne(batch: readonly LineRecord[], retryForMs: number, over: (code: string) => void): Promise<void> {
    const { sink, clock, random } = this.#options;
    const { signal } = this.#closing;
    this.#ledger.take(batch.length);
    let rejected: number;
    let isRetryable = false;
    try {
      rejected = await retrying(
        async () => {
          await this.#start();
          try {
            return (await sink.write(batch, { signal }))?.rejected ?? 0;
          } catch (error) {
            isRetryable = RetryableError.isInstance(error);
            throw error;
          }
        },
        { clock, retryForMs, signal, random },
      );
    } catch (error) {
      const code = errorCode(error);
      if (isRetryable) over(code);
      this.#ledger.dropInFlight(batch.length, code);
      throw error;
    }
    this.#ledger.deliver(batch.length - rejected);
    this.#ledger.dropInFlight(rejected, "rejected");
    if (rejected > 0) throw otlpError("PLB_OTLP_PARTIAL", { details: { rejected } });
  }

  /** What keeps it from being opened, a certificate that is not there yet, may be gone the next time. */
  async #start(): Promise<void> {
    const starting = (this.#starting ??= this.#options.sink.start());
    try {
      await starting;
    } catch (error) {
      if (this.#starting === starting) this.#starting = undefined;
      throw error;
    }
  }
}
