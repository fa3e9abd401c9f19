import { LineSplitter, LineVerifier, type LineVerifierOptions, type VerifyReport } from "@plumbline/jsonl";

/** How the lines that came differ from those that were to come. */
export interface LineComparison {
  /** Lines that did not come. */
  readonly lost: readonly string[];
  /** Lines that came more often than they were to. */
  readonly repeated: readonly string[];
  /** Lines that nobody sent. */
  readonly foreign: readonly string[];
  /** Lines that came after one that was to come later. */
  readonly reordered: readonly string[];
  readonly ok: boolean;
}

/** Compares what came with what was to come, line by line; equal lines are told apart by how often they come. */
export function compareLines(expected: readonly string[], actual: readonly string[]): LineComparison {
  const places = new Map<string, number[]>();
  for (const [index, line] of expected.entries()) {
    const known = places.get(line);
    if (known === undefined) places.set(line, [index]);
    else known.push(index);
  }
  const repeated: string[] = [];
  const foreign: string[] = [];
  const reordered: string[] = [];
  const taken = new Map<string, number>();
  let highest = -1;
  for (const line of actual) {
    const known = places.get(line);
    const count = taken.get(line) ?? 0;
    const place = known?.[count];
    if (known === undefined) foreign.push(line);
    else if (place === undefined) repeated.push(line);
    else {
      taken.set(line, count + 1);
      if (place < highest) reordered.push(line);
      else highest = place;
    }
  }
  const lost = [...places].flatMap(([line, known]) => known.slice(taken.get(line) ?? 0).map(() => line));
  const ok = lost.length + repeated.length + foreign.length + reordered.length === 0;
  return { lost, repeated, foreign, reordered, ok };
}

/** Verifies a file's whole content as `plumbline verify` does: every line parsed, ids dense and in order. */
export function checkLines(content: string | Uint8Array, options: LineVerifierOptions = {}): VerifyReport {
  const verifier = new LineVerifier(options);
  verifier.beginFile("content");
  const splitter = new LineSplitter();
  for (const line of splitter.push(Buffer.from(content as string))) verifier.take(line);
  const last = splitter.finish();
  if (last !== undefined) verifier.take(last);
  return verifier.report();
}
