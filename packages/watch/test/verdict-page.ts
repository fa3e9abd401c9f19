import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { latencyAt, type Verdict } from "./watch-oracle.ts";

const PAGE = new URL("../../../docs/reference/watch-faults.md", import.meta.url);

/** Where a long run is asked to write its page: replaces one part of it, between two marks, by what was found. */
export function writeVerdicts(part: string, verdicts: readonly (readonly [name: string, verdict: Verdict])[]): void {
  if (process.env["PLUMBLINE_WATCH_DOCS"] === undefined) return;
  const page = readFileSync(PAGE, "utf8");
  const [open, close] = [`<!-- ${part} -->`, `<!-- /${part} -->`];
  const [start, end] = [page.indexOf(open), page.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`the page has no part marked ${open} … ${close}`);
  const [cpu] = cpus();
  const where = `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpu?.model ?? "?"}, load ${(loadavg()[0] ?? 0).toFixed(1)} at the end.`;
  const rows = verdicts.map(([name, verdict]) => {
    const { latenciesMs, generations, stale, repeated, torn } = verdict;
    const latencies = [0.5, 0.99, 1].map((share) => latencyAt(verdict, share));
    return `| ${[name, latenciesMs.length + stale, generations, stale, repeated, torn, ...latencies].join(" | ")} |`;
  });
  const head = "| | checkpoints | generations | stale | repeated | torn | p50 ms | p99 ms | max ms |";
  const table = [head, `|---|${"---:|".repeat(8)}`, ...rows].join("\n");
  writeFileSync(PAGE, `${page.slice(0, start + open.length)}\n\n${where}\n\n${table}\n\n${page.slice(end)}`);
}
