import { errorCode, formatId, type EventId, type JournalLocation } from "@plumbline/core";
import { compareIds, packingProblem } from "@plumbline/jsonl";
import type { DiskLine } from "./disk-line.ts";
import type { JournalFiles } from "./journal-files.ts";
import { judgeHole, strayGap, type HoleFacts } from "./judge-hole.ts";
import type { RunBounds } from "./line-scanner.ts";
import { openSegment, type OpenSegment } from "./open-segment.ts";
import type { StreamPosition } from "./position.ts";
import type { ReadMemory } from "./read-memory.ts";
import { SegmentFinder } from "./segment-finder.ts";
import type { StreamGap } from "./stream-item.ts";

/** What one step of reading brings. `end`: there is nothing more now, or nothing more below the limit. */
export type ColdRead =
  | { readonly kind: "lines"; readonly lines: readonly DiskLine[] }
  | { readonly kind: "gap"; readonly gap: StreamGap }
  | { readonly kind: "end" };

/** How far one step may go. */
export interface ColdBounds {
  readonly maxCount: number;
  readonly maxBytes: number;
  /** Events of this epoch with a higher number have not reached the class. */
  readonly limit: EventId | undefined;
}

/** What a reader tells about what it finds in the files. */
export interface ReaderReports {
  /** A stretch of a file that is no event's line, or an unreadable file. */
  readonly onDamage: (file: string, code: string) => void;
  /** A line whose number came before. It is not given again. */
  readonly onOutOfOrder: (file: string, id: EventId) => void;
}

const END: ColdRead = { kind: "end" };
/** A hole is looked at so often, each time with a new listing, before it is believed. */
const LOOKS = 3;

/**
 * Reads a journal's files from a position on, one bounded step at a time. What counts are the ids alone: every line comes once, in order, whatever the
 * names of the files do meanwhile, and where numbers are missing there is a gap. An open file is read on under whatever name it has; a hole is believed
 * only when it is still there after the folder was listed again.
 */
export class JournalReader {
  readonly #finder: SegmentFinder;
  readonly #reports: ReaderReports;
  readonly #memory: ReadMemory | undefined;
  #position: StreamPosition | undefined;
  /** Whether the event at the position itself was seen, or the position was made by this reader. */
  #isAnchored: boolean;
  /** The last event that was seen at or before the position. */
  #before: EventId | undefined;
  #open: OpenSegment | undefined;
  /** Whether something unreadable was gone past since the last event: at an epoch's end nothing else would show that events are gone. */
  #hasDamage = false;
  /** For a place that was never seen: the last event before it when all that there was had been read. Others before it show that it will never come. */
  #read: { readonly last: EventId | undefined } | undefined;
  #suspicion: { readonly key: string; looks: number } | undefined;

  /** Without a position it begins with the earliest line that is left. With `memory`, lines are valid until the next call of `read` or `close` only. */
  constructor(
    location: JournalLocation,
    files: JournalFiles,
    position: StreamPosition | undefined,
    reports: ReaderReports,
    memory: ReadMemory | undefined,
  ) {
    this.#finder = new SegmentFinder(location, files);
    this.#reports = reports;
    this.#memory = memory;
    this.#position = position;
    this.#isAnchored = position === undefined;
  }

  /** The position behind what was read. */
  get position(): StreamPosition | undefined {
    return this.#position;
  }

  /** Whether what was read last ended where the file that is written ended then. */
  get isAtEnd(): boolean {
    const open = this.#open;
    return open !== undefined && open.isActive && open.source.isAtEnd && !open.scanner.hasLine;
  }

