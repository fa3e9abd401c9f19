import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { formatId, type JournalLocation } from "@plumbline/core";
import { formatSegmentName, journalLocation } from "@plumbline/jsonl";
import type { StreamItem, Subscription } from "../src/index.ts";
import { lineOf } from "./delivery-scene.ts";

export const EPOCHS = ["0000000000001", "0000000000002", "0000000000003"] as const;

/** A journal's files, written by hand: every form that a reader may meet. */
export class JournalOnDisk {
  readonly location: JournalLocation;
  readonly ids: string[] = [];
  #epochAt = 0;
  #seq = 0;
  #first: { epoch: string; seq: number } | undefined;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.location = journalLocation(join(folder, "checkout.jsonl"));
  }

  get epoch(): string {
    return EPOCHS[this.#epochAt] ?? "";
  }

  append(count: number, name?: string): this {
    for (let at = 0; at < count; at++) {
      this.#seq += 1;
      const line = lineOf(this.#seq, name);
      line.number(this.epoch, this.#seq);
      this.#first ??= { epoch: this.epoch, seq: this.#seq };
      appendFileSync(this.location.path, `${line.line}\n`);
      this.ids.push(formatId(this.epoch, this.#seq));
    }
    return this;
  }

  raw(text: string | Uint8Array): this {
    appendFileSync(this.location.path, text);
    return this;
  }

  skip(count: number): this {
    this.#seq += count;
    return this;
  }

  reopen(): this {
    this.#epochAt += 1;
    this.#seq = 0;
    return this;
  }

  /** Gives the file the name of a segment in this form; says its path. */
  seal(form: "sealing" | "sealed" | "compressed" = "sealed"): string {
    const { directory, stem, path } = this.location;
    const first = this.#first ?? { epoch: this.epoch, seq: 1 };
    const name = { stem, epoch: first.epoch, firstSeq: first.seq };
    const to = join(directory, formatSegmentName({ ...name, form: form === "compressed" ? "sealing" : form }));
    renameSync(path, to);
    this.#first = undefined;
    if (form !== "compressed") return to;
    return packed(to, join(directory, formatSegmentName({ ...name, form })));
  }
}

function packed(from: string, to: string): string {
  writeFileSync(to, gzipSync(readFileSync(from)));
  rmSync(from);
  return to;
}

/** What a subscription gives until it has come to the end of what there is. */
export async function replay(subscription: Subscription): Promise<StreamItem[]> {
  const items: StreamItem[] = [];
  for await (const item of subscription) {
    items.push(item);
    if (item.kind !== "gap" && item.isLive) break;
  }
  return items;
}

/** Ids and gaps, in order. */
export function brief(items: readonly StreamItem[]): unknown[] {
  return items.flatMap((item): unknown[] => {
    if (item.kind === "events") return item.lines.map(({ id }) => id);
    return item.kind === "gap" ? [`${item.from} -> ${item.to}: ${item.missing ?? "?"} ${item.reason}`] : [];
  });
}
