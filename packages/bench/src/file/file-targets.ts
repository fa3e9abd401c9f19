import { stringifyFloor, handBuiltFloor, syncPerLine } from "../contenders/floor.ts";
import { plumbline, plumblineUnredacted } from "../contenders/plumbline.ts";
import type { Results } from "../frame/results.ts";
import type { Target } from "../frame/target.ts";
import { FILE_GROUPS } from "./file-cells.ts";
import { nameOf, type FileGroup } from "./file-group.ts";

const OURS = nameOf(plumbline);
const UNREDACTED = nameOf(plumblineUnredacted);

/** What the file sink is to reach beside its peers. */
export function fileTargets(results: Results): readonly Target[] {
  return FILE_GROUPS.flatMap((group) => [...speed(results, group), ...calm(results, group)]);
}

function speed(results: Results, group: FileGroup): readonly Target[] {
  if (group.isPaced) return [];
  const { name } = group;
  const times = (other: string, base = OURS): number => results.ratio(name, other, base, "nanosPerLine");
  const fastest = (start: string): number =>
    Math.min(...peers(results, name, start).map((other) => times(other)), Number.POSITIVE_INFINITY);
  const target = (text: string, value: number, bound: number): Target => ({
    text: `${name}: ${text}`,
    value: Number.isFinite(value) ? value : Number.NaN,
    bound,
    sense: "at least",
    unit: "×",
  });
  if (group.durability === "written") return [target("pino sync ÷ plumbline", fastest("pino sync"), 3)];
  if (group.durability === "fsynced") {
    return [
      target("one fdatasync a line ÷ plumbline", times(nameOf(syncPerLine)), 20),
      target("pino sync with fsync ÷ plumbline", fastest("pino"), 20),
    ];
  }
  const isLarge = group.payload.bytes > 2048;
  const pino = target("fastest pino ÷ plumbline", fastest("pino"), isLarge ? 1 : 2);
  if (isLarge) return [pino];
  return [
    pino,
    target("JSON.stringify floor ÷ plumbline", times(nameOf(stringifyFloor)), 1),
    target("hand-built floor ÷ plumbline without redaction", times(nameOf(handBuiltFloor), UNREDACTED), 0.8),
  ];
}

/** Calls and stalls: ours beside the lowest of all peers. */
function calm(results: Results, group: FileGroup): readonly Target[] {
  const { name } = group;
  const against = (text: string, figure: string): Target => ({
    text: `${name}: ${text}, plumbline ÷ the lowest peer`,
    value: lowestRatio(results, name, figure),
    bound: 1,
    sense: "below",
    unit: "×",
  });
  return [against("emit call p99.9", "callP999Micros"), against("event-loop stall", "stallMaxMillis")];
}

function lowestRatio(results: Results, group: string, figure: string): number {
  const ratios = peers(results, group, "")
    .filter((name) => !name.startsWith("plumbline") && !name.endsWith("(floor)"))
    .map((name) => results.ratio(group, OURS, name, figure));
  return ratios.length === 0 ? Number.NaN : Math.max(...ratios);
}

function peers(results: Results, group: string, start: string): readonly string[] {
  return results.namesIn(group).filter((name) => name.startsWith(start));
}
