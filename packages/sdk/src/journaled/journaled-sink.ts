import type { Clock, EmitGuard, EventLine, OutputReport, Service, Sink } from "@plumbline/core";
import { claimLease, isJournalOwned, listSlots, type FileSink } from "@plumbline/file";
import { formatConsumerFileName } from "@plumbline/jsonl";
import {
  createJournaledDelivery,
  type ClaimLease,
  type EntryPlace,
  type FreeSlots,
  type JournalBoundary,
  type JournaledDelivery,
} from "@plumbline/stream";
import { QUEUEING_SINKS } from "../built-in-plugins.ts";
import type { Component } from "../component.ts";
import type { SinkConfig } from "../config/config.ts";
import { describeError } from "../describe-error.ts";
import { createDiagnostics } from "../diagnostics.ts";

const DEFAULT_CLOSE_MS = 30_000;

/** What a journaled sink is made from. */
export interface JournaledSinkOptions {
  readonly component: Component<"sink">;
  readonly config: SinkConfig;
  readonly journal: FileSink;
  /** The path that the journal was asked for with, whatever slot it has got. */
  readonly journalPath: string;
  readonly guard: EmitGuard;
  readonly clock: Clock;
  /**
   * It comes with a reload, and is to deliver nothing before that is in force: as `new`, it begins there, or where `backlog` says; what was fed directly
   * before goes on there, and another instance of a reader at the cursor of that.
   */
  readonly comesAs: "new" | "direct before" | "reader before" | undefined;
}

/**
 * A sink that is fed from the journal, as a long-running part: it starts the sink and the delivery, and closes both. The pipeline does not know of it.
 */
export class JournaledSink implements Service {
  readonly name: string;
  readonly exclusive: readonly string[];
  /** The sink's own, where it has one. */
  readonly rotate: (() => void | Promise<void>) | undefined;
  /** Delivers nothing before {@link enter}. */
  readonly waitsForEntry: boolean;
  readonly #sink: Sink;
  /** Whether it was started, and not closed since. */
  #isWanted = false;
  #isClosed = false;
  #isFinished = false;
  readonly #delivery: JournaledDelivery;

  constructor({ component, config, journal, journalPath, guard, clock, comesAs }: JournaledSinkOptions) {
    const { name, path, plugin, instance, abort } = component;
    const waitsForNone = QUEUEING_SINKS.has(plugin.id) && config.batch?.maxDelayMs === undefined;
    this.name = name;
    this.exclusive = [...(instance.exclusive ?? []), `cursor:${journalPath}:${name}`];
    this.#sink = instance;
    this.rotate = instance.rotate?.bind(instance);
    this.waitsForEntry = comesAs !== undefined;
    this.#delivery = createJournaledDelivery({
      journal,
      sink: instance,
      consumer: name,
      minSeverity: config.minSeverity,
      names: config.names,
      batch: waitsForNone ? { ...config.batch, maxDelayMs: 0 } : config.batch,
      retry: config.retry,
      writeTimeoutMs: config.writeTimeoutMs,
      ...config.backlog,
      ...(comesAs === "direct before" ? { begin: "now" as const } : {}),
      waitsForEntry: this.waitsForEntry,
      claimLease: leaseBeside,
      slots: freeSlotsOf(journalPath, journal),
      clock,
      guard,
      abort,
      describe: describeError,
      diagnostics: createDiagnostics(`plumbline: ${path}`),
    });
  }

  /** After `close` it begins anew. */
  async start(): Promise<void> {
    this.#isWanted = true;
    this.#isClosed = false;
    await this.#sink.start?.();
    // One that took too long was given up meanwhile.
    if (this.#isWanted) await this.#delivery.start();
  }

  /** See {@link JournaledDelivery.enter}. */
  enter(boundary: JournalBoundary, from?: EntryPlace): void {
    this.#delivery.enter(boundary, from);
  }

  /** See {@link JournaledDelivery.finishAt}. */
  finishAt(boundary: JournalBoundary, timeoutMs: number): Promise<boolean> {
    return this.#delivery.finishAt(boundary, timeoutMs);
  }

  /** See {@link JournaledDelivery.hurry}. */
  hurry(): void {
    this.#delivery.hurry();
  }

  /** See {@link JournaledDelivery.takeRest}. */
  takeRest(): readonly EventLine[] {
    return this.#delivery.takeRest();
  }

  /** See {@link JournaledDelivery.flush}. */
  flush(timeoutMs: number): Promise<string | undefined> {
    return this.#delivery.flush(timeoutMs);
  }

  /** The journal takes no more lines: hands on what is in it. One that does not run hands on nothing. */
  async finish(): Promise<void> {
    if (!this.#isWanted) return;
    // What else keeps the sink from flushing keeps nothing in the journal.
    const code = await this.#delivery.flush(DEFAULT_CLOSE_MS);
    this.#isFinished = code !== "PLB_FLUSH_INCOMPLETE" && code !== "PLB_STREAM_LEASED";
  }

  /** Whether {@link finish} has handed on everything. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Settles the batch that is under way: whoever goes on from the cursor has the rest. */
  async close(): Promise<void> {
    this.#isWanted = false;
    await this.#delivery.close(DEFAULT_CLOSE_MS, "leave");
    this.#isClosed = true;
  }

  /** Closes for good: hands on what it can by the deadline. */
  async end(timeoutMs: number): Promise<void> {
    this.#isWanted = false;
    await this.#delivery.close(timeoutMs);
    this.#isClosed = true;
  }

  /** Whether its account is final. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Its account, as that of any output. */
  report(): OutputReport {
    const { name, accepted, adopted, delivered, inFlight, queued, filtered, dropped, redelivered } =
      this.#delivery.report();
    return { name, accepted, adopted, delivered, inFlight, queued, filtered, dropped, redelivered };
  }

  status(): Readonly<Record<string, unknown>> {
    const { cursor, deadLetters, gaps, missing, trouble, queued, redelivered } = this.#delivery.report();
    return { delivery: "journal", cursor, queued, redelivered, deadLetters, gaps, missing, trouble };
  }
}

/** Closes a service by its deadline, where it knows one. */
export function closeService(service: Service, timeoutMs: number): void | Promise<void> {
  return service instanceof JournaledSink ? service.end(timeoutMs) : service.close();
}

const leaseBeside: ClaimLease = (location, consumer) =>
  claimLease(location, formatConsumerFileName(location.stem, "lease", consumer));

/** The slots beside the journal's own that nobody writes. */
function freeSlotsOf(path: string, journal: FileSink): FreeSlots {
  return {
    list: async () => {
      const slots = await listSlots(path);
      return slots
        .filter(({ isOwned, location }) => !isOwned && location.path !== journal.location.path)
        .map(({ location, segments, activeBytes }) => ({ location, state: `${segments} ${activeBytes}` }));
    },
    isFree: async (location) => !(await isJournalOwned(location)),
  };
}
