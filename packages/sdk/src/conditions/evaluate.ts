import { callIsolated, type Clock, type Condition, createRedactor } from "@plumbline/core";
import { describeError } from "../describe-error.ts";
import type { ConditionTree } from "./read-conditions.ts";

/** A condition whose plugin is known. */
export interface ResolvedCondition {
  readonly kind: "condition";
  /** As the config names it. */
  readonly name: string;
  /** Makes it; throws what its plugin throws. */
  readonly create: () => Condition;
}

/** What a condition came to. One that could not be told counts as failed, and `not:` does not make it hold. */
export interface Verdict {
  readonly state: "holds" | "fails" | "unknown";
  /** In words; never quotes an unredacted value. */
  readonly reason: string;
}

/** How long one condition may take, in milliseconds. */
const EVALUATE_TIMEOUT_MS = 5000;
const MAX_REASON_LENGTH = 300;

/**
 * Evaluates conditions of which all must hold. An empty list holds. Gives `undefined` when they do, else the first that does not. Never rejects.
 * Source: systemd.unit(5), "Conditions and Asserts"; an error is a failure that a negation does not flip (src/shared/condition.c).
 */
export async function firstFailure(
  trees: readonly ConditionTree<ResolvedCondition>[],
  clock: Clock,
): Promise<string | undefined> {
  for (const tree of trees) {
    const { state, reason } = await evaluateTree(tree, clock);
    if (state !== "holds") return reason;
  }
  return undefined;
}

async function evaluateTree(tree: ConditionTree<ResolvedCondition>, clock: Clock): Promise<Verdict> {
  if (tree.kind === "condition") return evaluateOne(tree, clock);
  if (tree.kind === "not") {
    const { state, reason } = await evaluateTree(tree.of, clock);
    return { state: FLIPPED[state], reason: `not ${reason}` };
  }
  if (tree.of.length === 0) return { state: "holds", reason: "any of none" };
  const failed: Verdict[] = [];
  for (const each of tree.of) {
    const verdict = await evaluateTree(each, clock);
    if (verdict.state === "holds") return verdict;
    failed.push(verdict);
  }
  const state = failed.some((verdict) => verdict.state === "unknown") ? "unknown" : "fails";
  return { state, reason: `any of (${failed.map(({ reason }) => reason).join("; ")})` };
}

const FLIPPED: Readonly<Record<Verdict["state"], Verdict["state"]>> = {
  holds: "fails",
  fails: "holds",
  unknown: "unknown",
};

async function evaluateOne({ name, create }: ResolvedCondition, clock: Clock): Promise<Verdict> {
  const called = await callIsolated<unknown>(clock, EVALUATE_TIMEOUT_MS, () => create().evaluate());
  if (called.kind === "timedOut") {
    return { state: "unknown", reason: `${name}: did not answer within ${EVALUATE_TIMEOUT_MS} ms` };
  }
  if (called.kind === "threw")
    return { state: "unknown", reason: `${name}: could not be told (${describeError(called.error)})` };
  const { value } = called;
  if (typeof value !== "object" || value === null || !("holds" in value) || typeof value.holds !== "boolean") {
    return { state: "unknown", reason: `${name}: did not say whether it holds` };
  }
  const reason = "reason" in value && typeof value.reason === "string" ? value.reason : "";
  const said = createRedactor().text(reason).slice(0, MAX_REASON_LENGTH);
  return { state: value.holds ? "holds" : "fails", reason: said === "" ? name : `${name}: ${said}` };
}
