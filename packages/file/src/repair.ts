import { createReadStream, createWriteStream } from "node:fs";
import { rename, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createSystemClock, type JournalLocation } from "@plumbline/core";
import {
  createPacker,
  formatTornName,
  journalLocation,
  LINE_END,
  packingOf,
  packingProblem,
  parseSegmentName,
  readLines,
  readUnpacked,
  toStoredEntry,
  type RawLine,
} from "@plumbline/jsonl";
import { fileError } from "./error-codes.ts";
import { fromSystem } from "./system-error.ts";
import { createHostIdentity } from "./host-identity.ts";
import { createNodeFileDriver } from "./node-file-driver.ts";
import { isOwned } from "./ownership.ts";

/** What a repair did to one file. */
export interface RepairResult {
  readonly path: string;
  /** Whole lines, which stand in the file as they did before, byte for byte. */
  readonly wholeLines: number;
  /** Stretches that were none: torn, NULs, no UTF-8, no JSON object. */
  readonly damaged: number;
  /** Where these are now; `undefined` when there were none and the file was not touched. */
  readonly setAside: string | undefined;
}

/** Whole lines of any length that can occur are judged; a longer one could not be told from damage. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;

type Judged = "whole" | "damaged";

/**
 * Takes out of an archived file, packed or not, what is no whole line, and sets it aside as `<stem>.torn-<time>` beside it;
 * of a packed file that cannot be unpacked to its end, the whole of it. Never changes a whole line. The file is replaced in
 * one step, when its new form is on the device.
 *
 * Rejects with `PLB_FILE_OWNED` while somebody writes the file or its journal's segment is being sealed, with
 * `PLB_JSONL_READ_FAILED`, and with `PLB_FILE_NO_ACCESS`, `PLB_FILE_DISK_FULL` or `PLB_FILE_WRITE_FAILED`.
 */
export async function repairFile(path: string): Promise<RepairResult> {
  const driver = createNodeFileDriver();
  const segment = parseSegmentName(basename(path));
  const location = placeOf(path, segment?.stem);
  const isFinal = segment !== undefined && segment.form !== "sealing";
  if (!isFinal && (await isOwned(location, driver, createHostIdentity()))) {
    throw fileError("PLB_FILE_OWNED", { details: { path } });
  }
  const counts = { whole: 0, damaged: 0 };
  const isCut = await judge(path, (line) => (counts[judgeLine(line, path)] += 1));
  const result = { path, wholeLines: counts.whole, damaged: counts.damaged + (isCut ? 1 : 0) };
  if (result.damaged === 0) return { ...result, setAside: undefined };
  const timeMicros = createSystemClock().nowMicros();
  const setAside = join(dirname(path), formatTornName({ stem: location.stem, timeMicros }));
  const temporary = `${path}.repairing`;
  try {
    const { mode } = await stat(path);
    const to = { flags: "wx", flush: true, mode: mode & 0o777 } as const;
    await driver.unlink(temporary);
    const rest = isCut ? createReadStream(path) : Readable.from(bytesOf(path, "damaged"));
    await pipeline(rest, createWriteStream(setAside, to));
    const whole = Readable.from(bytesOf(path, "whole"));
    const out = createWriteStream(temporary, to);
    const packing = packingOf(path);
    if (packing === undefined) await pipeline(whole, out);
    else await pipeline(whole, createPacker(packing), out);
    await rename(temporary, path);
    await driver.syncDirectory(dirname(path));
  } catch (error) {
    await driver.unlink(temporary);
    throw fromSystem(error, "PLB_FILE_WRITE_FAILED", path);
  }
  return { ...result, setAside };
}

/** The journal that a file belongs to. */
function placeOf(path: string, stem: string | undefined): JournalLocation {
  return journalLocation(stem === undefined ? path : join(dirname(path), `${stem}.jsonl`));
}

function judgeLine(line: RawLine, path: string): Judged {
  return toStoredEntry(line, path, "json").kind === "line" ? "whole" : "damaged";
}

/** Calls back for every line; says whether a packed file could not be unpacked to its end. */
async function judge(path: string, each: (line: RawLine) => void): Promise<boolean> {
  try {
    for await (const lines of readLines(readUnpacked(path), { maxLineBytes: MAX_LINE_BYTES })) lines.forEach(each);
    return false;
  } catch (error) {
    if (packingProblem(error) === undefined) throw error;
    return true;
  }
}

/** The bytes of all lines that are so, with their ends. */
async function* bytesOf(path: string, wanted: Judged): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const lines of readLines(readUnpacked(path), { maxLineBytes: MAX_LINE_BYTES })) {
      for (const line of lines) {
        if (judgeLine(line, path) !== wanted) continue;
        yield line.bytes;
        if (line.terminator !== "") yield Buffer.from(LINE_END);
      }
    }
  } catch (error) {
    if (packingProblem(error) === undefined) throw error;
  }
}
