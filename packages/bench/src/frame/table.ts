/** One column of a table: its heading, and what stands in it for a row. */
export interface Column<Row> {
  readonly heading: string;
  /** Texts stand on the left, numbers on the right. */
  readonly align: "left" | "right";
  cell(row: Row): string;
}

/** A table in Markdown, padded so that it reads as well on a terminal. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const body = rows.map((row) => columns.map((column) => column.cell(row)));
  const widths = columns.map(({ heading }, index) =>
    Math.max(heading.length, 3, ...body.map((line) => line[index]?.length ?? 0)),
  );
  const pad = (text: string, index: number): string =>
    columns[index]?.align === "left" ? text.padEnd(widths[index] ?? 0) : text.padStart(widths[index] ?? 0);
  const line = (texts: readonly string[]): string => `| ${texts.map(pad).join(" | ")} |`;
  const rule = widths.map((width, index) =>
    columns[index]?.align === "left" ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [line(columns.map(({ heading }) => heading)), line(rule), ...body.map(line)].join("\n");
}

/** A table of texts under these headings. */
export function textTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return table(
    headings.map((heading, index): Column<readonly string[]> => ({
      heading,
      align: "left",
      cell: (row) => row[index] ?? "",
    })),
    rows,
  );
}
