import type { DiagLogger } from "@opentelemetry/api";
import { type Clock, errorCode, type Pipeline } from "@plumbline/core";
import type { FileSink } from "@plumbline/file";
import { type Assembly, type AssemblyHost, configurationOf, createJournal } from "../assembly.ts";
import { JOURNAL_NAME } from "../config/config.ts";
import { closeOne, type Startable, type StartHost } from "../start-in-order.ts";
import { HeldJournal } from "./held-journal.ts";
import { journalParts } from "./parts.ts";
import type { Revivals } from "./revivals.ts";

/** What a {@link JournalHandOver} works with. */
export interface JournalHandOverHost extends AssemblyHost {
  readonly clock: Clock;
  readonly diagnostics: DiagLogger;
  readonly pipeline: Pipeline;
  readonly revivals: Revivals;
  /** Stands in for a journal whose file changes hands, or could not be opened again. */
  readonly hold: { current: HeldJournal | undefined };
  /** Whether everything is closed, or about to be, by somebody else. */
  readonly isEnded: () => boolean;
  /** Milliseconds that what is left behind may take to hand on what it has. */
  readonly closeTimeoutMs: number;
}

/** The assembly before, as far as it has been made again; the journal that is opened again is put into it. */
export interface AssemblyBefore {
  readonly get: () => Assembly;
  readonly set: (assembly: Assembly) => void;
}

/**
 * The file of a journal on its way from one assembly to the next. While nobody has it open, lines wait; they go on to whoever opens it: the new journal, or that of
 * the assembly before, opened again.
 */
export class JournalHandOver {
  readonly #host: JournalHandOverHost;
  readonly #before: AssemblyBefore;
  readonly #after: Assembly;
  /** The one that whoever closes the service closes. */
  #taken: FileSink | undefined;

  constructor(host: JournalHandOverHost, before: AssemblyBefore, after: Assembly) {
    this.#host = host;
    this.#before = before;
    this.#after = after;
  }

  /** The journal that has the file, or had it last. */
  get holder(): FileSink | undefined {
    const { journal } = this.#after;
    return journal?.report().file === undefined ? this.#before.get().journal : journal;
  }

  /** The journal that has the file is, from now on, for whoever closes the service to close. */
  take(): FileSink | undefined {
    this.#taken = this.holder;
    return this.#taken;
  }

  /** From now on lines for the journal wait; what it has had is written. Rejects, with nothing changed, where it cannot be. */
  async hold(): Promise<void> {
    const before = this.#before.get();
    const { journal, plan } = before;
    if (journal === undefined || plan.journal === undefined || this.#host.hold.current !== undefined) return;
    const { pipeline, clock, closeTimeoutMs } = this.#host;
    const hold = new HeldJournal(journal, plan.journal, clock);
    this.#host.hold.current = hold;
    const deadline = new AbortController();
    const timer = clock.setTimer(() => deadline.abort(), closeTimeoutMs);
    try {
      await pipeline.reconfigure(configurationOf(before, { journal: hold }));
      await journal.flush({ signal: deadline.signal });
    } catch (error) {
      this.#host.hold.current = undefined;
      hold.releaseTo(journal);
      await pipeline.reconfigure(configurationOf(this.#before.get()));
      throw error;
    } finally {
      timer.cancel();
    }
  }

  /** The journal before gives the file up. */
  async close(): Promise<void> {
    const { journal } = this.#before.get();
    if (journal === undefined) return;
    this.#host.revivals.forget(journal);
    const { clock, diagnostics, closeTimeoutMs } = this.#host;
    const host: StartHost = { clock, diagnostics, timeoutMs: closeTimeoutMs };
    await closeOne({ path: JOURNAL_NAME, close: () => journal.close() }, host);
  }

  /** The new journal, as what is started, and closed where the change will not be. */
  get parts(): readonly Startable[] {
    const { journal } = this.#after;
    return journalParts(this.#after).map(({ close, ...part }) => ({
      ...part,
      close: () => (journal === this.#taken ? undefined : close()),
    }));
  }

  /** In the tick of the change: what has waited is the new journal's. */
  finish(): void {
    const { hold } = this.#host;
    if (this.#after.journal === undefined) hold.current?.drop();
    else hold.current?.releaseTo(this.#after.journal);
    hold.current = undefined;
  }

  /** The journal that there was, opened again, takes what has waited. */
  async reopen(): Promise<void> {
    const { journal: config } = this.#before.get().plan;
    const { current: hold } = this.#host.hold;
    if (config === undefined || hold === undefined) return;
    await this.close();
    if (this.#host.isEnded()) return;
    const journal = createJournal(config, this.#host);
    this.#before.set({ ...this.#before.get(), journal });
    // Whoever has no more use for it closes it. Until then one that could not be opened can be opened yet: its readers know this one.
    const start = async (): Promise<void> => {
      try {
        await journal.start();
      } catch (error) {
        hold.blame(error);
        throw error;
      }
    };
    const part = { path: JOURNAL_NAME, start, close: () => undefined };
    const onUp = (): void => {
      hold.releaseTo(journal);
      this.#host.hold.current = undefined;
      const { pipeline, diagnostics } = this.#host;
      pipeline
        .reconfigure(configurationOf(this.#before.get()))
        .catch((error: unknown) =>
          diagnostics.error(`the journal that is open again takes no events (${errorCode(error)})`),
        );
    };
    await this.#host.revivals.start(journal, JOURNAL_NAME, () => ({ instance: journal, part, onUp }));
  }
}
