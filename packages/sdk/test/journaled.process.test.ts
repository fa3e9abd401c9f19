import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { OutputReport } from "@plumbline/core";
import { journalLocation, listJournals, readJournal } from "@plumbline/jsonl";
import { createRandom } from "@plumbline/testing";
import { expect, onTestFinished, test } from "vitest";
import { fixture } from "./child.ts";
import { scratch } from "./scratch.ts";

/** `PLUMBLINE_KILLS=300` for the long run, `PLUMBLINE_SEED` for another schedule. */
const KILLS = Number(process.env["PLUMBLINE_KILLS"] ?? 3);
const SEED = Number(process.env["PLUMBLINE_SEED"] ?? 1);

interface Deeds {
  readonly events?: number;
  readonly writeMs?: number;
  readonly isDown?: boolean;
  readonly linger?: boolean;
}

interface Run {
  readonly child: ChildProcess;
  /** Everything that it has said. */
  readonly said: () => string;
  readonly ended: Promise<void>;
}

function startRun(folder: string, run: number, deeds: Deeds): Run {
  const child = spawn(process.execPath, [fixture("delivers.mjs"), folder, String(run), JSON.stringify(deeds)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (data: string) => (text += data));
  child.stderr.setEncoding("utf8").on("data", (data: string) => (errors += data));
  const ended = new Promise<void>((resolve) =>
    child.once("close", () => {
      if (errors !== "") text += `\nstderr ${errors}`;
      resolve();
    }),
  );
  return { child, said: () => text, ended };
}

/** Resolves when the run has said so much, or has ended. */
async function until(run: Run, isEnough: (said: string) => boolean): Promise<void> {
  await expect
    .poll(() => isEnough(run.said()) || run.child.exitCode !== null, { timeout: 60_000, interval: 5 })
    .toBe(true);
}

const acknowledged = (said: string): string[] => [...said.matchAll(/^ack (\S+)$/gm)].map((match) => match[1] ?? "");

/** The batches that the far side got whole from one run: ids and indexes. What a kill has cut is no line. */
function batchesOf(folder: string, run: number): { id: string; index: string }[][] {
  const path = join(folder, `out.${run}`);
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole
    .split("batch\n")
    .slice(1)
    .map((batch) =>
      batch
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => ({ id: line.split(" ")[0] ?? "", index: line.split(" ")[1] ?? "" })),
    );
}

async function idsInJournals(folder: string): Promise<string[]> {
  const ids: string[] = [];
  for (const location of await listJournals(folder)) {
    for await (const entries of readJournal(journalLocation(location.path))) {
      for (const entry of entries) if (entry.kind === "line" && entry.id !== undefined) ids.push(entry.id);
    }
  }
  return ids;
}

const order = (id: string): string => id.replace(/:(\d+)$/, (_, seq: string) => `:${seq.padStart(16, "0")}`);

function accountOf(said: string, name: string): OutputReport {
  const json = /^report (.*)$/m.exec(said)?.[1] ?? "{}";
  const { outputs } = JSON.parse(json) as { outputs: OutputReport[] };
  const found = outputs.find((output) => output.name === name);
  if (found === undefined) throw new Error(`no account of ${name} in ${said.slice(-2000)}`);
  return found;
}

