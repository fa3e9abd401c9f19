import { createReadStream, createWriteStream } from "node:fs";
import { chown, rename, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createSystemClock, type JournalLocation } from "@plumbline/core";
import {
  createPacker,
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
import type { FileDriver } from "./file-driver.ts";
import { fromSystem } from "./system-error.ts";
import { createTornFile } from "./recovery.ts";
import { createHostIdentity } from "./host-identity.ts";
import { createNodeFileDriver } from "./node-file-driver.ts";
import { claimOwnership, isOwned, type Ownership, proofsFolder } from "./ownership.ts";

/** Options of {@link repairFile}. */
export interface RepairOptions {
  /** Looks and counts, and changes nothing. Default false. */
  readonly isDryRun?: boolean;
  readonly signal?: AbortSignal;
}

/** What a repair did to one file, or would do. */
export interface RepairResult {
  readonly path: string;
  /** Whole lines, which stand in the file as they did before, byte for byte. */
  readonly wholeLines: number;
  /** Stretches that were none: torn, NULs, no UTF-8, no JSON object. */
  readonly damaged: number;
  /** Where these are now; `undefined` when there were none, or in a dry run: the file was not touched. */
  readonly setAside: string | undefined;
}

/** Whole lines of any length that can occur are judged; a longer one could not be told from damage. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;

type Judged = "whole" | "damaged";

/**
 * Takes out of an archived file, packed or not, what is no whole line, and sets it aside as `<stem>.torn-<time>` beside it;
 * of a packed file that cannot be unpacked to its end, the whole of it. Never changes a whole line. The file is replaced in
 * one step, when its new form is on the device. While it is at work nobody can begin to write a file that a sink has
 * written before.
 *
 * Rejects with `PLB_FILE_OWNED` while somebody writes the file or its journal's segment is being sealed, with
 * `PLB_JSONL_READ_FAILED` or `PLB_JSONL_NO_ZSTD`, with `PLB_FILE_NO_ACCESS`, `PLB_FILE_DISK_FULL` or
 * `PLB_FILE_WRITE_FAILED`, and with the signal's reason when that aborts; the file is then as it was.
 */
export async function repairFile(path: string, options: RepairOptions = {}): Promise<RepairResult> {
  const driver = createNodeFileDriver();
  // Its owner and its journal are those of the file itself, whatever leads to it. What is not there the reading says.
  const real = await driver.realPath(path).catch(() => path);
  const segment = parseSegmentName(basename(real));
  const location = placeOf(real, segment?.stem);
  const isFinal = segment !== undefined && segment.form !== "sealing";
  const place = { path, real, location };
  if (isFinal) return repair(place, driver, options);
  if (options.isDryRun === true) {
    if (await isOwned(location, driver, createHostIdentity())) throw owned(path);
    return repair(place, driver, options);
  }
  const hold = await holdIfSinksWrite(location, driver);
  if (hold === undefined) throw owned(path);
  try {
    return await repair(place, driver, options);
  } finally {
    await hold.release();
  }
}

async function repair(
  { path, real, location }: { readonly path: string; readonly real: string; readonly location: JournalLocation },
  driver: FileDriver,
  { isDryRun, signal }: RepairOptions,
): Promise<RepairResult> {
  const counts = { whole: 0, damaged: 0 };
  // By its own name: the ending says whether it is packed.
  const isCut = await judge(real, signal, (line) => (counts[judgeLine(line, real)] += 1));
  const result = { path, wholeLines: counts.whole, damaged: counts.damaged + (isCut ? 1 : 0) };
  if (result.damaged === 0 || isDryRun === true) return { ...result, setAside: undefined };
  const temporary = `${real}.repairing`;
  const { mode, uid, gid } = await stat(real);
  const place = { directory: dirname(real), stem: location.stem, mode: mode & 0o777 };
  let unneeded: string | undefined = temporary;
  try {
    const aside = await createTornFile(driver, { ...place, nowMicros: createSystemClock().nowMicros() });
    unneeded = aside.path;
    const rest = isCut ? createReadStream(real) : Readable.from(bytesOf(real, "damaged"));
    await pipeline(rest, createWriteStream("", { fd: aside.fd, flush: true }), { signal });
    await driver.unlink(temporary);
    const out = createWriteStream(temporary, { flags: "wx", flush: true, mode: place.mode });
    const whole = Readable.from(bytesOf(real, "whole"));
    const packing = packingOf(real);
    if (packing === undefined) await pipeline(whole, out, { signal });
    else await pipeline(whole, createPacker(packing), out, { signal });
    // A service must still be able to open what another user, root maybe, has repaired for it.
    for (const made of [aside.path, temporary]) await giveTo(made, uid, gid);
    await rename(temporary, real);
    unneeded = undefined;
    await driver.syncDirectory(place.directory);
    return { ...result, setAside: aside.path };
  } catch (error) {
    // Until the file is replaced, what was set aside is still in it.
    if (unneeded !== undefined) for (const made of [unneeded, temporary]) await driver.unlink(made);
    signal?.throwIfAborted();
    throw fromSystem(error, "PLB_FILE_WRITE_FAILED", path);
  }
}

async function giveTo(path: string, uid: number, gid: number): Promise<void> {
  const made = await stat(path);
  if (made.uid !== uid || made.gid !== gid) await chown(path, uid, gid);
}

function owned(path: string): Error {
  return fileError("PLB_FILE_OWNED", {
    message: `${path} is being written by a process or thread, or its journal's segment is being sealed.`,
    details: { path },
  });
}

/**
 * Owns the file as a sink would, where a sink has ever written it: an archive gets no folder of proofs. `undefined` when
 * it has an owner.
 */
async function holdIfSinksWrite(
  location: JournalLocation,
  driver: FileDriver,
): Promise<Pick<Ownership, "release"> | undefined> {
  const { mode } = (await driver.facts(proofsFolder(location))) ?? {};
  if (mode === undefined) return { release: () => Promise.resolve() };
  return claimOwnership(location, driver, createHostIdentity(), mode & 0o777);
}

/** The journal that a file belongs to. */
function placeOf(path: string, stem: string | undefined): JournalLocation {
  return journalLocation(stem === undefined ? path : join(dirname(path), `${stem}.jsonl`));
}

function judgeLine(line: RawLine, path: string): Judged {
  return toStoredEntry(line, path, "json").kind === "line" ? "whole" : "damaged";
}

/** Calls back for every line; says whether a packed file could not be unpacked to its end. */
async function judge(path: string, signal: AbortSignal | undefined, each: (line: RawLine) => void): Promise<boolean> {
  try {
    for await (const lines of readLines(readUnpacked(path), { maxLineBytes: MAX_LINE_BYTES })) {
      signal?.throwIfAborted();
      lines.forEach(each);
    }
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
