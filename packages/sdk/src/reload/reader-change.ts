import type { DiagLogger } from "@opentelemetry/api";
import {
  type Clock,
  errorCode,
  type JournalLine,
  type JournalLocation,
  type OutputOptions,
  type Pipeline,
  type PipelineConfiguration,
  type Sink,
} from "@plumbline/core";
import { createJournalBoundary, type EntryPlace, forgetConsumer, type JournalBoundary } from "@plumbline/stream";
import { type Assembly, configurationOf } from "../assembly.ts";
import { claimsOf, type Component } from "../component.ts";
import { JournaledSink } from "../journaled/journaled-sink.ts";
import { createStandIn, placeOfFirst } from "./entry-places.ts";
import type { Part } from "./parts.ts";
import { PATIENCE_MS, type Retirement } from "./retirement.ts";

/** What a {@link ReaderChange} works with. */
export interface ReaderChangeHost {
  readonly pipeline: Pipeline;
  readonly diagnostics: DiagLogger;
  readonly retirement: Retirement;
  readonly closeTimeoutMs: number;
  readonly clock: Clock;
}

/** A sink that the journal feeds, as a part of an assembly. */
interface Reader {
  readonly component: Component<"service">;
  readonly sink: JournaledSink;
}

/** What an output had not delivered, by the sink that it fed. */
type LeftBy = ReadonlyMap<Component<"sink">, readonly JournalLine[]>;

/** A reader that has ended before the change, at a boundary of its own; it has none while the journal is down. */
interface Ended {
  readonly boundary: JournalBoundary | undefined;
  readonly isFinished: boolean;
  /** Whether outputs that take over what it held have what is emitted from then on: all of these, or not; where there are none, that is `nobody`. */
  readonly takers: "hold" | "miss it" | "nobody";
}

/**
 * Sinks that the journal feeds in one of two assemblies and not in the other, because they come, go, or are fed in the other way from now on. Each ends or
 * begins at a boundary in the journal, so that every event is delivered by exactly one of the two.
 *
 * Where what goes holds something exclusively that what comes needs, one is closed before the other is started, and the events in between wait. From the
 * journal to direct they wait in the queue of the new output, from where the reader ends, or, where its name is another's still, of one that stands in for it and
 * hands on to it; the other way round they wait in the queue of the old output, and the reader begins with the first of them in the journal. Of a sink that is
 * written to several times at once, what was delivered behind the first of them comes again.
 *
 * Where nobody takes over what a reader held, or it could not deliver everything in time, the rest stays in the journal with its cursor, and that is said.
 */
export class ReaderChange {
  readonly #host: ReaderChangeHost;
  readonly #before: Assembly;
  readonly #after: Assembly;
  /** Of the journal before, which may be closed when this is asked for. */
  readonly #location: JournalLocation | undefined;
  readonly #leaving: readonly Reader[];
  readonly #entering: readonly Reader[];
  /** Of these, by their names, those that another instance goes before in the same journal. */
  readonly #replaced: ReadonlyMap<string, JournaledSink>;
  readonly #ended = new Map<Reader, Ended>();
  /** Outputs that are wired before the change, and wait for it. */
  #held: readonly OutputOptions[] = [];
  /** The sinks that these will feed. */
  readonly #heldFor = new Set<Sink>();
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
    const entering = new Set(this.#entering.map(({ sink }) => sink.name));
    const replaced = readersOf(before).filter(({ sink }) => entering.has(sink.name));
    this.#replaced = new Map(replaced.map(({ sink }) => [sink.name, sink]));
  }

