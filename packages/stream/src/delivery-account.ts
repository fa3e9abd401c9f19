import type { EventRing, Journal, OutputLedger, OutputReport } from "@plumbline/core";
import type { JournalBoundary } from "./journal-boundary.ts";
import { parsePosition, type StreamPosition } from "./position.ts";
import type { StreamGap } from "./stream-item.ts";

/** So many reasons are told apart; a plugin that makes up codes without end is counted under `other`. */
const MAX_REASONS = 64;
const OTHER = "other";

/** Where a journal stood when an output was wired to it. */
export interface JournalMark {
  readonly report: OutputReport;
  readonly tip: number;
  readonly written: number;
}

/** Where a journal stands now; one that is not open yet stands before its first event. */
export function markOf(journal: Journal): JournalMark {
  const report = journal.ledger.report();
  let ring: EventRing;
  try {
    ({ ring } = journal);
  } catch {
    return { report, tip: 0, written: 0 };
  }
  return { report, tip: ring.tip, written: ring.reached("written") };
}

/**
 * The account of a journaled output. What the service has accepted, and what never reached the file, stands in the journal's own account: this one begins
 * where that one was when the output was wired, so that no event has to be entered twice, and adds what became of each event that was read. What is
 * neither settled nor under way is in the journal, in memory or on disk: that is `queued`.
 */
export class DeliveryAccount {
  readonly #name: string;
  readonly #ledger: OutputLedger;
  readonly #ring: EventRing;
  /** The journal's account, and its last numbers, when the output was wired. */
  #before: OutputReport;
  #tip: StreamPosition;
  #written: number;
  /** What was in the journal's memory then, without a number yet: backlog too. */
  #waiting: number;
  /** Of what stood before the boundary at which it begins: how much may be dropped yet, and how much was. */
  #unnumbered = 0;
  #droppedBefore = 0;
  /** Where it ends: what the journal takes behind that is no business of this output. */
  #end: JournalBoundary | undefined;
  /** What another reader of this name has settled: how much of it the journal has accepted since, and how much it had then, or others have brought. */
  #passedOwn = 0;
  #passedForeign = 0;
  #adopted = 0;
  #filtered = 0;
  #delivered = 0;
  #inFlight = 0;
  #redelivered = 0;
  #deadLetters = 0;
  #gaps = 0;
  #missing = 0;
  readonly #dropped = new Map<string, number>();

  constructor(name: string, { ledger, ring }: Journal, { report, tip, written }: JournalMark) {
    this.#name = name;
    this.#ledger = ledger;
    this.#ring = ring;
    this.#before = report;
    this.#waiting = report.queued;
    this.#tip = { epoch: ring.epoch, seq: tip };
    this.#written = written;
  }

  /** It begins at a boundary instead: what stands before that and is read all the same is adopted. */
  beginAt(boundary: JournalBoundary): void {
    const { report, written } = boundary;
    this.#before = report;
    this.#written = written;
    this.#waiting = 0;
    this.#unnumbered = report.queued;
    // Until the place is known, nothing is read.
    boundary.whenKnown((position) => {
      const { epoch } = this.#tip;
      const seq = parsePosition(position)?.seq ?? 0;
      this.#tip = { epoch, seq };
      this.#unnumbered = 0;
      // What of the journal's memory never got its number was dropped, and stood before the boundary.
      this.#droppedBefore = Math.max(0, report.queued + report.inFlight - (seq - written));
    });
  }

  /** Another reader of this name has settled everything up to here. What of it is new since the output was wired is in the account of that one. */
  passedBy(done: string): void {
    const passed = this.#acceptedBetween(undefined, done);
    this.#passedForeign = Math.min(passed, this.#waiting + this.#foreign(this.#now));
    this.#passedOwn = passed - this.#passedForeign;
  }

  /** It ends at a boundary. */
  endAt(boundary: JournalBoundary): void {
    this.#end = boundary;
  }

  /** Events between two positions were looked at: what this run has not accepted is adopted, and what the filter left out is settled. */
  looked(from: string | undefined, to: string, scanned: number, wanted: number): void {
    this.#adopted += scanned - Math.min(scanned, this.#acceptedBetween(from, to));
    this.#filtered += scanned - wanted;
  }

  /** Events of other runs, which this one's journal knows nothing of. */
  adopt(scanned: number, wanted: number): void {
    this.#adopted += scanned;
    this.#filtered += scanned - wanted;
  }

