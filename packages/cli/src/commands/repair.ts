import { basename, join, relative, resolve } from "node:path";
import { errorCode } from "@plumbline/core";
import { repairFile, type RepairResult } from "@plumbline/file";
import { listJournals, listSegments } from "@plumbline/jsonl";
import type { Command } from "commander";
import { createCommand } from "../command.ts";
import { EXIT, type ExitCode, type Report } from "../exit-code.ts";
import { isFolder } from "../input/is-folder.ts";
import type { Console } from "../terminal/console.ts";
import { formatCount } from "../terminal/format-count.ts";
import { printError } from "../terminal/print-error.ts";
import { safeText } from "../terminal/safe-text.ts";
import { type Column, renderTable } from "../terminal/table.ts";
import { noLines } from "../input/no-lines.ts";

export interface RepairCommandOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: "file" },
  { title: "whole lines", align: "right" },
  { title: "damaged", align: "right" },
  { title: "set aside in" },
];

export function repairCommand(console: Console, report: Report): Command {
  return createCommand({
    name: "repair",
    summary: "set aside what is torn in archived files, and leave every whole line as it is",
    details: `
What is no whole line (cut, NUL bytes, not UTF-8, glued, no JSON object) goes to a file of its own beside it, <stem>.torn-<time>; nothing is
deleted. Of a packed file that cannot be unpacked to its end, the whole of it is set aside, and what could be read stays. A file without
damage is not touched. A file that a running service writes is refused: the service mends it itself when it opens it.
Missing, repeated and displaced numbers are no damage of a line: plumbline verify counts them.
`,
    examples: [
      { type: "plumbline repair --dry-run telemetry/", does: "says what would be set aside, and changes nothing" },
      { type: "plumbline repair archive.jsonl.gz", does: "one file, packed or not" },
    ],
  })
    .argument("<path...>", "files, or folders of journals with all their segments")
    .option("-n, --dry-run", "change nothing")
    .option("--json", "print one JSON object")
    .action(async (paths: readonly string[], options: RepairCommandOptions) => {
      report(await repair(console, paths, options));
    });
}

/** Exits with 1 when anything was damaged, repaired or not, and with 3 when a file was refused or failed; the others are done all the same. */
async function repair(console: Console, paths: readonly string[], options: RepairCommandOptions): Promise<ExitCode> {
  const { signal } = console.interruptions;
  const isDryRun = options.dryRun === true;
  const files = (await Promise.all(paths.map((path) => filesAt(console, path)))).flat();
  const results: RepairResult[] = [];
  const failed: { readonly path: string; readonly code: string }[] = [];
  console.progress.watch(() => `repairing: ${formatCount(results.length)} of ${formatCount(files.length)} files`);
  try {
    for (const path of new Set(files)) {
      try {
        results.push(await repairFile(resolve(console.cwd, path), { isDryRun, signal }));
      } catch (error) {
        signal.throwIfAborted();
        failed.push({ path, code: errorCode(error) });
        await console.progress.clear();
        printError(console, error);
      }
    }
  } finally {
    await console.progress.clear();
  }
  const repaired = results.map((result) => ({
    ...result,
    path: relative(console.cwd, result.path),
    setAside: result.setAside === undefined ? null : relative(console.cwd, result.setAside),
  }));
  const damaged = results.reduce((sum, result) => sum + result.damaged, 0);
  const isOk = damaged === 0 && failed.length === 0;
  if (options.json === true) {
    await console.out.write(`${JSON.stringify({ ok: isOk, isDryRun, damaged, files: repaired, failed })}\n`);
  } else if (repaired.length > 0) {
    const rows = repaired.map(({ path, wholeLines, damaged: count, setAside }) => [
      safeText(path),
      formatCount(wholeLines),
      count === 0 ? "0" : console.colours.red(formatCount(count)),
      setAside === null ? (count > 0 ? "(dry run)" : "") : safeText(setAside),
    ]);
    await console.out.write(renderTable(COLUMNS, rows, console.colours));
  }
  if (failed.length > 0) return EXIT.failed;
  return isOk ? EXIT.ok : EXIT.found;
}

/** The file, or every file of the folder's journals, oldest segment first. */
async function filesAt(console: Console, path: string): Promise<readonly string[]> {
  const full = resolve(console.cwd, path);
  if (!(await isFolder(full, path))) return [path];
  const files: string[] = [];
  for (const location of await listJournals(full)) {
    const { segments, active } = await listSegments(location);
    const paths = [...segments.map((segment) => segment.path), ...(active === undefined ? [] : [active])];
    files.push(...paths.map((file) => join(path, basename(file))));
  }
  if (files.length === 0) throw noLines(path);
  return files;
}
