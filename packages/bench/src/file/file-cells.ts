import type { Class, Contender } from "../contenders/contender.ts";
import {
  handBuiltEventLineFloor,
  handBuiltFloor,
  stringifyFloor,
  syncPerLine,
  writePerLine,
} from "../contenders/floor.ts";
import { groupedSync, groupedWrite } from "../contenders/group-floor.ts";
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
  handBuiltEventLineFloor,
  stringifyFloor,
  groupedWrite,
  groupedSync,
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

/** So large a payload says nothing of these but that they copy it. */
const SMALL_ONLY = /^(?:winston|LogTape|hand-built, plumbline)/;

/** How many events are logged: to be measured, before that, and with every call timed. */
type Counts = readonly [events: number, warmUpEvents: number, timedEvents: number];

function tightly(payload: Payload, [events, warmUpEvents, timedEvents]: Counts, eventsPerTurn: number): FileGroup {
  const load = tight(eventsPerTurn);
  return {
    name: `buffered, ${payload.name}, tight`,
    durability: "buffered",
    payload,
    isPaced: false,
    events,
    warmUpEvents,
    timedEvents,
    load,
    warmUp: load,
    contenders: taking("buffered").filter(({ name }) => payload.bytes <= request.bytes || !SMALL_ONLY.test(name)),
  };
}

function timed(name: string, events: number, perSecond: number, together: number): FileGroup {
  return {
    name: `buffered, ${request.name}, ${name}`,
    durability: "buffered",
    payload: request,
    isPaced: true,
    events,
    warmUpEvents: SETTLED,
    timedEvents: events,
    load: scheduled(perSecond, together),
    warmUp: tight(),
    // Floors that gather without a timer have no answer to a load with pauses.
    contenders: taking("buffered").filter((each) => !each.name.endsWith("(floor)") && each !== plumblineUnredacted),
  };
}

function acknowledged(durability: Class, payload: Payload, [events, warmUpEvents, timedEvents]: Counts): FileGroup {
  return {
    name: `${durability}, ${payload.name}, ${EMITTERS} emitters`,
    durability,
    payload,
    isPaced: false,
    events,
    warmUpEvents,
    timedEvents,
    load: emitters(EMITTERS),
    warmUp: emitters(EMITTERS),
    contenders: taking(durability).filter((each) => each !== plumblineUnredacted),
  };
}

/** After so many events of any small payload a line costs what it will go on to cost. */
const SETTLED = 45_000;

// Runs in which ours takes about half a second on a quiet core.
export const FILE_GROUPS: readonly FileGroup[] = [
  tightly(small, [150_000, 2 * SETTLED, 30_000], 64),
  tightly(request, [80_000, SETTLED, 20_000], 64),
  tightly(large, [3000, 5000, 1000], 16),
  tightly(huge, [40, 80, 16], 1),
  timed("paced", 8000, 20_000, 1),
  timed("burst", 8000, 20_000, 2000),
  acknowledged("written", small, [40_000, SETTLED, 15_000]),
  acknowledged("written", request, [40_000, SETTLED, 15_000]),
  acknowledged("fsynced", small, [15_000, SETTLED / 3, 6000]),
  acknowledged("fsynced", request, [15_000, SETTLED / 3, 6000]),
];

/** Every contender of every group. */
export const FILE_CELLS: readonly Cell[] = FILE_GROUPS.flatMap(cellsOf);
