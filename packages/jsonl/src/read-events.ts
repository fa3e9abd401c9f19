import { readUnpacked } from "./file-chunks.ts";
import { packingOf, packingProblem } from "./packing.ts";
import { readLines, type LineSource, type ReadLinesOptions } from "./line-reader.ts";
import { toStoredEntry, type LineCheck, type StoredEntry } from "./stored-line.ts";

/** Options of {@link readEvents}. */
export interface ReadEventsOptions extends Omit<ReadLinesOptions, "lineEnd"> {
  /** How closely each line is looked at. Default `json`. */
  readonly check?: LineCheck;
  /** What `file` says of the lines of a source that is no path. Default `-`. */
  readonly file?: string;
}

/**
 * The events of one file, as lines, in batches, in constant memory; what is no event's line comes as a problem in its
 * place. A file whose name ends in `.gz` or `.zst` is unpacked; offsets count unpacked bytes.
 *
 * Throws `PLB_JSONL_READ_FAILED` when the file cannot be read, `PLB_JSONL_NO_ZSTD` where this Node cannot unpack it, and what a source throws; never for what the file holds.
 */
export async function* readEvents(
  source: LineSource,
  options: ReadEventsOptions = {},
): AsyncGenerator<readonly StoredEntry[], void, undefined> {
  const isPath = typeof source === "string";
  const isPacked = isPath && packingOf(source) !== undefined;
  const file = isPath ? source : (options.file ?? "-");
  const check = options.check ?? "json";
  const { start, ...withoutStart } = options;
  const lines = isPacked ? readLines(readUnpacked(source, withoutStart), options) : readLines(source, options);
  let end = start ?? 0;
  try {
    for await (const batch of lines) {
      end = batch.at(-1)?.nextOffset ?? end;
      yield batch.map((line) => toStoredEntry(line, file, check));
    }
  } catch (error) {
    const problem = packingProblem(error);
    if (problem === undefined) throw error;
    yield [{ kind: "problem", problem, file, offset: end, size: 0 }];
  }
}
