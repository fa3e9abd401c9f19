import type { Class, Contender } from "../contenders/contender.ts";
import { handBuiltFloor, stringifyFloor, syncPerLine, writePerLine } from "../contenders/floor.ts";
import { logtapeContenders } from "../contenders/logtape.ts";
import { pinoContenders } from "../contenders/pino.ts";
import { plumbline, plumblineUnredacted } from "../contenders/plumbline.ts";
import { winstonContenders } from "../contenders/winston.ts";
import type { Cell } from "../frame/bench.ts";
import { emitters, scheduled, tight } from "../load/loads.ts";
import { PAYLOADS, type Payload } from "../load/payload.ts";
import { cellsOf, type FileGroup } from "./file-group.ts";

const EVERYONE: readonly Contender[] = [
  plumbline,
  plumblineUnredacted,
  handBuiltFloor,
  stringifyFloor,
  writePerLine,
  syncPerLine,
  // With redaction each is slower; `emit` shows by how much.
  ...[...pinoContenders, ...logtapeContenders, ...winstonContenders].filter(({ redaction }) => redaction === "none"),
];

function taking(durability: Class): readonly Contender[] {
  return EVERYONE.filter(({ classes }) => classes.includes(durability));
}

const { "150 B": small, "1 KiB": request, "20 KiB": large, "1 MiB": huge } = PAYLOADS;
const EMITTERS = 64;

function tightly(payload: Payload, events: number, eventsPerTurn: number): FileGroup {
  const load = tight(eventsPerTurn);
  return {
    name: `buffered, ${payload.name}, tight`,
    durability: "buffered",
    payload,
    isPaced: false,
    events,
    load,
    warmUp: load,
    contenders: taking("buffered"),
  };
}

function timed(name: string, events: number, perSecond: number, together: number): FileGroup {
  return {
    name: `buffered, ${request.name}, ${name}`,
    durability: "buffered",
    payload: request,
    isPaced: true,
    events,
    load: scheduled(perSecond, together),
    warmUp: tight(),
    // Floors that gather without a timer have no answer to a load with pauses.
    contenders: taking("buffered").filter(({ name: each }) => !each.endsWith("(floor)")),
  };
}

function acknowledged(durability: Class, payload: Payload, events: number): FileGroup {
  return {
    name: `${durability}, ${payload.name}, ${EMITTERS} emitters`,
    durability,
    payload,
    isPaced: false,
    events,
    load: emitters(EMITTERS),
    warmUp: emitters(EMITTERS),
    contenders: taking(durability),
  };
}

export const FILE_GROUPS: readonly FileGroup[] = [
  tightly(small, 40_000, 64),
  tightly(request, 24_000, 64),
  tightly(large, 1600, 16),
  tightly(huge, 48, 1),
  timed("paced", 10_000, 20_000, 1),
  timed("burst", 10_000, 20_000, 2000),
  acknowledged("written", small, 20_000),
  acknowledged("written", request, 16_000),
  acknowledged("fsynced", small, 8000),
  acknowledged("fsynced", request, 8000),
];

/** Every contender of every group. */
export const FILE_CELLS: readonly Cell[] = FILE_GROUPS.flatMap(cellsOf);
