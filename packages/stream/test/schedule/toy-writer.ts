import { createEpoch, EventRing, formatId, LineRecord, type EventId } from "@plumbline/core";
import { compareIds, formatSegmentName, parseSegmentName, peekId } from "@plumbline/jsonl";
import type { Scheduler } from "./scheduler.ts";
import type { ToyDisk } from "./toy-disk.ts";

export const ACTIVE = "checkout.jsonl";

/** What the writer does beside appending. */
export interface WriterHabits {
  /** Lines in all. */
  readonly lines: number;
  /** Lines in a segment at most. */
  readonly segmentLines: number;
  readonly compress: boolean;
  /** Sealed segments that stay; infinite for all. */
  readonly keep: number;
  readonly retainBytes: number;
  readonly crashes: number;
  /** How likely it is, after each write, that a line on disk is spoilt. */
  readonly damage: number;
}

/**
 * A journal's writer in miniature: numbers lines, writes them whole or in pieces, rotates, seals, retires, crashes and comes back with a new epoch,
 * and stops at every place where a real one waits.
 */
export class ToyWriter {
  readonly #disk: ToyDisk;
  readonly #scheduler: Scheduler;
  readonly #habits: WriterHabits;
  /** Every line that has reached the file, in order: what a subscriber from the beginning must get or be told of. */
  readonly written: { readonly id: string; readonly line: string }[] = [];
  /** Ids whose segments were retired. */
  readonly retired = new Set<string>();
  /** Ids whose lines were spoilt on disk. */
  readonly damaged = new Set<string>();
  /** The lines of each segment that is there, by its first id. */
  readonly #segments = new Map<string, string[]>();
  /** Told of every line as it gets its number: for algorithms that push. */
  readonly onCommit = new Set<(id: string, line: string) => void>();
  readonly #sealing: string[] = [];
  ring: EventRing;
  /** How often it has been started. */
  runs = 1;
  isDone = false;
  #active: string[] = [];
  #first: EventId;
  #clockMs = 1000;

  constructor(disk: ToyDisk, scheduler: Scheduler, habits: WriterHabits) {
    this.#disk = disk;
    this.#scheduler = scheduler;
    this.#habits = habits;
    this.ring = this.#openRing();
    this.#first = { epoch: this.ring.epoch, seq: 1 };
    disk.create(ACTIVE);
  }

