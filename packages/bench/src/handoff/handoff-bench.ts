import type { Bench, BenchReport } from "../frame/bench.ts";
import type { Results } from "../frame/results.ts";
import { type Column, table, textTable } from "../frame/table.ts";
import type { Target } from "../frame/target.ts";
import { ALONE, COMMITTED, MEMORY, QUIET } from "./alone-cells.ts";
import {
  BY_SERVER,
  BY_SIZE,
  COPY,
  FLOOR,
  HANDOFF_CELLS,
  KERNEL,
  LARGE,
  LARGE_S3,
  LARGE_SFTP,
  OURS,
  PIPE,
  PROGRAMS,
  RCLONE,
  RCLONE_SIZES,
  SFTP,
  SFTP_LOOP,
  SMALL,
  SMALL_SFTP,
} from "./handoff-cells.ts";

/** Handing files on to a folder and to a server, beside what else brings them there. */
export const HANDOFF_BENCH: Bench = {
  name: "handoff",
  summary:
    "files handed on to a folder, over SFTP and to S3, beside cp, sftp, scp, rclone, ssh2, lib-storage; latency, memory",
  cells: HANDOFF_CELLS,
  report,
};

const RATE = "mebibytesPerSecond";
const COUNT = "filesPerSecond";

function report(results: Results): BenchReport {
  const parts = [
    groupTable(results, LARGE, "MiB/s", RATE),
    groupTable(results, SMALL, "files/s", COUNT),
    groupTable(results, LARGE_SFTP, "MiB/s", RATE),
    groupTable(results, SMALL_SFTP, "files/s", COUNT),
    groupTable(results, LARGE_S3, "MiB/s", RATE),
    floors(results),
    crossings(results),
    pipeFloor(results),
    aloneTable(results),
    ...[...results.lacking()].map(([cell, lacks]) => `Not run: ${cell}. It needs ${lacks}.`),
  ];
  return { markdown: parts.filter((part) => part !== "").join("\n\n"), targets: targets(results), pictures: [] };
}

function groupTable(results: Results, group: string, heading: string, figure: string): string {
  const names = results.namesIn(group);
  if (names.length === 0) return "";
  const number = (title: string, of: string, digits: number): Column<string> => ({
    heading: title,
    align: "right",
    cell: (name) => shown(results.median(group, name, of), digits),
  });
  const worst = (title: string, of: string): Column<string> => ({
    heading: title,
    align: "right",
    cell: (name) => (results.values(group, name, of).length === 0 ? "–" : String(results.worst(group, name, of))),
  });
  // Of a program in a process of its own, neither is known.
  const own = group === LARGE || group === SMALL || group === LARGE_S3 ? [number("CPU ms", "cpuMs", 0)] : [];
  const columns: readonly Column<string>[] = [
    { heading: group, align: "left", cell: (name) => name },
    number(heading, figure, 0),
    ...own,
    ...(group === LARGE ? [number("loop stall p99 ms", "stallMs", 1)] : []),
    worst("seen too early", "early"),
    worst("corrupt", "corrupt"),
  ];
  return table(columns, names);
}

/** How far what must be done can be from what a copy does, whoever does it. */
function floors(results: Results): string {
  const beside = (name: string): readonly number[] =>
    [COPY, PROGRAMS, KERNEL].map((base) => results.ratio(LARGE, name, base, RATE));
  const [floor, ours] = [beside(FLOOR), beside(OURS)];
  if ([...floor, ...ours].some(Number.isNaN)) return "";
  const listed = (ratios: readonly number[]): string => ratios.map((ratio) => `${ratio.toFixed(2)}×`).join(", ");
  return [
    "To a folder, a bare loop that does the same to every byte (read, hash, write, read back, compare, sync) and nothing besides was",
    `${listed(floor)} as fast as a copy in this process, \`cp\` with \`sync\`, and the kernel's own copy; ours was ${listed(ours)}.`,
  ].join(" ");
}

