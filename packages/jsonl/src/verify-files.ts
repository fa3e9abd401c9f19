import { errorCode, type JournalLocation } from "@plumbline/core";
import { readUnpacked } from "./file-chunks.ts";
import { readLines, type ReadLinesOptions } from "./line-reader.ts";
import { packingProblem } from "./packing.ts";
import { listSegments, type TornFile } from "./segments.ts";
import { LineVerifier, type LineVerifierOptions } from "./verify-lines.ts";
import type { VerifyReport } from "./verify-report.ts";

/** Options of {@link verifyFiles} and {@link verifyJournal}. */
export interface VerifyOptions
  extends LineVerifierOptions, Pick<ReadLinesOptions, "maxLineBytes" | "chunkBytes" | "signal"> {}

/**
 * Reads files as one sequence, in the order given: the segments of one journal, or one plain file. Files that end in
 * `.gz` or `.zst` are unpacked. A file that cannot be read is a finding; only `signal` makes this reject, and a file that this Node
 * cannot unpack (`PLB_JSONL_NO_ZSTD`).
 */
export async function verifyFiles(paths: readonly string[], options: VerifyOptions = {}): Promise<VerifyReport> {
  const verifier = new LineVerifier(options);
  for (const path of paths) {
    verifier.beginFile(path);
    let offset = 0;
    try {
      for await (const lines of readLines(readUnpacked(path, options), options)) {
        for (const line of lines) {
          verifier.take(line);
          offset = line.nextOffset;
        }
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      const code = errorCode(error);
      const problem = packingProblem(error);
      if (problem !== undefined) {
        verifier.failFile(problem, offset, "The file cannot be unpacked from here on.");
      } else if (code === "PLB_JSONL_READ_FAILED" && error instanceof Error) {
        verifier.failFile("unreadable", offset, error.message);
      } else {
        throw error;
      }
    }
  }
  return verifier.report();
}

/** {@link verifyFiles} of a journal that nobody writes, and the torn tails that were set aside beside it. */
export async function verifyJournal(
  location: JournalLocation,
  options: VerifyOptions = {},
): Promise<VerifyReport & { readonly setAside: readonly TornFile[] }> {
  const { segments, active, torn } = await listSegments(location);
  const paths = segments.map((segment) => segment.path);
  const report = await verifyFiles(active === undefined ? paths : [...paths, active], options);
  return { ...report, setAside: torn };
}
