import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";

const PAGE = new URL("../../../docs/reference/stream-runs.md", import.meta.url);

/** Where a long run is asked to write its page (`PLUMBLINE_STREAM_DOCS=1`): replaces one part of it, between two marks, by what was counted. */
export function recordRun(part: string, counts: Readonly<Record<string, number>>): void {
  if (process.env["PLUMBLINE_STREAM_DOCS"] === undefined) return;
  const page = readFileSync(PAGE, "utf8");
  const [open, close] = [`<!-- ${part} -->`, `<!-- /${part} -->`];
  const [start, end] = [page.indexOf(open), page.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`the page has no part marked ${open} … ${close}`);
  const [cpu] = cpus();
  const where = `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpu?.model ?? "?"}, load ${(loadavg()[0] ?? 0).toFixed(1)} at the end.`;
  const row = (cells: readonly unknown[]): string => `| ${cells.join(" | ")} |`;
  const table = [row(Object.keys(counts)), row(Object.keys(counts).map(() => "---:")), row(Object.values(counts))].join(
    "\n",
  );
  writeFileSync(PAGE, `${page.slice(0, start + open.length)}\n\n${where}\n\n${table}\n\n${page.slice(end)}`);
}