/** What the levels that no peer has cost. */
function crossings(results: Results): string {
  const readBack = results.ratio(LARGE_SFTP, OURS, SFTP, RATE);
  const server = results.ratio(LARGE_SFTP, BY_SERVER, SFTP, RATE);
  if (Number.isNaN(readBack) || Number.isNaN(server)) return "";
  return [
    `Over SFTP, \`verify: read-back\` has every byte cross twice, and was ${readBack.toFixed(2)}× as fast as \`sftp -f\`, which looks at nothing:`,
    `half is what two crossings cost by themselves. \`verify: server\` was ${server.toFixed(2)}× as fast.`,
  ].join(" ");
}

/** How far whoever brings a file through sshd can be from rclone. */
function pipeFloor(results: Results): string {
  const [pipe, ours, sftp] = [PIPE, BY_SIZE, SFTP].map((name) => results.ratio(LARGE_SFTP, name, RCLONE_SIZES, RATE));
  if (pipe === undefined || ours === undefined || sftp === undefined) return "";
  if ([pipe, ours, sftp].some(Number.isNaN)) return "";
  return [
    "Over SSH, OpenSSH's own client with `cat` at the other end, which syncs nothing, checks nothing and is told nothing, was",
    `${pipe.toFixed(2)}× as fast as \`rclone copy\` that compares sizes, \`sftp -f\` ${sftp.toFixed(2)}×, and ours ${ours.toFixed(2)}×.`,
  ].join(" ");
}

function aloneTable(results: Results): string {
  const figure = (name: string, of: string): string => shown(results.median(ALONE, name, of), 1);
  const rows = results
    .namesIn(ALONE)
    .map((name): readonly string[] =>
      name === MEMORY
        ? [
            name,
            `${figure(name, "grownMebibytes")} MiB more for the larger, ${figure(name, "peakMebibytes")} MiB in all`,
          ]
        : [name, `p50 ${figure(name, "p50Ms")} ms, p99 ${figure(name, "p99Ms")} ms`],
    );
  return rows.length === 0 ? "" : textTable([ALONE, "measured"], rows);
}

function targets(results: Results): readonly Target[] {
  const atLeast = (text: string, value: number, bound: number): Target => {
    return { text, value, bound, sense: "at least", unit: "×" };
  };
  const atMost = (text: string, value: number, bound: number, unit: string): Target => {
    return { text, value, bound, sense: "at most", unit };
  };
  return [
    atLeast("directory ÷ copy + fsync; verify: read-back", results.ratio(LARGE, OURS, COPY, RATE), 0.9),
    atLeast("… ÷ cp, then sync, as programs", results.ratio(LARGE, OURS, PROGRAMS, RATE), 0.9),
    atLeast("… hashing and records alone; verify: size", results.ratio(LARGE, BY_SIZE, COPY, RATE), 0.95),
    atLeast("SFTP ÷ sftp -f; verify: size, as it does", results.ratio(LARGE_SFTP, BY_SIZE, SFTP, RATE), 1),
    atLeast("SFTP ÷ rclone; verify: size, both", results.ratio(LARGE_SFTP, BY_SIZE, RCLONE_SIZES, RATE), 1.5),
    atLeast("… a checksum by the server, both", results.ratio(LARGE_SFTP, BY_SERVER, RCLONE, RATE), 1.5),
    atLeast("small files ÷ sftp in a loop; verify: read-back", results.ratio(SMALL_SFTP, OURS, SFTP_LOOP, COUNT), 3),
    atMost("event-loop stall, p99", results.median(LARGE, OURS, "stallMs"), 10, " ms"),
    atMost("ready to visible, p50", results.median(ALONE, COMMITTED, "p50Ms"), 50, " ms"),
    atMost("… beyond the time of quiet, p50", results.median(ALONE, QUIET, "p50Ms"), 50, " ms"),
    atMost("memory, a file 16 times as large", results.median(ALONE, MEMORY, "grownMebibytes"), 16, " MiB"),
  ];
}

function shown(value: number, digits: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(digits);
}
