import { errorCode } from "@plumbline/core";
import type { FileSink } from "@plumbline/file";
import { type Assembly, configurationOf } from "../assembly.ts";
import { claimsOf } from "../component.ts";
import { JOURNAL_NAME } from "../config/config.ts";
import { sdkError } from "../error-codes.ts";
import { closeOne, type Startable, startInOrder } from "../start-in-order.ts";
import { type Changes, changesBetween } from "./changes.ts";
import { JournalHandOver, type JournalHandOverHost } from "./journal-hand-over.ts";
import { endEarly, type Part, partsOf, replacePart, startableOf } from "./parts.ts";
import { ReaderChange } from "./reader-change.ts";
import type { Retirement } from "./retirement.ts";
import { revivePart } from "./revive-part.ts";
import type { SourceGates } from "./source-gates.ts";

/** What a transition works with, beside the two assemblies. */
export interface TransitionHost extends JournalHandOverHost {
  readonly gates: SourceGates;
  readonly retirement: Retirement;
  /** Puts a part in the place of another in the assembly in force. */
  readonly replace: (old: Part, next: Part) => void;
  /** Milliseconds that each part may take to start. */
  readonly startTimeoutMs: number;
}

/**
 * One change from an assembly to the next, while events flow. First everything new that can run beside the old is started; then what the old holds
 * exclusively changes hands, with the events for it waiting; and then, within one tick, the new is in force. Until that tick every event is the old
 * assembly's, from then on the new one's. What fails before leaves the old assembly as it was, but for the instances that had been closed to hand
 * over what they held: those are made again.
 */
export class Transition {
  readonly #host: TransitionHost;
  readonly #after: Assembly;
  readonly #changes: Changes;
  readonly #readers: ReaderChange;
  readonly #journal: JournalHandOver;
  /** Parts of the old assembly that do not run. */
  readonly #closed: Part[];
  #before: Assembly;

