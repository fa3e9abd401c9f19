import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Chain } from "./oracle.ts";

/** How a sink names its files beside the path it was given. */
export type Layout =
  /** That one file. */
  | "single"
  /** Slots, segments and torn tails, as Plumbline's format page says. */
  | "plumbline"
  /** `lab.jsonl`, then `lab1.jsonl`, `lab2.jsonl`: the highest is being written. */
  | "numbered-up"
  /** `lab.jsonl` is being written, `lab.jsonl.1` is the newest before it. */
  | "numbered-down";

/** The files of a sink in the order in which they were written, one chain for each sequence. Reads names only. */
export function listChains(path: string, layout: Layout): readonly Chain[] {
  const directory = dirname(path);
  const names = readdirSync(directory);
  const active = basename(path);
  const stem = active.replace(/\.jsonl$/, "");
  if (layout === "single") return existsSync(path) ? [[path]] : [];
  if (layout === "plumbline") return plumblineChains(directory, names, stem);
  if (layout === "numbered-up") {
    return [numbered(directory, names, (name) => (name === active ? "0" : between(name, stem, ".jsonl")))];
  }
  return [numbered(directory, names, (name) => (name === active ? "0" : between(name, `${active}.`, ""))).toReversed()];
}

/** Torn tails that Plumbline has set aside. */
export function listTornFiles(path: string): readonly string[] {
  const directory = dirname(path);
  return readdirSync(directory)
    .filter((name) => /\.torn-\d{8}T\d{6}\.\d{6}Z$/.test(name))
    .map((name) => join(directory, name));
}

const SEGMENT = /^(?<epoch>[0-9a-v]{13})-(?<seq>\d+)\.(?<form>sealing|jsonl|jsonl\.gz)$/;

function plumblineChains(directory: string, names: readonly string[], stem: string): readonly Chain[] {
  const slots = new Map<number, { readonly order: string; readonly form: string; readonly name: string }[]>();
  for (const name of names) {
    if (!name.startsWith(`${stem}.`)) continue;
    const [, digits, rest = ""] = /^(?:slot(\d+)\.)?(.*)$/.exec(name.slice(stem.length + 1)) ?? [];
    const segment = SEGMENT.exec(rest)?.groups;
    if (segment === undefined && rest !== "jsonl") continue;
    const slot = Number(digits ?? 1);
    // The active file sorts behind every segment: no epoch begins with a tilde.
    const order = segment === undefined ? "~" : `${segment["epoch"] ?? ""}-${(segment["seq"] ?? "").padStart(16, "0")}`;
    const files = slots.get(slot) ?? [];
    slots.set(slot, [...files, { order, form: segment?.["form"] ?? "", name }]);
  }
  return [...slots.entries()]
    .toSorted(([a], [b]) => a - b)
    .map(([, files]) => {
      const finals = new Set(files.filter(({ form }) => form !== "sealing").map(({ order }) => order));
      return files
        .filter(({ order, form }) => form !== "sealing" || !finals.has(order))
        .toSorted((a, b) => (a.order < b.order ? -1 : 1))
        .map(({ name }) => join(directory, name));
    });
}

function between(name: string, before: string, after: string): string | undefined {
  return name.startsWith(before) && name.endsWith(after)
    ? name.slice(before.length, name.length - after.length)
    : undefined;
}

function numbered(directory: string, names: readonly string[], digitsOf: (name: string) => string | undefined): Chain {
  return names
    .map((name) => ({ name, digits: digitsOf(name) ?? "" }))
    .filter(({ digits }) => /^\d+$/.test(digits))
    .toSorted((a, b) => Number(a.digits) - Number(b.digits))
    .map(({ name }) => join(directory, name));
}
