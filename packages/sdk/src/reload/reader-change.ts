import type { DiagLogger } from "@opentelemetry/api";
import {
  errorCode,
  formatId,
  type JournalLine,
  type JournalLocation,
  parseId,
  type Pipeline,
  type PipelineConfiguration,
} from "@plumbline/core";
import { createJournalBoundary, forgetConsumer, type JournalBoundary } from "@plumbline/stream";
import { type Assembly, configurationOf } from "../assembly.ts";
import { claimsOf, type Component } from "../component.ts";
import { JournaledSink } from "../journaled/journaled-sink.ts";
import type { Part } from "./parts.ts";
import type { Retirement } from "./retirement.ts";

/** What a {@link ReaderChange} works with. */
export interface ReaderChangeHost {
  readonly pipeline: Pipeline;
  readonly diagnostics: DiagLogger;
  readonly retirement: Retirement;
  readonly closeTimeoutMs: number;
}

/** A sink that the journal feeds, as a part of an assembly. */
interface Reader {
  readonly component: Component<"service">;
  readonly sink: JournaledSink;
}

/** A reader that has ended before the change, at a boundary of its own. */
interface Ended {
  readonly boundary: JournalBoundary;
  readonly isFinished: boolean;
}

type Place = Pick<JournalBoundary, "whenKnown">;

/**
 * Sinks that the journal feeds in one of two assemblies and not in the other, because they come, go, or are fed in the other way from now on. Each ends or
 * begins at a boundary in the journal, so that every event is delivered by exactly one of the two.
 *
 * Where what goes holds something exclusively that what comes needs, one is closed before the other is started, and the events in between wait. From the
 * journal to direct they wait in the queue of the new output, from where the reader ends; the other way round they wait in the queue of the old output, and
 * the reader begins with the first of them in the journal.
 */
export class ReaderChange {
  readonly #host: ReaderChangeHost;
  readonly #before: Assembly;
  readonly #after: Assembly;
  /** Of the journal before, which may be closed when this is asked for. */
  readonly #location: JournalLocation | undefined;
  readonly #leaving: readonly Reader[];
  readonly #entering: readonly Reader[];
  readonly #ended = new Map<Reader, Ended>();
  /** Outputs that are wired before the change, and wait for it. */
  #held: readonly Component<"sink">[] = [];
  #boundary: JournalBoundary | undefined;

  constructor(host: ReaderChangeHost, before: Assembly, after: Assembly) {
    this.#host = host;
    this.#before = before;
    this.#after = after;
    const names = new Set(readersOf(after).map(({ sink }) => sink.name));
    this.#location = before.journal?.report().file === undefined ? undefined : before.journal.location;
    this.#leaving = readersOf(before).filter(({ sink }) => !names.has(sink.name));
    const isKept = ({ sink }: Reader): boolean => readersOf(before).some((each) => each.sink === sink);
    this.#entering = readersOf(after).filter((reader) => reader.sink.waitsForEntry && !isKept(reader));
  }

