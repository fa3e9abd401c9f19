import { appendFileSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { formatSegmentName, journalLocation, type SegmentForm } from "../src/index.ts";
import type { JournalLocation } from "@plumbline/core";
import { EPOCHS, eventLine } from "./lines-of.ts";

interface Sealed {
  readonly epoch: string;
  readonly firstSeq: number;
  form: SegmentForm;
}

/** A journal's writer, as simple as it can be: every step is done when it returns. */
export class ToyJournal {
  readonly location: JournalLocation;
  readonly sealed: Sealed[] = [];
  /** Every id that was written, in order. */
  readonly ids: string[] = [];
  #epoch = 0;
  #seq = 0;
  #first: { epoch: string; firstSeq: number } | undefined;

  constructor(folder: string) {
    this.location = journalLocation(join(folder, "checkout.jsonl"));
  }

  get epoch(): string {
    return EPOCHS[this.#epoch] ?? "";
  }

  append(count: number, padding = 0): void {
    let text = "";
    for (let written = 0; written < count; written++) {
      this.#seq += 1;
      this.#first ??= { epoch: this.epoch, firstSeq: this.#seq };
      this.ids.push(`${this.epoch}:${this.#seq}`);
      text += `${eventLine(this.#seq, this.epoch, padding)}\n`;
    }
    appendFileSync(this.location.path, text);
  }

  /** Numbers that are given and never written, as damage leaves them. */
  skip(count: number): void {
    this.#seq += count;
  }

  /** Closed and opened again: the file goes on with a new epoch. */
  reopen(): void {
    this.#epoch += 1;
    this.#seq = 0;
  }

  seal(): void {
    if (this.#first === undefined) return;
    const sealed: Sealed = { ...this.#first, form: "sealing" };
    renameSync(this.location.path, this.pathOf(sealed));
    writeFileSync(this.location.path, "");
    this.sealed.push(sealed);
    this.#first = undefined;
  }

  /** Gives the oldest segment that is still sealing its final form. */
  finish(form: "sealed" | "compressed"): void {
    const sealing = this.sealed.find((sealed) => sealed.form === "sealing");
    if (sealing === undefined) return;
    const from = this.pathOf(sealing);
    sealing.form = form;
    if (form === "compressed") {
      writeFileSync(`${this.pathOf(sealing)}.tmp`, gzipSync(readFileSync(from)));
      renameSync(`${this.pathOf(sealing)}.tmp`, this.pathOf(sealing));
      unlinkSync(from);
    } else {
      renameSync(from, this.pathOf(sealing));
    }
  }

  /** Removes the oldest segment. */
  retire(): void {
    const [oldest] = this.sealed.splice(0, 1);
    if (oldest !== undefined) rmSync(this.pathOf(oldest));
  }

  pathOf(sealed: Sealed): string {
    return join(this.location.directory, formatSegmentName({ ...sealed, stem: this.location.stem }));
  }
}
