import { readdirSync } from "node:fs";
import { join } from "node:path";
import { journalLocation, readJournal } from "@plumbline/jsonl";
import { createRandom } from "@plumbline/testing";
import { expect, test } from "vitest";
import type { StreamGap } from "../src/index.ts";
import { kill, startProgram, until, type Program } from "./run-program.ts";
import { tempFolder } from "./temp-folder.ts";

const SEED = Number(process.env["PLUMBLINE_SEED"] ?? 1);

interface Said {
  readonly cursor: string;
  readonly ids?: readonly string[];
  readonly gap?: StreamGap;
}

const itemsOf = (reader: Program): Said[] => reader.said().map((line) => JSON.parse(line) as Said);
const eventsOf = (items: readonly Said[]): string[] => items.flatMap(({ ids = [] }) => ids);

async function idsIn(folder: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const entries of readJournal(journalLocation(join(folder, "checkout.jsonl")))) {
    for (const entry of entries) if (entry.kind === "line") ids.push(entry.id ?? "");
  }
  return ids;
}

test(
  "writer and reader are killed and come back, while segments are sealed and compressed: each event once, in order",
  { timeout: 300_000 },
  async () => {
    const folder = await tempFolder();
    const random = createRandom(SEED);
    const seen: string[] = [];
    let cursor = "earliest";
    let reader: Program | undefined;
    const leave = async (): Promise<void> => {
      if (reader === undefined) return;
      await kill(reader);
      const items = itemsOf(reader);
      expect(items.filter(({ gap }) => gap !== undefined)).toEqual([]);
      seen.push(...eventsOf(items));
      cursor = items.at(-1)?.cursor ?? cursor;
    };
    for (let round = 0; round < 8; round++) {
      const writer = startProgram("write", [folder]);
      if (random() < 0.6 || reader === undefined) {
        await leave();
        reader = startProgram("read", [folder, cursor]);
      }
      const enough = 20 + Math.trunc(random() * 1500);
      await until(writer, (said) => said.length >= enough);
      await kill(writer);
    }
    const inJournal = await idsIn(folder);
    await until(
      reader ?? startProgram("read", [folder, cursor]),
      () => seen.length + eventsOf(itemsOf(reader as Program)).length >= inJournal.length,
    );
    await leave();
    expect(seen.length, `seed ${SEED}`).toBe(inJournal.length);
    expect(seen, `seed ${SEED}`).toEqual(inJournal);
    expect(readdirSync(folder).filter((name) => name.endsWith(".gz")).length).toBeGreaterThan(0);
  },
);

test(
  "retention overtakes a reader: what is gone is a gap, to the event, and what is left comes in order",
  { timeout: 120_000 },
  async () => {
    const folder = await tempFolder();
    const rotate = { maxBytes: 20_000, keep: 2 };
    const early = startProgram("write", [folder, JSON.stringify({ lines: 60, rotate })]);
    expect(await early.ended).toBe("");
    const reader = startProgram("read", [folder, "earliest"]);
    await until(reader, () => eventsOf(itemsOf(reader)).length === 60);
    reader.child.kill("SIGSTOP");
    const writer = startProgram("write", [folder, JSON.stringify({ lines: 3000, rotate })]);
    expect(await writer.ended).toBe("");
    reader.child.kill("SIGCONT");
    const left = await idsIn(folder);
    await until(reader, () => eventsOf(itemsOf(reader)).at(-1) === left.at(-1));
    await kill(reader);
    const items = itemsOf(reader);
    const gaps = items.flatMap(({ gap }) => (gap === undefined ? [] : [gap]));
    expect(gaps.length).toBeGreaterThan(0);
    expect(gaps.every(({ reason }) => reason === "retention")).toBe(true);
    // What came and what is said to be missing is everything.
    let at: string | undefined;
    for (const { ids = [], gap } of items) {
      if (gap !== undefined) {
        expect(gap.from).toBe(at);
        at = gap.cursor;
      }
      for (const id of ids) {
        const [epoch = "", seq = ""] = id.split(":");
        const [before = epoch, last = "0"] = at?.split(":") ?? [];
        expect(Number(seq)).toBe(before === epoch ? Number(last) + 1 : 1);
        at = id;
      }
    }
    expect(at).toBe(left.at(-1));
  },
);
