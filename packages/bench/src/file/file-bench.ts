import type { Bench } from "../frame/bench.ts";
import { CURVE_CELLS, curveReport } from "./curves.ts";
import { FILE_CELLS } from "./file-cells.ts";
import { groupTables } from "./file-report.ts";
import { fileTargets } from "./file-targets.ts";

/** The file sink beside other loggers, in each class of durability and under each load; and what it costs as it grows. */
export const FILE_BENCH: Bench = {
  name: "file",
  summary: "lines into a file, beside pino, winston, LogTape and floors; and curves over size, segments and uptime",
  cells: [...FILE_CELLS, ...CURVE_CELLS],
  report(results) {
    const curves = curveReport(results);
    return {
      markdown: [...groupTables(results), curves.markdown].filter((text) => text !== "").join("\n\n"),
      targets: [...fileTargets(results), ...curves.targets],
      pictures: curves.pictures,
    };
  },
};
