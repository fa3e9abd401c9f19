import { stringifyFloor } from "./contenders/floor.ts";
import { logtapeContenders } from "./contenders/logtape.ts";
import { pinoContenders } from "./contenders/pino.ts";
import { plumbline, plumblineUnredacted } from "./contenders/plumbline.ts";
import { winstonContenders } from "./contenders/winston.ts";
import type { Bench } from "./frame/bench.ts";
import { groupTable } from "./file/file-report.ts";
import { cellsOf, type FileGroup } from "./file/file-group.ts";
import { tight } from "./load/loads.ts";
import { requestAttributes } from "./load/payload.ts";

const NOTE_LENGTH = 60;
const EVERYONE = [
  plumbline,
  plumblineUnredacted,
  stringifyFloor,
  ...pinoContenders,
  ...logtapeContenders,
  ...winstonContenders,
];

const GROUP: FileGroup = {
  name: "emit → file",
  durability: "buffered",
  payload: { name: "request", bytes: 400, attributes: (index) => requestAttributes(index, NOTE_LENGTH) },
  isPaced: false,
  events: 100_000,
  warmUpEvents: 60_000,
  timedEvents: 20_000,
  load: tight(),
  warmUp: tight(),
  contenders: EVERYONE.filter(({ classes }) => classes.includes("buffered")),
};

/** Everyone with and without the redaction that it has, ours with its default redaction first. */
export const EMIT_BENCH: Bench = {
  name: "emit",
  summary: "emit → file, everyone with and without the redaction they have",
  cells: cellsOf(GROUP),
  report: (results) => ({ markdown: groupTable(results, GROUP), targets: [], pictures: [] }),
};
