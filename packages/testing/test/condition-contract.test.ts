import { definePlugin, type Condition, type Plugin, type PluginContext } from "@plumbline/core";
import { describe, expect, test } from "vitest";
import { conditionContract, type ConditionContractOptions } from "../src/index.ts";
import { failuresOf } from "./run-contract.ts";

type Change = (good: Condition, context: PluginContext) => Condition;

/** A condition that keeps the contract: it holds for even numbers, fails for odd ones, and cannot tell of negative ones. */
function toyPlugin(change: Change = (good) => good): Plugin<"condition", number> {
  return definePlugin({
    id: "@acme/toy-condition",
    kind: "condition",
    apiVersion: 1,
    options: {
      "~standard": {
        version: 1,
        vendor: "acme",
        validate: (value) =>
          Number.isInteger(value) ? { value: Number(value) } : { issues: [{ message: "expected a whole number" }] },
      },
    },
    create: (given: number, context) =>
      change(
        {
          evaluate: () => {
            if (given < 0) throw new Error("negative");
            return { holds: given % 2 === 0, reason: `${given} is ${given % 2 === 0 ? "even" : "odd"}` };
          },
        },
        context,
      ),
  });
}

const contract = (plugin: Plugin<"condition", number>): ConditionContractOptions<number> => ({
  plugin,
  situations: {
    even: () => ({ options: 2, expected: "holds" }),
    odd: () => ({ options: 3, expected: "fails" }),
    negative: () => ({ options: -1, expected: "unknown" }),
  },
  invalidOptions: ["2", 2.5],
  deadlineMs: 200,
});

describe("a good condition keeps every rule", () => {
  test.each(conditionContract(contract(toyPlugin())))("$name", ({ run }) => run());
});

const even = "evaluate: even";
const again = "evaluate: gives the same answer again";
const keeps = "evaluate: keeps nothing open, sets no timer and asks for no folder";

test.each<[string, Change, readonly string[]]>([
  ["hangs", () => ({ evaluate: () => new Promise(() => undefined) }), [even, "evaluate: odd", again, keeps]],
  [
    "is always true",
    () => ({ evaluate: () => ({ holds: true, reason: "so" }) }),
    ["evaluate: odd", "evaluate: negative"],
  ],
  [
    "gives no reason",
    (good) => ({
      evaluate: async () => ({ ...(await good.evaluate()), reason: "" }),
    }),
    [even, "evaluate: odd", again, keeps],
  ],
  [
    "gives a reason of two lines",
    (good) => ({ evaluate: async () => ({ ...(await good.evaluate()), reason: "a\nb" }) }),
    [even, "evaluate: odd", again, keeps],
  ],
  [
    "takes what it cannot tell for a failure",
    (good) => ({
      evaluate: async () => {
        try {
          return await good.evaluate();
        } catch {
          return { holds: false, reason: "no" };
        }
      },
    }),
    ["evaluate: negative"],
  ],
  [
    "leaves a timer behind",
    (good, { clock }) => ({
      evaluate: () => {
        clock.setTimer(() => undefined, 60_000);
        return good.evaluate();
      },
    }),
    [keeps],
  ],
  [
    "holds for the first call alone",
    (good) => {
      let calls = 0;
      return {
        evaluate: async () => {
          const answer = await good.evaluate();
          calls += 1;
          return calls === 1 ? answer : { ...answer, holds: !answer.holds };
        },
      };
    },
    [again, keeps],
  ],
])("one that %s is found out", async (_what, change, failing) => {
  const failures = await failuresOf(conditionContract(contract(toyPlugin(change))));
  expect([...failures.keys()]).toEqual(failing);
});

test("a suite that never sees it hold, or fail, is no suite", async () => {
  const failures = await failuresOf(
    conditionContract({ ...contract(toyPlugin()), situations: { even: () => ({ options: 2, expected: "holds" }) } }),
  );
  expect([...failures.values()]).toEqual(["no situation is given in which the condition fails"]);
});