  /**
   * What is known of a place to begin at, once all that is there was read. `ahead`: its epoch is known, and ends before it. `stray`: others are, and
   * it is not among them. Where nothing is left that could tell, it is taken for `found`.
   */
  get start(): "found" | "ahead" | "stray" {
    const position = this.#position;
    const before = this.#before;
    if (this.#isAnchored || before === undefined || position === undefined || position.seq === 0) return "found";
    return before.epoch === position.epoch ? "ahead" : "stray";
  }

  /** Goes on behind this position, to which somebody else has read. */
  moveTo(position: StreamPosition): void {
    this.#position = position;
    this.#isAnchored = true;
    this.#before = this.#read = undefined;
  }

  /** Begins anew with the earliest line that is left. */
  async restart(): Promise<void> {
    await this.close();
    this.#position = this.#before = this.#finder.finished = undefined;
    this.#isAnchored = true;
  }

  /** Begins in a file that a search has found, and takes it over. */
  beginAt(segment: OpenSegment): void {
    this.#open = segment;
  }

  /** The next events, or the gap before them. Rejects with `PLB_JSONL_READ_FAILED` and what the system says. */
  async read(bounds: ColdBounds): Promise<ColdRead> {
    for (;;) {
      const open = this.#open ?? (await this.#openNext());
      if (open === undefined) return this.#atEnd();
      const found = this.#scan(open, bounds);
      if (found === "exhausted") {
        const filled = await this.#fill(open);
        if (filled === "waiting") return this.#atEnd();
        if (filled === "finished") await this.#finish(open);
        if (filled === "shrunk") await this.close();
      } else if (found.kind === "hole") {
        const result = await this.#look(open, found.id);
        if (result !== undefined) return result;
      } else return found;
    }
  }

  /** Gives up the file that is held open. Reading may go on afterwards; not called during `read`. */
  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    try {
      await open.source.close();
    } finally {
      await open.file.close();
    }
  }

