import type { Colours } from "./colour.ts";
import { padEnd, padStart, textWidth } from "./text-width.ts";

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand at the right. Default `left`. */
  readonly align?: "left" | "right";
}

/** A table of text: titles, then a row a line, columns two blanks apart, no blanks at a line's end. Cells may be coloured. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  colours: Colours,
): string {
  const widths = columns.map((column, index) =>
    Math.max(textWidth(column.title), ...rows.map((row) => textWidth(row[index] ?? ""))),
  );
  const renderRow = (cells: readonly string[]): string =>
    columns
      .map((column, index) => {
        const pad = column.align === "right" ? padStart : padEnd;
        return pad(cells[index] ?? "", widths[index] ?? 0);
      })
      .join("  ")
      .trimEnd();
  const lines = [columns.map((column) => colours.dim(column.title)), ...rows].map(renderRow);
  return `${lines.join("\n")}\n`;
}
