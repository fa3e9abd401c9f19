import { readFile, writeFile } from "node:fs/promises";
import { describe, toMarkdown, type LabReport } from "./report.ts";
import type { Scenario } from "./scenario.ts";

const OPEN = "<!-- chaos -->";
const CLOSE = "<!-- /chaos -->";

/** Replaces what stands between the page's two marks by this run's scenarios and table. */
export async function writePage(page: URL, scenarios: readonly Scenario[], report: LabReport): Promise<void> {
  const before = await readFile(page, "utf8");
  const [start, end] = [before.indexOf(OPEN), before.indexOf(CLOSE)];
  if (start < 0 || end < start) throw new Error(`${page.pathname} has no part marked ${OPEN} … ${CLOSE}`);
  const text = [
    describe(report),
    toMarkdown(report.cells),
    ...(report.skippedTests.length > 0 ? [report.skippedTests.map((each) => `- skipped: ${each}`).join("\n")] : []),
    "## Scenarios",
    scenarios.map(({ id, what }) => `- **${id}**: ${what}`).join("\n"),
  ].join("\n\n");
  await writeFile(page, `${before.slice(0, start + OPEN.length)}\n\n${text}\n\n${before.slice(end)}`);
}