  /** What the buffer holds next: a run of lines, a hole, or nothing. */
  #scan(
    open: OpenSegment,
    bounds: ColdBounds,
  ): ColdRead | { readonly kind: "hole"; readonly id: EventId } | "exhausted" {
    const { scanner } = open;
    for (;;) {
      const position = this.#position;
      if (position !== undefined) {
        const lines = scanner.takeRun(position.epoch, position.seq + 1, runBounds(bounds, position));
        if (lines.length > 0) return this.#took(open, lines, position);
      }
      const next = scanner.peek();
      if (next === undefined) return "exhausted";
      if (next === "damaged") {
        this.#damaged(open);
        scanner.skip();
        continue;
      }
      if (isBeyond(next, bounds.limit)) return END;
      if (position === undefined) {
        this.#position = { epoch: next.epoch, seq: next.seq - 1 };
        continue;
      }
      if (compareIds(next, position) <= 0) {
        if (this.#isStray(next, position)) return this.#beginAgain(next, position);
        if (open.isSeeking) this.#passed(next, position);
        else this.#reports.onOutOfOrder(open.path, next);
        open.hasLines = true;
        scanner.skip();
        continue;
      }
      // The right number, and yet no run: the line is not whole.
      if (next.epoch === position.epoch && next.seq === position.seq + 1) {
        this.#damaged(open);
        scanner.skip();
        continue;
      }
      return { kind: "hole", id: next };
    }
  }

  #damaged(open: OpenSegment, code = "line"): void {
    this.#hasDamage = true;
    if (!open.isSeeking) this.#reports.onDamage(open.path, code);
  }

  #passed(id: EventId, position: StreamPosition): void {
    this.#before = id;
    this.#hasDamage = false;
    if (id.epoch === position.epoch && id.seq === position.seq) this.#isAnchored = true;
  }

  #atEnd(): ColdRead {
    if (!this.#isAnchored) this.#read ??= { last: this.#before };
    return END;
  }

  /** Whether an event that was not there when all was read belongs to an epoch before the place that is waited for: nothing will ever come behind that. */
  #isStray(id: EventId, position: StreamPosition): boolean {
    if (this.#isAnchored || this.#read === undefined || id.epoch === position.epoch) return false;
    const { last } = this.#read;
    return last === undefined || compareIds(id, last) > 0;
  }

  #beginAgain(id: EventId, position: StreamPosition): ColdRead {
    this.moveTo({ epoch: id.epoch, seq: id.seq - 1 });
    return { kind: "gap", gap: strayGap(position, id) };
  }

  #took(open: OpenSegment, lines: readonly DiskLine[], position: StreamPosition): ColdRead {
    this.#position = { epoch: position.epoch, seq: position.seq + lines.length };
    this.#isAnchored = true;
    open.isSeeking = false;
    open.hasLines = true;
    this.#suspicion = undefined;
    this.#hasDamage = false;
    return { kind: "lines", lines };
  }

  /** Looks at a hole before `id` again until it is certain; then goes past it. */
  async #look(open: OpenSegment, id: EventId): Promise<ColdRead | undefined> {
    const position = this.#position ?? id;
    const facts: HoleFacts = {
      position,
      id,
      isAnchored: this.#isAnchored,
      before: this.#before,
      isInFile: open.hasLines,
      hasDamage: this.#hasDamage,
      isOldest: false,
    };
    // Where an epoch's first event follows in the same file, and nothing unreadable stands between, nothing is missing.
    const isBorder = id.epoch !== position.epoch && id.seq === 1;
    const isCertain = isBorder && facts.isInFile && facts.isAnchored && !facts.hasDamage;
    if (!isCertain && !this.#isConfirmed(`${formatId(position.epoch, position.seq)} ${formatId(id.epoch, id.seq)}`)) {
      await this.close();
      return undefined;
    }
    const isOldest = !facts.isInFile && (await this.#finder.isFirstLeft(open, position));
    const gap = judgeHole({ ...facts, isOldest });
    this.#position = { epoch: id.epoch, seq: id.seq - 1 };
    this.#isAnchored = true;
    this.#hasDamage = false;
    this.#before = undefined;
    return gap === undefined ? undefined : { kind: "gap", gap };
  }

  #isConfirmed(key: string): boolean {
    if (this.#suspicion?.key !== key) this.#suspicion = { key, looks: 0 };
    this.#suspicion.looks += 1;
    return this.#suspicion.looks >= LOOKS;
  }

  async #fill(open: OpenSegment): Promise<"more" | "waiting" | "finished" | "shrunk"> {
    // Looked at before the reading: what is read after the name has gone to another file is all there will be.
    const isWritten = open.isActive && (open.source.hasChunk || (await open.file.isAt(open.path)));
    let buffer: Buffer | "shrunk" | undefined;
    try {
      buffer = await open.source.more(open.scanner.leftover);
    } catch (error) {
      if (packingProblem(error) === undefined) throw error;
      this.#damaged(open, errorCode(error));
      return "finished";
    }
    if (buffer === "shrunk") return "shrunk";
    if (buffer === undefined) return isWritten ? "waiting" : "finished";
    if (open.scanner.load(buffer)) this.#damaged(open);
    return "more";
  }

  async #finish(open: OpenSegment): Promise<void> {
    if (open.scanner.leftover.length > 0 && !open.isActive) this.#damaged(open, "torn");
    if (open.first !== undefined) this.#finder.finished = open.first;
    await this.close();
  }

  async #openNext(): Promise<OpenSegment | undefined> {
    const found = await this.#finder.find(this.#position);
    this.#open = found && (await openSegment(found, this.#position, this.#memory));
    return this.#open;
  }
}

function isBeyond(id: EventId, limit: EventId | undefined): boolean {
  return limit !== undefined && id.epoch === limit.epoch && id.seq > limit.seq;
}

function runBounds({ maxCount, maxBytes, limit }: ColdBounds, position: StreamPosition): RunBounds {
  const lastSeq = limit?.epoch === position.epoch ? limit.seq : Number.POSITIVE_INFINITY;
  return { maxCount, maxBytes, lastSeq };
}