  constructor(host: TransitionHost, before: Assembly, after: Assembly) {
    this.#host = host;
    this.#before = before;
    this.#after = after;
    this.#changes = changesBetween(before, after, host.hold.current !== undefined);
    this.#readers = new ReaderChange(host, before, after);
    const set = (assembly: Assembly): void => void (this.#before = assembly);
    this.#journal = new JournalHandOver(host, { get: () => this.#before, set }, after);
    this.#closed = partsOf(before).filter(({ component }) => host.revivals.isDown(component.instance));
  }

  /** The assembly in force until {@link commit}: also while {@link prepare} is about to reject, with the instances in it that were made again so far. */
  get before(): Assembly {
    return this.#before;
  }

  /** The journal whose file is open, where one is, while lines wait for it. */
  get journal(): FileSink | undefined {
    return this.#changes.journal === "reopens" ? this.#journal.holder : this.#before.journal;
  }

  /** Nothing will come of it. Gives what whoever closes the service closes: the assembly before, with the journal that has the file. */
  leave(): Assembly {
    return this.#changes.journal === "reopens" ? { ...this.#before, journal: this.#journal.take() } : this.#before;
  }

  /** Starts what is new. Rejects with `PLB_START_FAILED` or `PLB_START_TIMEOUT`. */
  async prepare(): Promise<void> {
    const { free, contested, following, journal } = this.#changes;
    const begins = journal === "moves" || journal === "begins" ? this.#journal.parts : [];
    const begun = [...begins, ...free.map((part) => startableOf(part, this.#host.gates))];
    try {
      const news = [...free, ...contested].flatMap(({ component }) => [...claimsOf(component)]);
      await this.#host.retirement.released([...news, ...(this.#after.journal?.exclusive ?? [])]);
      await startInOrder(begun, this.#startHost());
      if (contested.length > 0 || journal === "reopens") await this.#handOver(begun);
    } catch (error) {
      await this.#restore();
      throw error;
    }
    for (const { component } of following) this.#host.revivals.mark(component.instance, component.path);
  }

  /** Puts the new assembly in force within the call, and leaves the old one behind. */
  commit(): void {
    const { pipeline, gates, closeTimeoutMs, revivals } = this.#host;
    this.#journal.finish();
    const settleReaders = this.#readers.commit();
    const drained = pipeline
      .reconfigure(configurationOf(this.#after), { timeoutMs: closeTimeoutMs })
      .catch((error: unknown) => this.#host.diagnostics.error(`the pipeline was not changed (${errorCode(error)})`));
    settleReaders();
    for (const component of this.#before.sources) gates.shut(component);
    for (const component of this.#after.sources) gates.open(component);
    const { retired, released, finishing } = this.#changes;
    for (const { component } of [...released, ...finishing]) revivals.forget(component.instance);
    for (const part of retired) {
      revivals.forget(part.component.instance);
      this.#retire(part, drained);
    }
    if (this.#before.journal !== undefined && this.#before.journal !== this.#after.journal) {
      revivals.forget(this.#before.journal);
      this.#leaveJournal();
    }
  }

  /** Instead of {@link commit}, where the service was closed meanwhile: closes what was started. What was in force before is closed by whoever closes the service. */
  async giveUp(): Promise<void> {
    const { free, contested, journal } = this.#changes;
    const { gates } = this.#host;
    const started = [...free, ...contested];
    const journals = journal === "stays" ? [] : this.#journal.parts;
    const parts = [...journals, ...started.map((part) => startableOf(part, gates))];
    for (const part of parts.toReversed()) await closeOne(part, this.#closeHost());
    for (const { component } of started) component.abort.abort();
  }

  /** What holds what the new parts need gives it up, and they are started. When one is not, all that is new is closed again. */
  async #handOver(begun: readonly Startable[]): Promise<void> {
    const { contested, released, journal } = this.#changes;
    const { gates } = this.#host;
    const sources = contested.flatMap((part) => (part.kind === "source" ? [part.component] : []));
    try {
      this.#checkEnd();
      if (journal === "reopens") await this.#journal.hold();
      this.#checkEnd();
      await this.#releaseAll(released);
      this.#checkEnd();
      if (journal === "reopens") await this.#journal.close();
      // Whoever holds alone what these bring events from is the one to bring them.
      for (const component of sources) gates.open(component);
      const parts = contested.map((part) => startableOf(part, gates));
      await startInOrder([...(journal === "reopens" ? this.#journal.parts : []), ...parts], this.#startHost());
    } catch (error) {
      for (const component of sources) gates.shut(component);
      for (const part of begun.toReversed()) await closeOne(part, this.#startHost());
      throw error;
    }
  }

  /** Whoever closes the service closes what still runs of the assembly before. */
  #checkEnd(): void {
    if (this.#host.isEnded()) throw sdkError("PLB_RELOAD_CLOSED");
  }

  /** What was closed for the new parts, or did not run before, is made and started again, for as long as nobody closes the service. */
  async #restore(): Promise<void> {
    const { hold, isEnded } = this.#host;
    if (!isEnded()) this.#readers.undo();
    if (!isEnded() && hold.current !== undefined) await this.#journal.reopen();
    for (const part of this.#closed) if (!isEnded()) await this.#revive(part);
  }

  /** Readers of the journal end all at once: what is emitted from then on is for whoever comes after them. */
  async #releaseAll(parts: readonly Part[]): Promise<void> {
    const open = parts.filter(
      (part) => !this.#closed.some((each) => each.component.instance === part.component.instance),
    );
    const ends = await Promise.allSettled(open.map((part) => this.#readers.endEarly(part)));
    for (const [index, part] of open.entries()) if (ends[index]?.status === "fulfilled") await this.#release(part);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  async #release(part: Part): Promise<void> {
    const { pipeline, closeTimeoutMs, gates } = this.#host;
    const { component } = part;
    this.#closed.push(part);
    if (part.kind === "sink") await pipeline.release(component.name, { timeoutMs: closeTimeoutMs });
    else await closeOne(startableOf(part, gates), this.#closeHost());
    if (part.kind === "source") gates.shut(part.component);
    component.abort.abort();
  }

  /** A part that was closed for another is made again, from the same options. */
  async #revive(part: Part): Promise<void> {
    this.#host.revivals.forget(part.component.instance);
    const replace = (old: Part, next: Part): void => {
      this.#before = replacePart(this.#before, old, next);
      this.#host.replace(old, next);
    };
    await revivePart(part, "closed", { ...this.#host, assembly: () => this.#before, replace });
  }

  #retire(part: Part, drained: Promise<void>): void {
    const { gates, retirement, closeTimeoutMs } = this.#host;
    const { component } = part;
    const finished = this.#readers.finish(part);
    const end = async (): Promise<void> => {
      // Sinks and processors are closed by the pipeline.
      if (finished !== undefined) await finished;
      else if (part.kind === "sink" || part.kind === "processor") await drained;
      else await closeOne(startableOf(part, gates), this.#closeHost());
      component.abort.abort();
    };
    const hurry = (): Promise<void> | undefined => endEarly(part, this.#host.pipeline, closeTimeoutMs);
    retirement.add(claimsOf(component), end(), { hurry });
  }

  /** The journal before is written to its end, and read to its end by those who read it; then they enter the new one. */
  #leaveJournal(): void {
    const { journal } = this.#before;
    const { finishing, following } = this.#changes;
    if (journal === undefined || this.#changes.journal === "reopens") return;
    const { clock, gates, retirement, revivals, closeTimeoutMs } = this.#host;
    let assembly = this.#after;
    const replace = (old: Part, next: Part): void => {
      assembly = replacePart(assembly, old, next);
      this.#host.replace(old, next);
    };
    const host = { ...this.#host, assembly: () => assembly, replace };
    const end = async (): Promise<void> => {
      const deadline = new AbortController();
      const timer = clock.setTimer(() => deadline.abort(), closeTimeoutMs);
      const part = { path: JOURNAL_NAME, close: () => journal.flush({ signal: deadline.signal }) };
      await closeOne(part, this.#closeHost());
      for (const old of finishing) {
        const { path } = old.component;
        const service = old.kind === "service" ? old.component.instance : undefined;
        await closeOne({ path, close: () => service?.finish?.() }, this.#closeHost());
        await closeOne(startableOf(old, gates), this.#closeHost());
        await this.#readers.left(old);
        old.component.abort.abort();
      }
      await closeOne(
        { path: JOURNAL_NAME, close: () => journal.close({ signal: deadline.signal }) },
        this.#closeHost(),
      );
      timer.cancel();
      for (const next of following) {
        if (revivals.isDown(next.component.instance)) await revivePart(next, "unused", host);
      }
    };
    const claims = finishing.flatMap(({ component }) => [...claimsOf(component)]);
    retirement.add(new Set([...(journal.exclusive ?? []), ...claims]), end(), { isFollowed: following.length > 0 });
  }

  #startHost(): Parameters<typeof closeOne>[1] {
    const { clock, diagnostics, startTimeoutMs } = this.#host;
    return { clock, diagnostics, timeoutMs: startTimeoutMs };
  }

  #closeHost(): Parameters<typeof closeOne>[1] {
    const { clock, diagnostics, closeTimeoutMs } = this.#host;
    return { clock, diagnostics, timeoutMs: closeTimeoutMs };
  }
}
