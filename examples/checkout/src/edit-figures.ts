import type { SystemReport } from "@plumbline/sdk";
import type { EditOutcome } from "./live-edits.ts";
import { type Figure, mustHold, type Verdict } from "./verdict.ts";

/** What the edits of the config came to; `rows` are the outputs' own figures, by which nothing was lost. */
export function editFigures(
  outcomes: readonly EditOutcome[],
  { reload }: SystemReport,
  rows: readonly Verdict[],
): readonly Figure[] {
  const figures = outcomes.map((outcome, index) =>
    mustHold(`edit ${index + 1}`, describe(outcome), isAsItMustBe(outcome)),
  );
  const meanwhile = outcomes.reduce((sum, { emitted: [before, after] }) => sum + after - before, 0);
  const isComplete = rows.every((row) => row.figures.every(({ isRight }) => isRight));
  const text = `${meanwhile.toLocaleString("en-US")} events came while they were put in force, each is where one of the two configs has it`;
  const isLast = reload.generation === outcomes.at(-1)?.notice?.generation && reload.rejected === 1;
  return [...figures, mustHold("edits", text, isComplete && isLast)];
}

/** A good edit is the next generation; a bad one is refused, and the generation before stays. */
function isAsItMustBe({ isGood, before, notice }: EditOutcome): boolean {
  if (notice === undefined) return false;
  if (isGood) return notice.outcome === "applied" && notice.generation === before + 1;
  return notice.outcome === "rejected" && notice.generation === before && notice.error.code === "PLB_CONFIG_INVALID";
}

function describe({ what, before, notice }: EditOutcome): string {
  if (notice === undefined) return `${what}: nothing was told of it`;
  if (notice.outcome === "rejected") return `${what}: refused (${notice.error.code}), generation ${before} stays`;
  return `${what}: generation ${before} → ${notice.generation}, changed ${notice.changed.join(", ")}`;
}
