import type { ExportedFile } from "./exports.ts";
import { type Sign, SIGNS, type Taken } from "./forwarders.ts";

/** What came of one way: how many files each forwarder took, and how many of them were not whole. */
export interface Outcome {
  readonly way: string;
  readonly files: number;
  readonly bySign: Readonly<Record<Sign, { readonly taken: number; readonly wrong: number }>>;
}

export function judge(way: string, files: readonly ExportedFile[], taken: readonly Taken[]): Outcome {
  const whole = new Map(files.map(({ name, sha256 }) => [name, sha256]));
  const of = (sign: Sign): { readonly taken: number; readonly wrong: number } => {
    const mine = taken.filter((each) => each.sign === sign && whole.has(each.name));
    return { taken: mine.length, wrong: mine.filter(({ name, sha256 }) => whole.get(name) !== sha256).length };
  };
  return { way, files: files.length, bySign: { size: of("size"), time: of("time"), listing: of("listing") } };
}

const ORDER: readonly Sign[] = ["size", "time", "listing"];

/** One line for each way and forwarder. */
export function renderTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap(({ way, files, bySign }) =>
    ORDER.map((sign) => [way, SIGNS[sign], `${bySign[sign].taken} of ${files}`, String(bySign[sign].wrong)]),
  );
  const head = ["handed on", "the partner takes a file when", "taken", "not whole"];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  return `${[head, widths.map((width) => "-".repeat(width)), ...rows].map(line).join("\n")}\n`;
}

/** What does not hold; empty when all does. */
export function complaints(old: Outcome, ours: Outcome): readonly string[] {
  const { size } = old.bySign;
  return [
    ...(size.wrong > 0 ? [] : ["the old way was never seen incomplete: then this story cannot tell the difference"]),
    ...ORDER.flatMap((sign) => {
      const { taken, wrong } = ours.bySign[sign];
      return [
        ...(wrong === 0 ? [] : [`${wrong} files of the hand-off were not whole when ${SIGNS[sign]}`]),
        ...(taken === ours.files
          ? []
          : [`${ours.files - taken} files of the hand-off were not taken when ${SIGNS[sign]}`]),
      ];
    }),
  ];
}
