import type { Condition, Plugin } from "@plumbline/core";
import { DEFAULT_DEADLINE_MS, must, settles, succeeds, type ContractCase } from "./contract-case.ts";
import { countResources, expectNoLeak } from "./leak-check.ts";
import { pluginCases, subjectOf, withInstance } from "./plugin-contract.ts";
import type { TestContext, TestContextOptions } from "./test-context.ts";

/** What one instance of a condition is made with, and what it must answer. */
export interface ConditionFixture {
  /** What a config would give under the condition's name. */
  readonly options: unknown;
  /** Whether it holds then. `unknown`: it must throw or reject, for it cannot be told. */
  readonly expected: "holds" | "fails" | "unknown";
  /** What the context holds besides. */
  readonly context?: TestContextOptions;
  close?(): void | Promise<void>;
}

/** Options of `conditionContract`. */
export interface ConditionContractOptions<Options> {
  readonly plugin: Plugin<"condition", Options>;
  /** Situations, by a name for each: at least one in which it holds and one in which it fails. */
  readonly situations: Readonly<Record<string, () => ConditionFixture | Promise<ConditionFixture>>>;
  /** Options that its schema must refuse. An empty text or list need not be among them: a host refuses those itself. */
  readonly invalidOptions?: readonly unknown[];
  /** Milliseconds that one call may take before it counts as hanging. Default 5,000, a host's own bound. */
  readonly deadlineMs?: number;
}

const EVALUATIONS = 100;

/** The contract of a condition, rule by rule: what `Condition` and `Plugin` of `@plumbline/core` say. */
export function conditionContract<Options>(options: ConditionContractOptions<Options>): readonly ContractCase[] {
  const { plugin, situations } = options;
  const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS / 2;
  const [first = missing] = Object.values(situations);
  const inSituation = (
    setup: () => ConditionFixture | Promise<ConditionFixture>,
    body: (condition: Condition, fixture: ConditionFixture, context: TestContext) => Promise<void>,
  ): Promise<void> => withInstance(plugin, setup, body, async () => undefined);
  const answers = Object.entries(situations).map(([name, setup]): ContractCase => ({
    name: `evaluate: ${name}`,
    run: () => inSituation(setup, (condition, { expected }) => expectAnswer(condition, expected, deadlineMs)),
  }));
  return [
    ...pluginCases({
      plugin,
      invalidOptions: options.invalidOptions ?? [],
      deadlineMs,
      open: () => subjectOf(() => first()),
    }),
    {
      name: "situations: one in which it holds, one in which it fails",
      run: async () => {
        const expected = new Set<string>();
        for (const setup of Object.values(situations)) {
          await inSituation(setup, async (_condition, fixture) => void expected.add(fixture.expected));
        }
        must(expected.has("holds"), "no situation is given in which the condition holds");
        must(expected.has("fails"), "no situation is given in which the condition fails");
      },
    },
    ...answers,
    {
      name: "evaluate: gives the same answer again",
      run: () =>
        inSituation(first, async (condition, { expected }) => {
          for (let call = 0; call < 3; call++) await expectAnswer(condition, expected, deadlineMs);
        }),
    },
    {
      name: "evaluate: keeps nothing open, sets no timer and asks for no folder",
      run: () =>
        inSituation(first, async (condition, { expected }, context) => {
          await expectAnswer(condition, expected, deadlineMs);
          const before = await countResources();
          for (let call = 0; call < EVALUATIONS; call++) await expectAnswer(condition, expected, deadlineMs);
          await expectNoLeak(before, `evaluating ${EVALUATIONS} times`);
          must(!context.used.includes("dataDir"), "it asked for a folder of its own: a condition keeps nothing");
          must(context.pendingTimers === 0, `it left ${context.pendingTimers} timers behind`);
        }),
    },
  ];
}

function missing(): ConditionFixture {
  throw new Error("a contract needs at least one situation");
}

async function expectAnswer(
  condition: Condition,
  expected: ConditionFixture["expected"],
  deadlineMs: number,
): Promise<void> {
  if (expected === "unknown") {
    let answer: unknown;
    try {
      answer = await settles("evaluate()", deadlineMs, () => condition.evaluate());
    } catch {
      return; // as expected: what cannot be told is thrown, never taken for "does not hold"
    }
    must(false, `evaluate() answered ${JSON.stringify(answer)} where it cannot be told`);
  }
  const answer: unknown = await succeeds("evaluate()", deadlineMs, () => condition.evaluate());
  must(typeof answer === "object" && answer !== null, "evaluate() gave no result");
  const { holds, reason } = answer as Readonly<Record<string, unknown>>;
  must(typeof holds === "boolean", "the result's holds is neither true nor false");
  must(typeof reason === "string" && reason !== "", "the result gives no reason: an operator is shown it");
  must(!reason.includes("\n"), "the reason is more than one line");
  must(holds === (expected === "holds"), `it ${holds ? "holds" : "fails"} (${reason}) where it must not`);
}
