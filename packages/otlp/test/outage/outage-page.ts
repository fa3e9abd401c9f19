import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";

const PAGE = new URL("../../../../docs/reference/otlp-outage.md", import.meta.url);
const [OPEN, CLOSE] = ["<!-- outage -->", "<!-- /outage -->"];

/** Replaces what stands between the page's two marks by what a run has counted. */
export async function writePage(
  heading: string,
  rows: readonly (readonly [what: string, count: string])[],
): Promise<void> {
  const before = await readFile(PAGE, "utf8");
  const [start, end] = [before.indexOf(OPEN), before.indexOf(CLOSE)];
  if (start < 0 || end < start) throw new Error(`${PAGE.pathname} has no part marked ${OPEN} … ${CLOSE}`);
  const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.replace(/ \d.*$/, "") ?? "?"}`;
  const day = new Date().toISOString().slice(0, 10);
  const table = [["", "counted"], ["---", "--:"], ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
  const text = `${day}, ${machine}: ${heading}\n\n${table}`;
  await writeFile(PAGE, `${before.slice(0, start + OPEN.length)}\n\n${text}\n\n${before.slice(end)}`);
}