  /** Events are missing in the journal. Those that this run has accepted are lost to this output. */
  lost(gap: StreamGap): void {
    this.#gaps += 1;
    this.#missing += gap.missing ?? 0;
    this.drop(this.#acceptedBetween(gap.from, gap.cursor), gap.reason);
  }

  /** How many events this delivery itself has settled. */
  get settled(): number {
    return this.#delivered + [...this.#dropped.values()].reduce((a, b) => a + b, 0);
  }

  take(count: number): void {
    this.#inFlight += count;
  }

  giveBack(count: number): void {
    this.#inFlight -= count;
  }

  deliver(count: number): void {
    this.#inFlight -= count;
    this.#delivered += count;
  }

  dropInFlight(count: number, reason: string): void {
    this.#inFlight -= count;
    this.drop(count, reason);
  }

  drop(count: number, reason: string): void {
    if (count <= 0) return;
    const key = this.#dropped.has(reason) || this.#dropped.size < MAX_REASONS ? reason : OTHER;
    this.#dropped.set(key, (this.#dropped.get(key) ?? 0) + count);
  }

  /** What was dropped is not. */
  takeBack(count: number, reason: string): void {
    const left = (this.#dropped.get(reason) ?? 0) - count;
    if (left > 0) this.#dropped.set(reason, left);
    else this.#dropped.delete(reason);
  }

  redeliver(count: number): void {
    this.#redelivered += count;
  }

  setAside(count: number): void {
    this.#deadLetters += count;
  }

  report(): OutputReport & { readonly deadLetters: number; readonly gaps: number; readonly missing: number } {
    const now = this.#now;
    const before = this.#before;
    const accepted = now.accepted - before.accepted - this.#passedOwn;
    const adopted = this.#adopted + this.#waiting + this.#foreign(now) - this.#passedForeign;
    const filtered = now.filtered - before.filtered + this.#filtered;
    const dropped = new Map(this.#dropped);
    // The journal drops what is oldest: until it is known, that is what stood before.
    let notOwn = Math.max(this.#unnumbered, this.#droppedBefore);
    for (const [reason, count] of Object.entries(now.dropped)) {
      const all = count - (before.dropped[reason] ?? 0);
      const since = Math.max(0, all - notOwn);
      notOwn -= Math.max(0, all - since);
      if (since > 0) dropped.set(reason, (dropped.get(reason) ?? 0) + since);
    }
    const lost = this.#lostAtEnd(now);
    if (lost > 0) dropped.set("overflow", (dropped.get("overflow") ?? 0) + lost);
    const settled = this.#delivered + this.#inFlight + filtered + [...dropped.values()].reduce((a, b) => a + b, 0);
    return {
      name: this.#name,
      accepted,
      adopted,
      delivered: this.#delivered,
      inFlight: this.#inFlight,
      queued: accepted + adopted - settled,
      filtered,
      dropped: Object.fromEntries(dropped),
      redelivered: this.#redelivered,
      deadLetters: this.#deadLetters,
      gaps: this.#gaps,
      missing: this.#missing,
    };
  }

  /** The journal's account, up to the end. */
  get #now(): OutputReport {
    return this.#end?.report ?? this.#ledger.report();
  }

  /** Another handle in this thread may write to the same file: its events have no account here. */
  #foreign({ delivered }: OutputReport): number {
    const written = this.#end?.written ?? this.#ring.reached("written");
    return Math.max(0, written - this.#written - (delivered - this.#before.delivered));
  }

  /** Of what the journal had in memory at the end, how much it has dropped since: behind the end its account is no longer this one's. */
  #lostAtEnd(now: OutputReport): number {
    const position = this.#end?.position;
    const end = position === undefined ? undefined : parsePosition(position);
    if (end === undefined || end.epoch !== this.#tip.epoch) return 0;
    const droppedBy = ({ dropped }: OutputReport): number => Object.values(dropped).reduce((a, b) => a + b, 0);
    const [next, before] = [now, this.#before].map((each) => each.accepted - each.filtered - droppedBy(each));
    const toBeNumbered = (next ?? 0) - (before ?? 0) + this.#waiting + this.#droppedBefore;
    return Math.max(0, toBeNumbered - Math.max(0, end.seq - this.#tip.seq));
  }

  /** How many of the events between two positions this run has accepted, or counted as adopted when the output was wired. */
  #acceptedBetween(from: string | undefined, to: string): number {
    const end = parsePosition(to);
    if (end?.epoch !== this.#tip.epoch) return 0;
    const { position } = this.#end ?? {};
    const last = position === undefined ? undefined : parsePosition(position);
    const start = from === undefined ? undefined : parsePosition(from);
    const first = start?.epoch === this.#tip.epoch ? start.seq : 0;
    return Math.max(0, Math.min(end.seq, last?.seq ?? end.seq) - Math.max(first, this.#tip.seq));
  }
}
