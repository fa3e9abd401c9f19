import type { Results } from "../frame/results.ts";
import type { Target } from "../frame/target.ts";
import { EMIT_PATH, NO_SUBSCRIBERS, STALLED, WITH_SUBSCRIBERS } from "./burden-cells.ts";
import { CUT_OVER } from "./cut-over-cells.ts";
import { CROWD, FAN_OUT } from "./fan-out-cells.ts";
import { AS_BYTES, FLOOR } from "./in-process-cells.ts";
import { LATENCY } from "./latency-cells.ts";
import { BARE, REPLAY, REPLAY_BATCHED } from "./replay-cells.ts";

const OURS = "plumbline";

/** What the bench is to reach; NaN where it was not run. */
export function streamTargets(results: Results): readonly Target[] {
  const median = (group: string, key: string): number => results.median(group, OURS, key);
  const target = (
    text: string,
    value: number,
    sense: Target["sense"],
    [bound, unit]: readonly [number, string],
  ): Target => ({ text, value, bound, sense, unit });
  const against = (group: string, floor: string, key: string): number => results.ratio(group, OURS, floor, key);
  const rate = "eventsPerSecond";
  return [
    target("replay in the process, lines a second", median(AS_BYTES, rate), "at least", [1_000_000, ""]),
    target("replay in the process ÷ reading and splitting", against(AS_BYTES, FLOOR, rate), "at least", [0.7, "×"]),
    target("replay to one client ÷ bare loop", against(REPLAY, BARE, rate), "at least", [0.5, "×"]),
    target("replay to one client, events a second", median(REPLAY, rate), "at least", [500_000, ""]),
    target("the same batched, events a second", median(REPLAY_BATCHED, rate), "at least", [500_000, ""]),
    target("live to 100 clients ÷ bare loop", against(FAN_OUT, BARE, "sentPerSecond"), "at least", [0.5, "×"]),
    target("500 clients: memory grows by", worst(results, CROWD, "growthMiB"), "at most", [64, " MiB"]),
    target("500 clients: dropped", worst(results, CROWD, "dropped"), "at most", [0, ""]),
    target("emit → client, p50", median(LATENCY, "p50Millis"), "at most", [5, " ms"]),
    target("emit → client, p99", median(LATENCY, "p99Millis"), "at most", [25, " ms"]),
    target("pause at the cut-over, p99", median(CUT_OVER, "cutOverP99Millis"), "at most", [20, " ms"]),
    target("a subscriber that has stopped, the worst of all sizes", stalledMost(results), "at most", [1024, " KiB"]),
    target(
      "a call of emit with 100 subscribers ÷ without",
      results.ratio(EMIT_PATH, WITH_SUBSCRIBERS, NO_SUBSCRIBERS, "emitNanos"),
      "at most",
      [1.2, "×"],
    ),
    target("lost, repeated or out of order, all of ours", findings(results), "at most", [0, ""]),
  ];
}

function worst(results: Results, group: string, key: string): number {
  return results.values(group, OURS, key).length === 0 ? Number.NaN : results.worst(group, OURS, key);
}

function stalledMost(results: Results): number {
  const values = results.namesIn(STALLED).flatMap((name) => results.values(STALLED, name, "heldKiB"));
  return values.length === 0 ? Number.NaN : Math.max(...values);
}

/** NaN of nothing. */
function findings(results: Results): number {
  const all = results.cells
    .filter(({ name }) => name.startsWith(OURS))
    .flatMap(({ group, name }) => ["lost", "repeated", "reordered"].flatMap((key) => results.values(group, name, key)));
  return all.length === 0 ? Number.NaN : all.reduce((sum, each) => sum + each, 0);
}
