import { errorCode } from "@plumbline/core";
import type { FileSink } from "@plumbline/file";
import { type Assembly, assemble, configurationOf } from "../assembly.ts";
import { sdkError } from "../error-codes.ts";
import type { SystemPlan } from "../system-plan.ts";
import { planBetween } from "./journal-change.ts";
import { type Part, replacePart } from "./parts.ts";
import { Transition, type TransitionHost } from "./transition.ts";

/** Follows what is in force: called in the tick in which that is another. */
export type AssemblyListener = (assembly: Assembly) => Promise<void>;

/** What a transition needs beside the assembly in force. */
export type AssemblyHostInForce = Omit<TransitionHost, "isEnded" | "replace">;

/** The assembly in force, and how that of another plan takes its place. One change at a time. */
export class AssemblyInForce {
  readonly #host: AssemblyHostInForce;
  readonly #follow: AssemblyListener;
  #current: Assembly;
  /** The change that is under way. */
  #under: Transition | undefined;
  #isEnded = false;

  constructor(first: Assembly, host: AssemblyHostInForce, follow: AssemblyListener) {
    this.#current = first;
    this.#host = host;
    this.#follow = follow;
  }

  get current(): Assembly {
    return this.#current;
  }

  /** For lines that wait: the journal whose file is open, where one is. */
  get journal(): FileSink | undefined {
    return this.#under === undefined ? this.#current.journal : this.#under.journal;
  }

  /** Takes a plan that asks for what is in force already. */
  rename(plan: SystemPlan): void {
    this.#current = { ...this.#current, plan };
  }

  /** Puts a plan in force. Rejects with what kept it, and then what was in force stays; with `PLB_RELOAD_CLOSED` after {@link end}. */
  async change(plan: SystemPlan): Promise<void> {
    const before = this.#current.plan;
    const between = planBetween(before, plan);
    if (between === undefined) return this.#change(plan);
    await this.#change(between);
    try {
      await this.#change(plan);
    } catch (error) {
      if (!this.#isEnded) await this.#changeBack(before);
      throw error;
    }
  }

  /**
   * Nothing is changed any more: a change that is under way closes what it has started. Gives what is in force; lines that wait go to its journal where that is open, and
   * are dropped where it is not: it is not opened any more.
   */
  end(): Assembly {
    this.#isEnded = true;
    const { hold, pipeline, diagnostics } = this.#host;
    const last = this.#under?.leave() ?? this.#current;
    if (hold.current?.end(last.journal) === true) {
      pipeline
        .reconfigure(configurationOf(last))
        .catch((error: unknown) => diagnostics.debug(`the journal stays as it is (${errorCode(error)})`));
    }
    hold.current = undefined;
    return last;
  }

  #replace(old: Part, next: Part): void {
    this.#current = replacePart(this.#current, old, next);
    void this.#follow(this.#current);
  }

  async #changeBack(before: SystemPlan): Promise<void> {
    try {
      await this.#change(before);
    } catch (error) {
      this.#host.diagnostics.error(
        `The first half of the refused config stays in force, since it cannot be taken back. (${errorCode(error)})`,
      );
    }
  }

  async #change(plan: SystemPlan): Promise<void> {
    if (this.#isEnded) throw sdkError("PLB_RELOAD_CLOSED");
    const after = assemble(plan, this.#host, this.#current);
    this.#host.pipeline.check(configurationOf(after));
    // Only now: what is tried goes on being tried where there is nothing to change to.
    this.#host.revivals.stop();
    const host = {
      ...this.#host,
      isEnded: () => this.#isEnded,
      replace: (old: Part, next: Part): void => this.#replace(old, next),
    };
    const transition = new Transition(host, this.#current, after);
    this.#under = transition;
    try {
      await transition.prepare();
    } catch (error) {
      this.#under = undefined;
      if (this.#isEnded) throw sdkError("PLB_RELOAD_CLOSED", { cause: error });
      this.#current = transition.before;
      await this.#follow(this.#current);
      throw error;
    }
    this.#under = undefined;
    if (this.#isEnded) {
      await transition.giveUp();
      throw sdkError("PLB_RELOAD_CLOSED");
    }
    this.#current = after;
    transition.commit();
    await this.#follow(after);
  }
}
