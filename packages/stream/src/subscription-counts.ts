import { formatId, type EventId } from "@plumbline/core";
import type { ReaderReports } from "./journal-reader.ts";
import type { OrderFault } from "./order-detector.ts";
import type { StreamPosition } from "./position.ts";
import type { StreamGap } from "./stream-item.ts";
import type { StreamDiagnostics, SubscriptionState } from "./subscribe.ts";

/** What a subscription counts, and tells its operator, each kind of fault once. */
export class SubscriptionCounts implements ReaderReports {
  readonly #diagnostics: StreamDiagnostics | undefined;
  readonly #told = new Set<string>();
  #start: StreamPosition | undefined;
  #tipAtStart: StreamPosition | undefined;
  #scanned = 0;
  #given = 0;
  #gaps = 0;
  #missing = 0;
  #outOfOrder = 0;
  #damaged = 0;

  constructor(diagnostics: StreamDiagnostics | undefined) {
    this.#diagnostics = diagnostics;
  }

  readonly onDamage = (file: string, code: string): void => {
    this.#damaged += 1;
    this.#tell("warn", "damage", "A journal's file holds what is no event's line; it is gone past.", { file, code });
  };

  readonly onOutOfOrder = (file: string, id: EventId): void => {
    this.#outOfOrder += 1;
    const facts = { file, id: formatId(id.epoch, id.seq) };
    this.#tell(
      "error",
      "displaced",
      "A journal's file holds an event whose number came before; it is not given again.",
      facts,
    );
  };

  /** The detector saw what must not be: the events are given all the same, and this is said. */
  outOfOrder({ after, found }: OrderFault): void {
    this.#outOfOrder += 1;
    const facts = {
      after: after && formatId(after.epoch, after.seq),
      found: found && formatId(found.epoch, found.seq),
    };
    this.#tell("error", "order", "A subscription gave an event out of order. This is a defect of Plumbline.", facts);
  }

  /** What has reached the class is not to be found on disk; it is waited for what comes next. */
  stalled(facts: Readonly<Record<string, unknown>>): void {
    this.#tell(
      "error",
      "stalled",
      "Events that have reached the class cannot be found in the journal's folder.",
      facts,
    );
  }

  startedAt(start: StreamPosition | undefined, tip: StreamPosition | undefined): void {
    this.#start = start;
    this.#tipAtStart = tip;
  }

  looked(scanned: number, given: number): void {
    this.#scanned += scanned;
    this.#given += given;
  }

  passedGap({ missing, from, to, reason }: StreamGap): void {
    this.#gaps += 1;
    this.#missing += missing ?? 0;
    this.#tell("warn", `gap ${reason}`, "Events are missing in the journal.", { from, to, reason, missing });
  }

  state(
    phase: SubscriptionState["phase"],
    position: StreamPosition | undefined,
    tip: StreamPosition | undefined,
    startsAt: bigint | undefined,
  ): SubscriptionState {
    return {
      phase,
      cursor: position && formatId(position.epoch, position.seq),
      tip: tip && formatId(tip.epoch, tip.seq),
      lag: tip !== undefined && tip.epoch === position?.epoch ? Math.max(0, tip.seq - position.seq) : undefined,
      startsAt,
      replayed: phase === "live" ? 1 : this.#replayed(position),
      scanned: this.#scanned,
      given: this.#given,
      gaps: this.#gaps,
      missing: this.#missing,
      outOfOrder: this.#outOfOrder,
      damaged: this.#damaged,
    };
  }

  /** Known where the reading began in the epoch that is written now; the rest of an earlier one cannot be counted beforehand. */
  #replayed(position: StreamPosition | undefined): number | undefined {
    const start = this.#start;
    const tip = this.#tipAtStart;
    if (start === undefined || tip === undefined || position === undefined || start.epoch !== tip.epoch)
      return undefined;
    if (position.epoch !== tip.epoch || tip.seq <= start.seq) return undefined;
    return Math.min(1, (position.seq - start.seq) / (tip.seq - start.seq));
  }

  #tell(level: keyof StreamDiagnostics, kind: string, message: string, facts: Readonly<Record<string, unknown>>): void {
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    try {
      this.#diagnostics?.[level](message, facts);
    } catch {
      return; // whoever listens must not keep events from being read
    }
  }
}