  /**
   * Has a reader that goes end now, since others need what it holds. Does nothing for any other part. While the journal is down there is no place to end at: then what was not
   * delivered stays. Rejects with `PLB_OUTPUT_OPTIONS_INVALID`, and then the reader goes on.
   */
  async endEarly({ component }: Part): Promise<void> {
    const reader = this.#leaving.find(({ sink }) => sink === component.instance);
    if (reader === undefined) return;
    const { journal } = this.#before;
    if (journal === undefined || this.#location === undefined) {
      this.#ended.set(reader, { boundary: undefined, isFinished: false, takers: "miss it" });
      return;
    }
    // Within one tick: what was emitted before is the reader's, what comes now the outputs'.
    const boundary = createJournalBoundary(journal);
    const takers = this.#holdFor(reader);
    // The reload waits for it: a far side that is away keeps it no longer than this.
    const patience = this.#host.clock.setTimer(() => reader.sink.hurry(), PATIENCE_MS);
    const isFinished = await reader.sink.finishAt(boundary, this.#host.closeTimeoutMs);
    patience.cancel();
    this.#ended.set(reader, { boundary, isFinished, takers });
  }

  /** The change will not be: the outputs that waited go, and their events are the reader's again, which is made anew. */
  undo(): void {
    const { pipeline } = this.#host;
    if (this.#held.length === 0) return;
    for (const { name } of this.#held) pipeline.output(name)?.withdraw();
    this.#held = [];
    this.#heldFor.clear();
    this.#wire(configurationOf(this.#before));
  }

  /** Before the pipeline is changed, and in the same tick. Gives what is to be done after that, in the same tick too. */
  commit(): () => void {
    const { journal } = this.#after;
    if (journal === undefined || (this.#leaving.length === 0 && this.#entering.length === 0)) return () => undefined;
    const boundary = createJournalBoundary(journal);
    const isSame = journal === this.#before.journal;
    if (isSame) this.#boundary = boundary;
    const leftBy: LeftBy = isSame ? this.#takeLeft() : new Map();
    const places = this.#entering.map((reader) => (isSame ? this.#placeOf(reader, boundary, leftBy) : boundary));
    return () => {
      const { pipeline } = this.#host;
      // Those that stand in for others hand on to them: they are not wired any more.
      for (const { name, sink, abort } of this.#held) pipeline.resume(name, sink, abort);
      for (const [index, { sink }] of this.#entering.entries()) {
        // It is closed, and what it has not delivered stands in the journal behind its cursor.
        void this.#replaced.get(sink.name)?.finishAt(boundary, 0);
        sink.enter(boundary, places[index]);
      }
      for (const [reader, ended] of this.#ended) {
        this.#host.retirement.add(claimsOf(reader.component), this.#forget(reader, this.#isWhole(reader, ended)));
      }
    };
  }

  /** In the tick of the change: has a reader that goes deliver what is its own, and closes it. Undefined for any other part. */
  finish({ component }: Part): Promise<void> | undefined {
    const reader = this.#leaving.find(({ sink }) => sink === component.instance);
    if (reader === undefined || this.#ended.has(reader)) return undefined;
    if (this.#boundary !== undefined)
      return this.#finish(reader, reader.sink.finishAt(this.#boundary, this.#host.closeTimeoutMs));
    // Without a place to end at, it has to leave what it has.
    return this.#location === undefined ? this.#finish(reader, Promise.resolve(false)) : undefined;
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

  /**
   * Has every output that will hold what the reader does take from now on what comes, or none of them: where one has to stand in for several, nobody could tell whose
   * an event is. One whose name is another's still is stood in for, under the reader's name and with its own options.
   */
  #holdFor({ component, sink }: Reader): Ended["takers"] {
    const takers = this.#after.sinks.filter((next) => needs(next, component));
    if (takers.length === 0) return "nobody";
    const before = configurationOf(this.#before);
    const after = configurationOf(this.#after).outputs;
    const taken = new Set([...before.outputs, ...this.#held].map(({ name }) => name));
    const open = takers.filter(({ instance }) => !this.#heldFor.has(instance));
    const outputs = open.flatMap((taker) => {
      const output = after.find((each) => each.sink === taker.instance);
      if (output === undefined || !taken.has(taker.name)) return output ?? [];
      return [{ ...output, name: sink.name, sink: createStandIn(taker.instance, claimsOf(taker)), abort: undefined }];
    });
    const names = new Set(outputs.map(({ name }) => name));
    if (names.size < outputs.length || [...names].some((name) => taken.has(name))) return "miss it";
    if (outputs.length > 0) this.#hold(before, outputs);
    for (const { instance } of open) this.#heldFor.add(instance);
    return "hold";
  }

  #hold(before: PipelineConfiguration, outputs: readonly OutputOptions[]): void {
    const { pipeline } = this.#host;
    this.#wire({ ...before, outputs: [...before.outputs, ...this.#held, ...outputs] });
    this.#held = [...this.#held, ...outputs];
    for (const { name } of outputs) pipeline.output(name)?.hold();
  }

  /** Within the call; throws what the pipeline would refuse it for. One that is closed takes nothing any more, and needs no other wiring. */
  #wire(next: PipelineConfiguration): void {
    const { pipeline, diagnostics } = this.#host;
    pipeline.check(next);
    pipeline
      .reconfigure(next)
      .catch((error: unknown) => diagnostics.debug(`outputs stay as they are (${errorCode(error)})`));
  }

  /**
   * Where a reader begins: with the first event that who held before it what it needs has not delivered, else where the journal ends now.
   */
  #placeOf(reader: Reader, boundary: JournalBoundary, leftBy: LeftBy): EntryPlace {
    const left = [
      ...(this.#replaced.get(reader.sink.name)?.takeRest() ?? []),
      ...[...leftBy].flatMap(([old, lines]) => (this.#heirsOf(old).includes(reader) ? lines : [])),
    ];
    const ends = [...this.#ended].flatMap(([{ component }, { boundary: end }]) =>
      end !== undefined && needs(reader.component, component) ? [end] : [],
    );
    return placeOfFirst(left, ends, boundary);
  }

  /** What outputs that go have not delivered, where readers take over what they held. Where one that is fed directly takes a part of that over, they are its as well. */
  #takeLeft(): LeftBy {
    const { sinks } = this.#after;
    const stays = ({ instance }: Component<"sink">): boolean => sinks.some((next) => next.instance === instance);
    const olds = this.#before.sinks.filter((old) => !stays(old) && this.#heirsOf(old).length > 0);
    return new Map(
      olds.map((old) => {
        const output = this.#host.pipeline.output(old.name);
        return [old, (sinks.some((next) => needs(next, old)) ? output?.waiting() : output?.withdraw()) ?? []];
      }),
    );
  }

  /** The readers that take over what a sink that goes has held: of several places one may get each. One that goes on at its own cursor takes nothing over. */
  #heirsOf(old: Component<"sink">): readonly Reader[] {
    return this.#entering.filter(({ component, sink }) => !this.#replaced.has(sink.name) && needs(component, old));
  }

  /** Whether a reader that has ended early has had everything that it was to have, or somebody has the rest. */
  #isWhole({ component, sink }: Reader, { boundary, isFinished, takers }: Ended): boolean {
    if (boundary === undefined) return false;
    const isRead = this.#entering.some((next) => needs(next.component, component));
    if (takers === "hold" || (takers === "nobody" && isRead)) return isFinished;
    if (boundary.report.accepted === this.#boundary?.report.accepted) return isFinished;
    // What came meanwhile was its own as well.
    if (this.#boundary !== undefined) void sink.finishAt(this.#boundary, 0);
    return false;
  }

  /** One that has everything it was to have is no consumer any more: should it come back, it begins anew. */
  async #forget({ sink, component }: Reader, isFinished: boolean): Promise<void> {
    const { diagnostics } = this.#host;
    if (!isFinished) {
      const stays = readersOf(this.#after).some(({ sink: { name } }) => name === sink.name);
      diagnostics.warn(
        stays
          ? `${component.path} had not delivered everything from the journal that the service has left; the rest stays there, for when that journal comes back.`
          : `${component.path} had not delivered everything when it was taken out of the config; the rest stays in the journal, for when it comes back with \`delivery: journal\`.`,
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
