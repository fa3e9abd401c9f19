import type { DiagLogger } from "@opentelemetry/api";
import { type Clock, errorCode } from "@plumbline/core";
import { wordsOf } from "./describe-error.ts";
import { openReportSocket, type ReportSocket } from "./report-socket.ts";
import type { SystemPlan } from "./system-plan.ts";

/** The report socket of a system, where its config asks for one: telemetry goes on without it. */
export class SystemSocket {
  readonly #clock: Clock;
  readonly #diagnostics: DiagLogger;
  readonly #report: () => unknown;
  #open: { readonly plan: SystemPlan; readonly socket: ReportSocket | undefined } | undefined;

  constructor(clock: Clock, diagnostics: DiagLogger, report: () => unknown) {
    this.#clock = clock;
    this.#diagnostics = diagnostics;
    this.#report = report;
  }

  /** Opens it for a plan; does nothing where it is where that plan has it already. */
  async follow(plan: SystemPlan): Promise<void> {
    const before = this.#open?.plan;
    if (before !== undefined && isSamePlace(before, plan)) return;
    await this.close();
    this.#open = { plan, socket: await this.#listen(plan) };
  }

  /** Removes its file at once, for a process that ends. */
  remove(): void {
    this.#open?.socket?.remove();
  }

  async close(): Promise<void> {
    await this.#open?.socket?.close();
    this.#open = undefined;
  }

  async #listen({ config, dataDir, stem }: SystemPlan): Promise<ReportSocket | undefined> {
    if (!config.reportSocket || dataDir === undefined) return undefined;
    try {
      return await openReportSocket({ directory: dataDir, stem, clock: this.#clock, report: this.#report });
    } catch (error) {
      const reason = wordsOf(error);
      this.#diagnostics.warn(`${reason} (${errorCode(error)})`);
      return undefined;
    }
  }
}

function isSamePlace(before: SystemPlan, after: SystemPlan): boolean {
  const isAsked = before.config.reportSocket === after.config.reportSocket;
  return isAsked && before.dataDir === after.dataDir && before.stem === after.stem;
}
