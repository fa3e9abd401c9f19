import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { journalLocation, readJournal } from "@plumbline/jsonl";
import { createRandom } from "@plumbline/testing";
import { expect, test } from "vitest";
import type { JournaledDeliveryReport } from "../src/index.ts";
import { recordRun } from "./record-run.ts";
import { kill, startProgram, until } from "./run-program.ts";
import { tempFolder } from "./temp-folder.ts";

/** `PLUMBLINE_KILLS=300` for the long run; `PLUMBLINE_SEED` for other instants. */
const KILLS = Number(process.env["PLUMBLINE_KILLS"] ?? 6);
const SEED = Number(process.env["PLUMBLINE_SEED"] ?? 1);
const BATCH = 20;

/** The batches that the far side got from one run, of which a kill may have cut the last. */
function batchesOf(folder: string, run: number): string[][] {
  const path = join(folder, `out.${run}`);
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  const whole = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("batch\n")
    .slice(1);
  return whole.map((batch) => batch.split("\n").filter((id) => id !== ""));
}

async function idsIn(folder: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const entries of readJournal(journalLocation(join(folder, "checkout.jsonl")))) {
    for (const entry of entries) if (entry.kind === "line") ids.push(entry.id ?? "");
  }
  return ids;
}

test(
  "kill -9 anywhere: 0 lost of what is in the journal, in order, repeats only within the last uncommitted batch",
  { timeout: 3_600_000 },
  async () => {
    const folder = await tempFolder();
    const random = createRandom(SEED);
    const acknowledged: string[] = [];
    for (let run = 0; run < KILLS; run++) {
      const writeMs = random() < 0.3 ? 3 : 0;
      const program = startProgram("deliver", [folder, String(run), JSON.stringify({ writeMs })]);
      const enough = 1 + Math.trunc(random() * 250);
      await until(program, (said) => said.length >= enough);
      await kill(program);
      acknowledged.push(...program.said());
    }
    const last = startProgram("deliver", [folder, String(KILLS), JSON.stringify({ lines: 50 })]);
    expect(await last.ended).toBe("");
    const report = JSON.parse(last.said().at(-1) ?? "") as JournaledDeliveryReport;
    acknowledged.push(...last.said().slice(0, -1));

    const seen = new Set<string>();
    const first: string[] = [];
    // Handed out last by a run that was killed, and not settled since: the next runs may cut it into other batches, and be killed between them.
    const uncertain = new Set<string>();
    let repeats = 0;
    for (let run = 0; run <= KILLS; run++) {
      const batches = batchesOf(folder, run);
      for (const id of batches.flat()) {
        if (seen.has(id)) {
          repeats += 1;
          expect(uncertain.has(id), `seed ${SEED}: ${id} came again in run ${run}`).toBe(true);
          uncertain.delete(id);
        } else {
          first.push(id);
          uncertain.clear(); // what comes first goes behind all of it: it is settled
        }
        seen.add(id);
      }
      for (const id of batches.at(-1) ?? []) uncertain.add(id);
      expect(uncertain.size, `seed ${SEED}: run ${run}`).toBeLessThanOrEqual(BATCH);
    }
    const inJournal = await idsIn(folder);
    expect(acknowledged.length).toBeGreaterThan(KILLS * 10);
    expect(
      acknowledged.filter((id) => !seen.has(id)),
      `seed ${SEED}: lost`,
    ).toEqual([]);
    // In the journal's own order, and nothing else.
    expect(first, `seed ${SEED}`).toEqual(inJournal);
    expect(repeats).toBeLessThanOrEqual(KILLS * BATCH);
    expect(report).toMatchObject({ accepted: 50, queued: 0, inFlight: 0, dropped: {}, gaps: 0, missing: 0 });
    expect(report.delivered).toBe(report.accepted + report.adopted);
    expect(report.delivered).toBe(batchesOf(folder, KILLS).flat().length);
    expect(report.redelivered).toBeLessThanOrEqual(BATCH);
    recordRun("delivery", {
      kills: KILLS,
      events: inJournal.length,
      lost: 0,
      "out of order": 0,
      "delivered again": repeats,
    });
  },
);
