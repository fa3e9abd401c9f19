import type { DiagLogger } from "@opentelemetry/api";
import type { EventInput, EventLine } from "../src/event.ts";
import type { Durability } from "../src/durability.ts";
import type { Journal } from "../src/journal.ts";
import { OutputLedger, type OutputReport } from "../src/ledger.ts";
import { LineRecord, type JournalLine } from "../src/line-record.ts";
import type { TelemetryReport } from "../src/pipeline/telemetry-report.ts";
import type { Sink, WriteOptions } from "../src/plugin/sink.ts";
import type { PartialRejection } from "../src/plugin/sink.ts";
import { EventRing } from "../src/ring.ts";
import type { LineWriter } from "../src/serialize/write-line.ts";
import type { SeverityNumber } from "../src/severity.ts";

/** A line of an event's name, padded to `size`. */
export function lineOf(name: string, size?: number, severity: SeverityNumber = 9): JournalLine {
  const rest = `"name":"${name}"}`;
  return new LineRecord(rest, size ?? rest.length + 1, 0, 0, severity, name, "logs");
}

/** Writes an event's name and attributes, and a body of a number as the size of the line. */
export class FakeWriter implements LineWriter {
  written = 0;
  onWrite: ((event: EventInput) => void) | undefined;
  readonly #counts: Record<string, number> = {};

  write(event: EventInput, severity: SeverityNumber): LineRecord {
    this.written += 1;
    this.onWrite?.(event);
    const { name = "", attributes, body, signal = "logs" } = event;
    const rest = `"name":${JSON.stringify(name)},"attributes":${JSON.stringify(attributes ?? {})}}`;
    const size = typeof body === "number" ? body : rest.length + 1;
    return new LineRecord(rest, size, 0, 0, severity, name, signal);
  }

  count(reason: string): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1;
  }

  counts(): Readonly<Record<string, number>> {
    return this.#counts;
  }
}

/** A journal in memory that commits at once, or when it is told to. */
export class FakeJournal implements Journal {
  readonly epoch = "0000000000000";
  readonly ring = new EventRing({ epoch: this.epoch, retainBytes: 0 });
  readonly location = { path: "journal.jsonl", directory: ".", stem: "journal" };
  readonly ledger: OutputLedger;
  readonly durability: Durability = "written";
  readonly names: (string | undefined)[] = [];
  readonly asked: (Durability | undefined)[] = [];
  flushes = 0;
  failWith: Error | undefined;
  onFlush: ((signal: AbortSignal | undefined) => Promise<void>) | undefined;

  constructor(name = "journal") {
    this.ledger = new OutputLedger(name);
  }

  append(line: JournalLine): void {
    if (this.failWith !== undefined) {
      this.ledger.refuse("ENOSPC");
      return;
    }
    this.ledger.enqueue();
    this.ledger.take(1);
    this.ring.commit(line);
    this.ring.advance("written", this.ring.tip);
    this.ledger.deliver(1);
    this.names.push(line.name);
  }

  async appendAsync(line: JournalLine, durability?: Durability): Promise<string> {
    this.asked.push(durability);
    this.append(line);
    if (this.failWith !== undefined) throw this.failWith;
    return `${this.epoch}:${this.ring.tip}`;
  }

  async flush(options: { readonly durability?: Durability; readonly signal?: AbortSignal } = {}): Promise<void> {
    this.flushes += 1;
    await this.onFlush?.(options.signal);
  }
}

export interface WriteCall {
  readonly names: readonly (string | undefined)[];
  readonly batch: readonly EventLine[];
  readonly signal: AbortSignal;
  readonly resolve: (result?: PartialRejection) => void;
  readonly reject: (error: unknown) => void;
}

/** A sink whose calls settle when the test says so; `auto` settles each at once. */
export class FakeSink implements Sink {
  readonly calls: WriteCall[] = [];
  auto: ((call: WriteCall) => void) | undefined;
  closes = 0;
  active = 0;
  mostActive = 0;
  onClose: (() => void | Promise<void>) | undefined;
  concurrency?: number;
  exclusive?: readonly string[];
  flush?: NonNullable<Sink["flush"]>;

  write(batch: readonly EventLine[], { signal }: WriteOptions): Promise<void | PartialRejection> {
    if (this.closes > 0) throw new Error("write after close");
    this.active += 1;
    this.mostActive = Math.max(this.mostActive, this.active);
    return new Promise((resolve, reject) => {
      const names = batch.map(({ name }) => name);
      const end = (): void => void (this.active -= 1);
      const call: WriteCall = {
        names,
        batch,
        signal,
        resolve: (result) => (end(), resolve(result)),
        reject: (error: unknown) => {
          end();
          // eslint-disable-next-line typescript/prefer-promise-reject-errors -- a plugin may reject with anything
          reject(error);
        },
      };
      this.calls.push(call);
      this.auto?.(call);
    });
  }

  /** The names delivered to it by calls that were resolved or not: all it was ever handed. */
  get handed(): readonly (string | undefined)[] {
    return this.calls.flatMap(({ names }) => names);
  }

  call(index: number): WriteCall {
    const call = this.calls[index];
    if (call === undefined) throw new Error(`no call ${index}, there were ${this.calls.length}`);
    return call;
  }

  async close(): Promise<void> {
    this.closes += 1;
    await this.onClose?.();
  }
}

/** A sink that delivers everything at once. */
export function deliveringSink(): FakeSink {
  const sink = new FakeSink();
  sink.auto = (call) => call.resolve();
  return sink;
}

/** A diagnostic logger that keeps what it is told. */
export class FakeDiagnostics implements DiagLogger {
  readonly messages: string[] = [];
  error = (message: string): void => void this.messages.push(message);
  warn = (message: string): void => void this.messages.push(message);
  info = (message: string): void => void this.messages.push(message);
  debug = (message: string): void => void this.messages.push(message);
  verbose = (message: string): void => void this.messages.push(message);
}

export function droppedOf({ dropped }: OutputReport): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0);
}

/** The identity of I5, and that no count is negative. Throws; `expect` at each step of a schedule would cost more than the schedule. */
export function expectBalanced(output: OutputReport): void {
  const { accepted, adopted, delivered, inFlight, queued, filtered, redelivered } = output;
  const isBalanced = accepted + adopted === delivered + inFlight + queued + filtered + droppedOf(output);
  const counts = [
    accepted,
    adopted,
    delivered,
    inFlight,
    queued,
    filtered,
    redelivered,
    ...Object.values(output.dropped),
  ];
  if (isBalanced && counts.every((count) => Number.isSafeInteger(count) && count >= 0)) return;
  throw new Error(`the account does not balance: ${JSON.stringify(output)}`);
}

/** The identities of a whole report. Throws. */
export function expectAccounted(report: TelemetryReport): void {
  const { emitted, disabled, filtered, accepted, dropped } = report.intake;
  const droppedCount = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  if (emitted !== disabled + filtered + accepted + droppedCount) {
    throw new Error(`the intake does not balance: ${JSON.stringify(report.intake)}`);
  }
  for (const output of report.outputs) expectBalanced(output);
}
