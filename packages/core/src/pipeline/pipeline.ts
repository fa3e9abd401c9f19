import type { DiagLogger } from "@opentelemetry/api";
import type { Clock } from "../clock.ts";
import type { EventInput } from "../event.ts";
import type { Durability } from "../durability.ts";
import type { Journal } from "../journal.ts";
import type { JournalLine } from "../line-record.ts";
import type { Redactor } from "../redact/redactor.ts";
import type { Sink } from "../plugin/sink.ts";
import type { LineWriter } from "../serialize/write-line.ts";
import type { SeverityNumber } from "../severity.ts";
import type { EmitGuard } from "./emit-guard.ts";
import type { OutputOptions } from "./output-options.ts";
import type { NamedProcessor } from "./processor-chain.ts";
import type { TelemetryReport } from "./telemetry-report.ts";

/** The journal as one of a pipeline's outputs. */
export interface JournalOutput {
  readonly journal: Journal;
  /** Events below are filtered. */
  readonly minSeverity?: SeverityNumber | undefined;
}

/** What can be changed while a pipeline runs. */
export interface PipelineConfiguration {
  readonly writer: LineWriter;
  /** The redactor behind the writer: its counts are reported, and the texts of errors go through it into diagnostics. */
  readonly redactor?: Redactor | undefined;
  /** In the order in which events pass them; started by whoever made them, closed by the pipeline. */
  readonly processors: readonly NamedProcessor[];
  /** Flushed by the pipeline, closed by whoever made it. */
  readonly journal?: JournalOutput | undefined;
  /** Sinks are started by whoever made them, and closed by the pipeline when they are removed and when it closes. */
  readonly outputs: readonly OutputOptions[];
  /** Events below it are not enabled: they reach neither processors nor the walk. Default 1. */
  readonly minSeverity?: SeverityNumber | undefined;
}

export interface PipelineOptions extends PipelineConfiguration {
  readonly clock: Clock;
  /** Told each kind of failure once. */
  readonly diagnostics: DiagLogger;
  /** Shared with whoever else calls into sinks on this pipeline's behalf: what these emit is refused as what its own sinks do. */
  readonly guard?: EmitGuard | undefined;
  /** Numbers in [0, 1), for the jitter of pauses. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

export interface EmitOptions {
  /** The class that the journal is to reach. Default: the journal's own. */
  readonly durability?: Durability | undefined;
}

export interface FlushOptions {
  readonly durability?: Durability | undefined;
  /** Milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

export interface CloseOptions {
  /** Milliseconds to deliver what is left. Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

/** What a reload may do with an output beside releasing and resuming it. */
export interface HeldOutput {
  /** Has it queue what it is offered, and hand nothing on until it is resumed: its sink is not started yet. Within the tick in which it was wired. */
  hold(): void;
  /**
   * While it hands nothing on: gives up all that it has, and first what those have that hand on through its sink, oldest first. It leaves the account: somebody else
   * accepts it anew.
   */
  withdraw(): readonly JournalLine[];
  /** While it hands nothing on: the same lines, which stay. */
  waiting(): readonly JournalLine[];
}

/** The way of an event: processors, the walk, and then the journal and every direct output. */
export interface Pipeline extends AsyncDisposable {
  /** Whether an event of this severity could reach any output. */
  isEnabled(severity: SeverityNumber): boolean;
  /**
   * Takes an event. Never throws and never waits; what becomes of the event stands in the report. No sink is called before `emit` has
   * returned.
   *
   * What is emitted from inside a processor, a getter or `toJSON` of another event's attributes, or a sink's `write`, `flush` or `close`, or by the
   * diagnostic logger when it is told of one of these, is refused and counted as `intake.dropped.reentrant`: it would come back without end.
   */
  emit(event: EventInput): void;
  /**
   * As `emit`, and resolves with the event's id when the journal has brought it to the class, and every output with the policy `block`
   * has made room for it. Where there is no journal, or it does not take the event, it resolves with `undefined` when every output has settled it.
   * What was filtered resolves at once. Rejects with `PLB_EVENT_DROPPED`, or with the journal's own error.
   */
  emitAsync(event: EventInput, options?: EmitOptions): Promise<string | undefined>;
  /**
   * Resolves when everything emitted before the call has reached the class in the journal and is settled by every output.
   * Rejects with `PLB_FLUSH_INCOMPLETE`, whose `details.outputs` gives a code for each output that is not.
   */
  flush(options?: FlushOptions): Promise<void>;
  /**
   * Takes no more events (they count as `closed`), flushes the journal, drains and closes the outputs, and closes the processors. What is left
   * at the deadline is dropped as `deadline`; a sink that hangs is then left behind after one second. Never rejects; a second call gives the
   * first one's promise.
   */
  close(options?: CloseOptions): Promise<void>;
  /**
   * From now on what is emitted counts as `closed`. The function that it gives still emits, until `close`: for sources, which bring what they have
   * while they are closed.
   */
  endIntake(): (event: EventInput) => void;
  /** Every count, at this moment. */
  report(): TelemetryReport;
  /**
   * Swaps the whole configuration within the call, before anything is awaited: every event is in exactly one of the two. An output whose
   * name and sink instance stay keeps its queue and takes its new options; likewise a processor keeps its state. What is no longer there is drained
   * and closed, and an output with an `exclusive` claim in common, or of the same name where neither claims anything, is fed only after that. What a
   * {@link release | released} output still has goes through the sink of the one that is fed after it. The deadline of one that waits so when it is removed begins when its turn
   * comes, so that several changes in a row may take several deadlines; `close` has one for all of them. Resolves when all of that is done.
   *
   * Rejects with `PLB_OUTPUT_OPTIONS_INVALID` or `PLB_PIPELINE_CLOSED`, and then nothing has changed.
   */
  reconfigure(next: PipelineConfiguration, options?: CloseOptions): Promise<void>;
  /** Throws what {@link reconfigure} would reject with, and changes nothing. */
  check(next: PipelineConfiguration): void;
  /**
   * Closes the sink of an output and keeps its queue, so that what the sink holds exclusively is free for another: nothing is handed on until
   * {@link resume}, or until a reconfiguration puts another output in its place. Waits up to the deadline for what is in flight; what has not settled
   * then is handed on again, for its outcome is unknown. Resolves when the sink is closed. Does nothing for a name that no output has.
   */
  release(name: string, options?: CloseOptions): Promise<void>;
  /**
   * The same for outputs that an earlier {@link reconfigure} removed and that still drain, where they hold any of these. What they have is handed on through the sink of
   * whichever output the next configuration has there; without one it is dropped as `deadline`.
   */
  releaseLeaving(claims: readonly string[], options?: CloseOptions): Promise<void>;
  /** The output of that name, to be held or emptied. */
  output(name: string): HeldOutput | undefined;
  /** Names the sink that a released output is to go on with when it is {@link resume | resumed}; it is not started yet. */
  substitute(name: string, sink: Sink, abort?: AbortController): void;
  /** Lets a released output go on with another sink, which is started; `abort` is the controller behind its `context.signal`. */
  resume(name: string, sink: Sink, abort?: AbortController): void;
}
