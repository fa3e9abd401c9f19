import { OutputLedger, type OutputReport } from "../ledger.ts";
import { ProcessorAccount } from "./processor-chain.ts";
import { addOutputReports, type ProcessorReport } from "./telemetry-report.ts";

/**
 * The accounts of a pipeline through all its configurations. A name keeps its account when its sink is replaced, so no counter
 * runs backwards, and what was removed keeps its account while it drains and after. Names come from configs, which people write: there are
 * few, and they are kept for good.
 */
export class Accounts {
  readonly #outputs = new Map<string, OutputLedger>();
  readonly #processors = new Map<string, ProcessorAccount>();
  #journal: OutputLedger | undefined;
  /** The journal before the present one, and those before it that still had something under way when last looked at. */
  #earlierJournals: OutputLedger[] = [];
  /** Those of which nothing was under way any more, summed up by name. */
  readonly #settledJournals = new Map<string, OutputReport>();

  /** The account of a direct output's name, made when first asked for. */
  ofOutput(name: string): OutputLedger {
    const ledger = this.#outputs.get(name) ?? new OutputLedger(name);
    this.#outputs.set(name, ledger);
    return ledger;
  }

  /** The account of a processor's name, made when first asked for. */
  ofProcessor(name: string): ProcessorAccount {
    const account = this.#processors.get(name) ?? new ProcessorAccount(name);
    this.#processors.set(name, account);
    return account;
  }

  /** The account of the journal in force, which comes with it. The one before it may come back: it is summed up when another has followed. */
  setJournal(ledger: OutputLedger | undefined): void {
    if (ledger === this.#journal) return;
    for (const journal of this.#earlierJournals.splice(0)) {
      if (journal === ledger) continue;
      const report = journal.report();
      if (report.queued > 0 || report.inFlight > 0) this.#earlierJournals.push(journal);
      else this.#settledJournals.set(report.name, this.#sum(report));
    }
    if (this.#journal !== undefined) this.#earlierJournals.push(this.#journal);
    this.#journal = ledger;
  }

  /** One report a name: the journal's first, then the named outputs', then those of names no longer configured. */
  outputs(configured: readonly string[]): readonly OutputReport[] {
    const byName = new Map<string, OutputReport>();
    const add = (report: OutputReport): void => {
      const present = byName.get(report.name);
      byName.set(report.name, present === undefined ? report : addOutputReports(present, report));
    };
    if (this.#journal !== undefined) add(this.#journal.report());
    for (const name of configured) add(this.ofOutput(name).report());
    for (const journal of this.#earlierJournals) add(journal.report());
    for (const report of this.#settledJournals.values()) add(report);
    for (const [name, ledger] of this.#outputs) if (!configured.includes(name)) add(ledger.report());
    return [...byName.values()];
  }

  /** One report a name: the named processors' first, then those of names no longer configured. */
  processors(configured: readonly string[]): readonly ProcessorReport[] {
    const others = [...this.#processors.keys()].filter((name) => !configured.includes(name));
    return [...configured, ...others].map((name) => this.ofProcessor(name).report());
  }

  #sum(report: OutputReport): OutputReport {
    const present = this.#settledJournals.get(report.name);
    return present === undefined ? report : addOutputReports(present, report);
  }
}
