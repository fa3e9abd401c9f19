import { type Condition, type ConditionResult, definePlugin, type Plugin, type PluginContext } from "@plumbline/core";
import type { ZodType } from "zod";

/** A condition of this package: what it takes, and how it looks. */
export interface BuiltInCondition<Options = unknown> {
  /** The name in the config. */
  readonly name: string;
  readonly schema: ZodType<Options>;
  readonly evaluate: (options: Options, context: PluginContext) => ConditionResult | Promise<ConditionResult>;
}

/** The id of a built-in condition. */
export function conditionId(name: string): string {
  return `@plumbline/sdk/${name}`;
}

/** The plugin of a built-in condition. */
export function conditionPlugin<Options>(condition: BuiltInCondition<Options>): Plugin<"condition", Options> {
  return definePlugin({
    id: conditionId(condition.name),
    kind: "condition",
    apiVersion: 1,
    options: condition.schema,
    create: (options: Options, context): Condition => ({ evaluate: () => condition.evaluate(options, context) }),
  });
}

/** `a, b or c`. */
export function listWords(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
