import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { PlantedSecret } from "./planted-secrets.ts";

/**
 * The oracle: reads back what stands in the files, with nothing but `fs` and `JSON.parse`, and counts what is there and what is wrong. It shares
 * no code with Plumbline, so that a fault in one cannot hide in the other.
 */
export interface Findings {
  readonly files: number;
  readonly bytes: number;
  /** Whole lines. */
  readonly lines: number;
  /** Lines of a severity below ERROR. */
  readonly belowError: number;
  /** Lines that carry a planted secret's place; shows that the events with secrets have really come. */
  readonly planted: number;
  /** UTF-16 code units of the longest line. */
  readonly longestLine: number;
  /** Lines that are cut, glued, or not one JSON object. */
  readonly torn: number;
  /** Ids that are not the next one, and steps of a worker that are not its next (or, where some were dropped, not a later one). */
  readonly outOfSequence: number;
  /** Where a planted secret was found, in whatever form. */
  readonly secretsFound: number;
}

export interface InspectOptions {
  /** The files in the order of their lines. */
  readonly paths: readonly string[];
  readonly secrets: readonly PlantedSecret[];
  /** `whole`: every id and every step must be there. `with gaps`: some were dropped or filtered, the others are in order. */
  readonly expects: "whole" | "with gaps";
}

/** Reads all files of one output. */
export function inspect(options: InspectOptions): Findings {
  const needles = options.secrets.flatMap(({ text }) => formsOf(text));
  const sequence = new SequenceCheck(options.expects);
  const counts = { bytes: 0, lines: 0, belowError: 0, planted: 0, longestLine: 0, torn: 0, secretsFound: 0 };
  for (const path of options.paths) {
    const text = readText(path);
    counts.bytes += Buffer.byteLength(text);
    // As it stands in the file first; what JSON escapes is looked for in each line's own strings below.
    counts.secretsFound += countHits(text, needles);
    const lines = text.split("\n");
    if (lines.pop() !== "") counts.torn += 1;
    for (const line of lines) {
      const event = parseEvent(line);
      if (event === undefined) {
        counts.torn += 1;
        continue;
      }
      counts.lines += 1;
      counts.longestLine = Math.max(counts.longestLine, line.length);
      if (!/^(?:ERROR|FATAL)/.test(String(event["severity"]))) counts.belowError += 1;
      const attributes = isObject(event["attributes"]) ? event["attributes"] : {};
      if ("planted" in attributes) counts.planted += 1;
      if (line.includes("\\")) counts.secretsFound += countHits(allText(event), needles);
      sequence.take(event["id"], attributes["worker"], attributes["step"]);
    }
  }
  return { files: options.paths.length, ...counts, outOfSequence: sequence.faults };
}

/** The files of a journal, sealed ones first: `<stem>.<epoch>-<number>.jsonl`, packed or not, then `<stem>.jsonl`. */
export function journalFiles(folder: string, stem: string): readonly string[] {
  const sealed = readdirSync(folder).flatMap((name) => {
    const match = /^(.+)\.([0-9a-v]{13})-(\d+)\.(?:jsonl|jsonl\.gz|sealing)$/.exec(name);
    const [, owner, epoch = "", first] = match ?? [];
    return owner === stem ? [{ name, epoch, first: Number(first) }] : [];
  });
  sealed.sort((a, b) => (a.epoch === b.epoch ? a.first - b.first : a.epoch < b.epoch ? -1 : 1));
  return [...sealed.map(({ name }) => name), `${stem}.jsonl`].map((name) => join(folder, name));
}

/** A line, and the id that it begins with. */
export interface FoundLine {
  readonly id: string | undefined;
  readonly text: string;
}

/** The lines of files, in their order. */
export function linesOf(paths: readonly string[]): readonly FoundLine[] {
  return paths.flatMap((path) =>
    readText(path)
      .split("\n")
      .slice(0, -1)
      .map((text) => ({ id: /^\{"id":"([^"]+)"/.exec(text)?.[1], text })),
  );
}

/** The forms in which a secret may have got into a file: as it is, escaped, encoded, or with a card's blanks and hyphens. */
export function formsOf(secret: string): readonly string[] {
  const escaped = escape(secret);
  const base64 = ([0, 1, 2] as const).map((offset) => base64Inside(secret, offset));
  const forms = [
    secret,
    escaped,
    escape(escaped),
    encodeURIComponent(secret),
    new URLSearchParams({ v: secret }).toString().slice(2),
    Buffer.from(secret).toString("hex"),
    ...base64,
    ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
  ];
  if (/^\d{16}$/.test(secret)) {
    const groups = secret.match(/\d{4}/g) ?? [];
    forms.push(groups.join(" "), groups.join("-"));
  }
  return [...new Set(forms)].filter((form) => form.length >= 8);
}

/** As JSON writes it inside a text. */
function escape(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The characters that a secret always gives when it is base64-encoded inside a longer text, `offset` bytes after a group of three begins. */
function base64Inside(secret: string, offset: 0 | 1 | 2): string {
  const bytes = Buffer.from(secret);
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
  // A character stands for six bits; those at the borders also hold bits of the neighbours.
  return encoded.slice(Math.ceil((8 * offset) / 6), Math.floor((8 * (offset + bytes.length)) / 6));
}

class SequenceCheck {
  faults = 0;
  readonly #isWhole: boolean;
  readonly #lastStep = new Map<unknown, number>();
  #epoch = "";
  #lastId = 0;

  constructor(expects: InspectOptions["expects"]) {
    this.#isWhole = expects === "whole";
  }

  take(id: unknown, worker: unknown, step: unknown): void {
    if (this.#isWhole) {
      const [epoch = "", number] = String(id).split(":");
      const isNext = epoch === this.#epoch ? Number(number) === this.#lastId + 1 : Number(number) === 1;
      if (!isNext) this.faults += 1;
      this.#epoch = epoch;
      this.#lastId = Number(number);
    }
    // An event of no worker (the shop opens, the shop closes) has no step.
    if (typeof step !== "number") return;
    const last = this.#lastStep.get(worker) ?? 0;
    if (this.#isWhole ? step !== last + 1 : step <= last) this.faults += 1;
    this.#lastStep.set(worker, step);
  }
}

function readText(path: string): string {
  const bytes = readFileSync(path);
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}

function countHits(text: string, needles: readonly string[]): number {
  let hits = 0;
  for (const needle of needles) {
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) hits += 1;
  }
  return hits;
}

function parseEvent(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) && typeof value["time"] === "string" ? value : undefined;
  } catch {
    return undefined; // counted as torn
  }
}

/** Every name and text in a value, one below the other. */
function allText(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(allText).join("\n");
  if (!isObject(value)) return "";
  return Object.entries(value)
    .map(([key, item]) => `${key}\n${allText(item)}`)
    .join("\n");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
