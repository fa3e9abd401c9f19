import type { Config } from "../config/config.ts";

/** What does not fit together in how sinks are fed: the sink, the key at fault, and what is wrong with it. */
export function deliveryProblems({
  sinks,
  journal,
}: Config): readonly { readonly name: string; readonly key: string; readonly message: string }[] {
  return Object.entries(sinks).flatMap(([name, { delivery, queue, backlog }]) => {
    if (delivery === "direct") {
      return backlog === undefined
        ? []
        : [{ name, key: "backlog", message: "a sink that is fed directly has no backlog" }];
    }
    return [
      ...(journal === undefined ? [{ name, key: "delivery", message: "there is no journal to feed it from" }] : []),
      ...(queue === undefined
        ? []
        : [{ name, key: "queue", message: "a sink that is fed from the journal has no queue in memory" }]),
    ];
  });
}
