import { readFileSync } from "node:fs";
import { join } from "node:path";
import { markdownTable } from "./markdown-table.mjs";

const PAGE = "docs/benchmarks.md";

/**
 * Columns of a table in `docs/benchmarks.md`, which a run wrote there: figures stand in one place, and are quoted from it.
 *
 * @param {string} root
 * @param {string} bench The name of the section's marks.
 * @param {string} heading The heading above the table.
 * @param {readonly string[]} columns
 */
export function benchFigures(root, bench, heading, columns) {
  const lines = readFileSync(join(root, PAGE), "utf8").split("\n");
  const start = lines.indexOf(`<!-- bench:${bench} -->`);
  const end = lines.indexOf(`<!-- /bench:${bench} -->`);
  const under = lines.slice(start, end);
  const table = under.slice(under.indexOf(`### ${heading}`) + 1);
  const first = table.findIndex((line) => line.startsWith("|"));
  const last = table.findIndex((line, index) => index > first && !line.startsWith("|"));
  const [headings = [], , ...rows] = table.slice(first, last).map(cells);
  const places = columns.map((column) => headings.indexOf(column));
  if (start < 0 || !under.includes(`### ${heading}`) || places.includes(-1)) {
    throw new Error(
      `${PAGE} has no table "${heading}" with ${columns.join(", ")}: npm run bench -- ${bench} --docs writes it`,
    );
  }
  const kept = rows.map((row) => places.map((place) => row[place] ?? ""));
  return markdownTable(columns, kept);
}

function cells(line) {
  return line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());
}
