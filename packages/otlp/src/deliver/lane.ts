import {
  type Clock,
  type EventLine,
  type OnceReporter,
  PlumblineError,
  RetryableError,
  type Signal,
} from "@plumbline/core";
import type { OtlpForm, RequestEncoder } from "../encode/request-encoder.ts";
import { otlpError } from "../otlp-error.ts";
import { ReceiverWords } from "../transport/receiver-words.ts";
import type { OtlpTransport } from "../transport/transport.ts";
import { judge, type Verdict } from "../transport/verdict.ts";
import type { OtlpCounts } from "./counts.ts";

/** What a lane is made from. */
export interface LaneOptions {
  readonly signal: Signal;
  readonly form: OtlpForm;
  readonly encoder: RequestEncoder;
  readonly transport: OtlpTransport;
  readonly maxRequestBytes: number;
  readonly clock: Clock;
  readonly counts: OtlpCounts;
  readonly reporter: OnceReporter;
  /** Whom diagnostics name. */
  readonly component: string;
}

/** Lines whose outcome is known. */
export interface Settled {
  readonly lines: readonly EventLine[];
  /** How many of them the receiver, or the encoder, has rejected. */
  readonly rejected: number;
  /** Why, where all of them were. */
  readonly error: PlumblineError | undefined;
}

/** The way of one signal's lines: encoded, sent, and what the answer says of them. */
export class Lane {
  readonly signal: Signal;
  readonly #options: LaneOptions;
  readonly #words = new ReceiverWords();

  constructor(options: LaneOptions) {
    this.signal = options.signal;
    this.#options = options;
  }

  start(): Promise<void> {
    return this.#options.transport.start();
  }

  close(): void {
    this.#options.transport.close();
  }

  /**
   * Sends lines in as many requests as they need, one after the other. Each part whose outcome is known is handed to `settle`. Rejects with
   * `RetryableError` when the rest is to be sent again.
   */
  async deliver(lines: readonly EventLine[], signal: AbortSignal, settle: (settled: Settled) => void): Promise<void> {
    const { encoder, maxRequestBytes } = this.#options;
    for (let from = 0; from < lines.length;) {
      const { body, end, records, invalid } = encoder.encode(lines, from, maxRequestBytes);
      const part = lines.slice(from, end);
      from = end;
      if (records === 0) {
        this.#tellInvalid(invalid);
        settle({ lines: part, rejected: invalid, error: otlpError("PLB_OTLP_LINE_INVALID") });
        continue;
      }
      const verdict = await this.send(body, signal);
      if (verdict.kind === "tooLarge" && records > 1) {
        await this.#split(part, signal, settle);
        continue;
      }
      settle(this.#settled(part, records, invalid, verdict));
      this.#tellInvalid(invalid);
    }
  }

  /** Sends one body. A failure to get an answer is a verdict too: to try again. */
  async send(body: Buffer, signal: AbortSignal): Promise<Verdict> {
    const { transport, form, counts, clock } = this.#options;
    const contentType = form === "json" ? "application/json" : "application/x-protobuf";
    counts.add("requests", 1);
    counts.add("bytes", body.length);
    try {
      const answer = await transport.send({ body, contentType }, signal);
      return judge(answer, transport.host, clock.nowMicros() / 1000, this.#words.shown);
    } catch (error) {
      if (!PlumblineError.isInstance(error)) throw error;
      return { kind: "retry", afterMs: undefined, error };
    }
  }

  async #split(lines: readonly EventLine[], signal: AbortSignal, settle: (settled: Settled) => void): Promise<void> {
    const middle = Math.ceil(lines.length / 2);
    this.#options.counts.add("splits", 1);
    await this.deliver(lines.slice(0, middle), signal, settle);
    await this.deliver(lines.slice(middle), signal, settle);
  }

  #settled(lines: readonly EventLine[], records: number, invalid: number, verdict: Verdict): Settled {
    switch (verdict.kind) {
      case "retry":
        this.#options.counts.add(verdict.error.code, 1);
        throw retryableError(verdict.error, verdict.afterMs);
      case "delivered": {
        const rejected = Math.min(verdict.rejected, records);
        const said = verdict.message === "" ? "" : `: ${verdict.message}`;
        if (rejected > 0) this.#tell("PLB_OTLP_PARTIAL", rejected, `the receiver rejected a part of a batch${said}`);
        else if (said !== "") this.#tell("PLB_OTLP_PARTIAL", 0, `the receiver warns${said}`);
        if (!verdict.isReadable)
          this.#tell("PLB_OTLP_ANSWER_INVALID", 1, "a batch was taken, but the answer is not of OTLP");
        const error = rejected + invalid === lines.length ? otlpError("PLB_OTLP_PARTIAL") : undefined;
        return { lines, rejected: rejected + invalid, error };
      }
      default:
        this.#tell(verdict.error.code, 1, verdict.error.message);
        return { lines, rejected: lines.length, error: verdict.error };
    }
  }

  /** Only when their part is settled: it may be encoded again and again until then. */
  #tellInvalid(count: number): void {
    if (count > 0) this.#tell("PLB_OTLP_LINE_INVALID", count, "a line could not be read as what it says it is");
  }

  #tell(code: string, count: number, message: string): void {
    const { counts, reporter, component } = this.#options;
    counts.add(code, count);
    reporter.report({ level: "warn", component, code, message });
  }
}

/** The error that asks for the same lines again. */
export function retryableError(cause: PlumblineError, afterMs: number | undefined): RetryableError {
  return new RetryableError(cause.message, afterMs === undefined ? { cause } : { cause, retryAfterMs: afterMs });
}