  /**
   * Has a reader that goes end now, since others need what it holds. Does nothing for any other part, nor while the journal is down: then there is no place to end at,
   * and what was not delivered is said at the end. Rejects with `PLB_OUTPUT_OPTIONS_INVALID`, and then the reader goes on.
   */
  async endEarly({ component }: Part): Promise<void> {
    const reader = this.#leaving.find(({ sink }) => sink === component.instance);
    const { journal, sinks } = this.#before;
    if (reader === undefined || journal === undefined || this.#location === undefined) return;
    // Within one tick: what was emitted before is the reader's, what comes now the outputs'.
    const boundary = createJournalBoundary(journal);
    this.#hold(
      this.#after.sinks.filter((sink) => needs(sink, component) && !sinks.some(({ name }) => name === sink.name)),
    );
    const isFinished = await reader.sink.finishAt(boundary, this.#host.closeTimeoutMs);
    this.#ended.set(reader, { boundary, isFinished });
  }

  /** The change will not be: the outputs that waited go, and their events are the reader's again, which is made anew. */
  undo(): void {
    const { pipeline } = this.#host;
    if (this.#held.length === 0) return;
    for (const { name } of this.#held) pipeline.output(name)?.withdraw();
    this.#held = [];
    this.#wire(configurationOf(this.#before));
  }

  /** Before the pipeline is changed, and in the same tick. Gives what is to be done after that, in the same tick too. */
  commit(): () => void {
    const { journal } = this.#after;
    if (journal === undefined || (this.#leaving.length === 0 && this.#entering.length === 0)) return () => undefined;
    const boundary = createJournalBoundary(journal);
    const isSame = journal === this.#before.journal;
    if (isSame) this.#boundary = boundary;
    const places = this.#entering.map((reader) => (isSame ? this.#placeOf(reader, boundary) : boundary));
    return () => {
      const { pipeline } = this.#host;
      for (const { name, instance, abort } of this.#held) pipeline.resume(name, instance, abort);
      for (const [index, { sink }] of this.#entering.entries()) sink.enter(boundary, places[index]);
      for (const [reader, { isFinished }] of this.#ended) {
        this.#host.retirement.add(claimsOf(reader.component), this.#forget(reader, isFinished));
      }
    };
  }

  /** In the tick of the change: has a reader that goes deliver what is its own, and closes it. Undefined for any other part. */
  finish({ component }: Part): Promise<void> | undefined {
    const reader = this.#leaving.find(({ sink }) => sink === component.instance);
    if (reader === undefined || this.#boundary === undefined || this.#ended.has(reader)) return undefined;
    return this.#finish(reader, reader.sink.finishAt(this.#boundary, this.#host.closeTimeoutMs));
  }

  /** A part that has read a journal which was left, and is closed. */
  async left({ component }: Part): Promise<void> {
    const reader = readersOf(this.#before).find(({ sink }) => sink === component.instance);
    if (reader !== undefined) await this.#forget(reader, reader.sink.isFinished);
  }

  async #finish(reader: Reader, finishing: Promise<boolean>): Promise<void> {
    const isFinished = await finishing;
    await reader.sink.close();
    await this.#forget(reader, isFinished);
  }

  #hold(sinks: readonly Component<"sink">[]): void {
    if (sinks.length === 0) return;
    const { pipeline } = this.#host;
    const names = new Set([...this.#held, ...sinks].map(({ name }) => name));
    const isHeld = ({ name }: { readonly name: string }): boolean => names.has(name);
    const before = configurationOf(this.#before);
    const outputs = [...before.outputs, ...configurationOf(this.#after).outputs.filter(isHeld)];
    this.#wire({ ...before, outputs });
    this.#held = [...this.#held, ...sinks];
    for (const { name } of sinks) pipeline.output(name)?.hold();
  }

  /** Within the call; throws what the pipeline would refuse it for. One that is closed takes nothing any more, and needs no other wiring. */
  #wire(next: PipelineConfiguration): void {
    const { pipeline, diagnostics } = this.#host;
    pipeline.check(next);
    pipeline
      .reconfigure(next)
      .catch((error: unknown) => diagnostics.debug(`outputs stay as they are (${errorCode(error)})`));
  }

  /** Where a reader begins: with the first event that who held before it what it needs has not delivered, else where the journal ends now. */
  #placeOf({ component }: Reader, boundary: JournalBoundary): Place {
    const { pipeline } = this.#host;
    const old = this.#before.sinks.find((sink) => !this.#after.sinks.includes(sink) && needs(component, sink));
    const left = old === undefined ? [] : (pipeline.output(old.name)?.withdraw() ?? []);
    if (left.length > 0) return firstOf(left, boundary);
    const ended = [...this.#ended].find(([reader]) => needs(component, reader.component));
    return ended?.[1].boundary ?? boundary;
  }

  /** One that has everything it was to have is no consumer any more: should it come back, it begins anew. */
  async #forget({ sink, component }: Reader, isFinished: boolean): Promise<void> {
    const { diagnostics } = this.#host;
    if (!isFinished) {
      diagnostics.warn(
        `${component.path} had not delivered everything when it was taken out of the config; the rest stays in the journal, for when it comes back with \`delivery: journal\`.`,
        { code: "PLB_FLUSH_INCOMPLETE", queued: sink.report().queued },
      );
      return;
    }
    try {
      if (this.#location !== undefined) await forgetConsumer(this.#location, sink.name);
    } catch (error) {
      diagnostics.debug(`the cursor of ${component.path} stays (${errorCode(error)})`);
    }
  }
}

function readersOf({ services }: Assembly): readonly Reader[] {
  return services.flatMap((component) =>
    component.instance instanceof JournaledSink ? [{ component, sink: component.instance }] : [],
  );
}

function needs(next: Component, old: Component): boolean {
  const held = claimsOf(old);
  return [...claimsOf(next)].some((claim) => held.has(claim));
}

/** The place before the first of some lines, once the journal has numbered them; it may have dropped some. */
function firstOf(lines: readonly JournalLine[], boundary: JournalBoundary): Place {
  return {
    whenKnown(callback) {
      boundary.whenKnown((position) => {
        const id = lines.map((line) => line.id && parseId(line.id)).find((each) => typeof each === "object");
        callback(id === undefined ? position : formatId(id.epoch, id.seq - 1));
      });
    },
  };
}