test(
  "kill -9 anywhere: 0 lost of what had reached the journal's class, repeats only within the last uncommitted batch",
  { timeout: 600_000 },
  async () => {
    const folder = scratch();
    const random = createRandom(SEED);
    const acks: string[] = [];
    for (let round = 0; round < KILLS; round++) {
      const run = startRun(folder, round, { writeMs: random() < 0.3 ? 3 : 0 });
      const enough = 1 + Math.trunc(random() * 300);
      await until(run, (said) => acknowledged(said).length >= enough);
      run.child.kill("SIGKILL");
      await run.ended;
      expect(run.said()).not.toContain("stderr");
      acks.push(...acknowledged(run.said()));
    }
    const last = startRun(folder, KILLS, { events: 30 });
    await last.ended;
    acks.push(...acknowledged(last.said()));

    const first: string[] = [];
    const seen = new Set<string>();
    const indexes = new Set<string>();
    /** What was in a run's last batch may come again, in smaller batches too, until another event settles it. */
    const uncertain = new Set<string>();
    let repeats = 0;
    let repeatedInLastRun = 0;
    for (let round = 0; round <= KILLS; round++) {
      const batches = batchesOf(folder, round);
      for (const batch of batches) {
        for (const { id, index } of batch) {
          if (seen.has(id)) {
            repeats += 1;
            if (round === KILLS) repeatedInLastRun += 1;
            expect(uncertain.delete(id), `seed ${SEED}: ${id} came again in run ${round}`).toBe(true);
          } else {
            first.push(id);
            uncertain.clear();
          }
          seen.add(id);
          indexes.add(index);
        }
      }
      for (const { id } of batches.at(-1) ?? []) uncertain.add(id);
    }
    expect(acks.length).toBeGreaterThan(KILLS * 20);
    expect(
      acks.filter((index) => !indexes.has(index)),
      `seed ${SEED}: lost`,
    ).toEqual([]);
    expect(
      (await idsInJournals(folder)).filter((id) => !seen.has(id)),
      `seed ${SEED}: lost from the journal`,
    ).toEqual([]);
    expect(first).toEqual(first.toSorted((a, b) => (order(a) < order(b) ? -1 : 1)));

    const account = accountOf(last.said(), "far");
    expect(account).toMatchObject({ accepted: 30, queued: 0, inFlight: 0, dropped: {} });
    expect(account.delivered).toBe(account.accepted + account.adopted);
    expect(account.delivered).toBe(batchesOf(folder, KILLS).flat().length);
    expect(account.redelivered).toBeGreaterThanOrEqual(repeatedInLastRun);
    expect(account.redelivered).toBeLessThanOrEqual(20);
    console.log(`${KILLS} kills: ${acks.length} acknowledged, ${seen.size} delivered, ${repeats} of them again`);
  },
);

test(
  "the backlog of a free slot is drained by a process that runs, and given up to whoever takes the slot",
  { timeout: 120_000 },
  async () => {
    const folder = scratch();
    const one = startRun(folder, 1, { events: 5, linger: true });
    await until(one, (said) => said.includes("slot 1") && acknowledged(said).length === 5);
    // Its far side hangs for so long that its events stay where they are.
    const two = startRun(folder, 2, { events: 400, linger: true, writeMs: 600_000 });
    await until(two, (said) => said.includes("slot 2") && acknowledged(said).length === 400);
    two.child.kill("SIGKILL");
    one.child.kill("SIGKILL");
    await Promise.all([one.ended, two.ended]);

    // Has slot 1 again, and drains slot 2 a batch of twenty at a time.
    const three = startRun(folder, 3, { events: 5, linger: true, writeMs: 400 });
    await expect
      .poll(
        () =>
          batchesOf(folder, 3)
            .flat()
            .filter(({ index }) => index.startsWith("2-")).length,
        { timeout: 30_000 },
      )
      .toBeGreaterThan(40);
    const four = startRun(folder, 4, { events: 5 });
    await four.ended;
    expect(four.said()).toContain("slot 2");
    three.child.kill("SIGKILL");
    await three.ended;

    const drained = batchesOf(folder, 3)
      .flat()
      .map(({ index }) => index);
    const taken = batchesOf(folder, 4)
      .flat()
      .map(({ index }) => index);
    const all = [...drained, ...taken].filter((index) => index.startsWith("2-"));
    expect(new Set(all).size).toBe(400);
    expect(all).toHaveLength(400);
    expect(taken.filter((index) => index.startsWith("2-")).length).toBeGreaterThan(0);
    expect(taken.filter((index) => index.startsWith("4-"))).toHaveLength(5);
    const account = accountOf(four.said(), "far");
    expect(account.delivered).toBe(account.accepted + account.adopted);
    expect(readdirSync(folder).filter((name) => name.startsWith("shop.slot2.cursor-"))).toEqual([
      "shop.slot2.cursor-far",
    ]);
  },
);