  /** Writes all lines, then ends. */
  async write(): Promise<void> {
    const { lines, segmentLines, crashes } = this.#habits;
    let left = lines;
    let crashesLeft = crashes;
    while (left > 0) {
      const count = Math.min(left, this.#scheduler.between(1, 6), Math.max(1, segmentLines - this.#active.length));
      left -= count;
      const isCrash = crashesLeft > 0 && this.#scheduler.chance(0.08);
      if (isCrash) {
        crashesLeft -= 1;
        await this.#crashWhileWriting(count);
      } else await this.#append(count);
      if (this.#active.length >= segmentLines) await this.#rotate();
      if (this.#scheduler.chance(this.#habits.damage)) this.spoilOne();
      if (this.#scheduler.chance(0.3)) await this.#scheduler.pause();
    }
    this.ring.advance("fsynced", this.ring.tip);
    this.isDone = true;
    this.ring.end();
  }

  /** Seals and retires, beside the writing. */
  async maintain(): Promise<void> {
    while (!this.isDone || this.#sealing.length > 0) {
      const name = this.#sealing.shift();
      if (name !== undefined) await this.#seal(name);
      else await this.#scheduler.pause();
      await this.#retire();
    }
  }

  #openRing(): EventRing {
    this.#clockMs += 1;
    return new EventRing({
      epoch: createEpoch(this.#clockMs * 1000, () => 0),
      retainBytes: this.#habits.retainBytes,
    });
  }

  #commit(count: number): { ids: string[]; texts: string[] } {
    const ids: string[] = [];
    const texts: string[] = [];
    for (let at = 0; at < count; at++) {
      const line = toyLine(this.ring.tip + 1);
      const seq = this.ring.commit(line);
      ids.push(formatId(this.ring.epoch, seq));
      texts.push(line.line);
    }
    return { ids, texts };
  }

  async #append(count: number): Promise<void> {
    const { ids, texts } = this.#commit(count);
    await this.#scheduler.pause();
    const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""));
    const cut = this.#scheduler.chance(0.3) ? this.#scheduler.between(1, bytes.length - 1) : bytes.length;
    this.#disk.append(ACTIVE, bytes.subarray(0, cut));
    // Lines that are whole are there for every reader, whether the call has returned or not.
    const whole = bytes.subarray(0, cut).filter((byte) => byte === 0x0a).length;
    this.#have(ids.slice(0, whole), texts.slice(0, whole));
    if (cut < bytes.length) {
      await this.#scheduler.pause();
      this.#disk.append(ACTIVE, bytes.subarray(cut));
      this.#have(ids.slice(whole), texts.slice(whole));
    }
    if (this.#scheduler.chance(0.3)) await this.#scheduler.pause();
    for (const [at, id] of ids.entries()) for (const listener of this.onCommit) listener(id, texts[at] ?? "");
    this.ring.advance("written", this.ring.tip);
    if (this.#scheduler.chance(0.3)) await this.#scheduler.pause();
    if (this.#scheduler.chance(0.5)) this.ring.advance("fsynced", this.ring.tip);
  }

  #have(ids: readonly string[], texts: readonly string[]): void {
    for (const [at, id] of ids.entries()) this.written.push({ id, line: texts[at] ?? "" });
    this.#active.push(...ids);
  }

  /** Leaves half a line, as a SIGKILL does; the next run sets it aside and begins an epoch of its own in the same file. */
  async #crashWhileWriting(count: number): Promise<void> {
    const { ids, texts } = this.#commit(count);
    await this.#scheduler.pause();
    const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(""));
    const cut = this.#scheduler.between(0, bytes.length - 1);
    this.#disk.append(ACTIVE, bytes.subarray(0, cut));
    const whole = bytes.subarray(0, cut).filter((byte) => byte === 0x0a).length;
    this.#have(ids.slice(0, whole), texts.slice(0, whole));
    await this.#scheduler.pause();
    const content = this.#disk.contentOf(ACTIVE);
    this.#disk.truncate(ACTIVE, content.lastIndexOf(0x0a) + 1);
    const before = this.ring;
    this.ring = this.#openRing();
    if (this.#active.length === 0) this.#first = { epoch: this.ring.epoch, seq: 1 };
    this.runs += 1;
    before.end();
    await this.#scheduler.pause();
  }

  async #rotate(): Promise<void> {
    const first = this.#first;
    const name = formatSegmentName({ stem: "checkout", epoch: first.epoch, firstSeq: first.seq, form: "sealing" });
    this.#disk.rename(ACTIVE, name);
    this.#segments.set(formatId(first.epoch, first.seq), this.#active);
    await this.#scheduler.pause();
    this.#disk.create(ACTIVE);
    this.#active = [];
    this.#first = { epoch: this.ring.epoch, seq: this.ring.tip + 1 };
    this.#sealing.push(name);
    if (this.#scheduler.chance(0.3)) await this.#scheduler.pause();
  }

  async #seal(name: string): Promise<void> {
    await this.#scheduler.pause();
    const stem = name.slice(0, -".sealing".length);
    if (this.#habits.compress) {
      this.#disk.copy(name, `${stem}.jsonl.gz`);
      await this.#scheduler.pause();
      this.#disk.remove(name);
    } else this.#disk.rename(name, `${stem}.jsonl`);
    await this.#scheduler.pause();
  }

  async #retire(): Promise<void> {
    const sealed = this.#disk.names
      .filter((name) => name !== ACTIVE && !name.endsWith(".sealing"))
      .flatMap((name) => {
        const parsed = parseSegmentName(name);
        return parsed === undefined ? [] : [{ name, first: { epoch: parsed.epoch, seq: parsed.firstSeq } }];
      })
      .toSorted((a, b) => compareIds(a.first, b.first));
    for (const { name, first } of sealed.slice(0, Math.max(0, sealed.length - this.#habits.keep))) {
      this.#disk.remove(name);
      for (const id of this.#segments.get(formatId(first.epoch, first.seq)) ?? []) this.retired.add(id);
      await this.#scheduler.pause();
    }
  }

  /** Spoils a line that is on disk, wherever it stands, as a bad disk does. */
  spoilOne(): void {
    const name = this.#disk.names[this.#scheduler.between(0, this.#disk.names.length - 1)];
    const content = name === undefined ? undefined : this.#disk.contentOf(name);
    if (name === undefined || content === undefined || content.length === 0) return;
    const at = this.#scheduler.between(0, content.length - 1);
    const start = content.lastIndexOf(0x0a, at - 1) + 1;
    const end = content.indexOf(0x0a, start);
    if (end < 0 || at >= end || (at === 0 && start > 0)) return;
    const id = peekId(content.toString("utf8", start, end));
    if (id === undefined) return;
    this.damaged.add(id);
    this.#disk.overwrite(name, start + 3, Buffer.from([0]));
  }
}

/** A line as the walk makes it, with one of ten names. */
function toyLine(seq: number): LineRecord {
  const micros = START_MICROS + seq * 1000;
  const time = `${new Date(micros / 1000).toISOString().slice(0, -1)}000Z`;
  const name = `toy.n${seq % 10}`;
  const rest = JSON.stringify({ time, severity: "INFO", name, attributes: { seq, pad: "x".repeat(seq % 40) } }).slice(
    1,
  );
  return new LineRecord(rest, rest.length + 1, micros, 0, 9, name, "logs");
}

const START_MICROS = Date.UTC(2026, 10, 20, 21, 57, 3) * 1000;
