import { parseId, type EventId } from "@plumbline/core";
import { compareIds } from "@plumbline/jsonl";
import { DiskLine } from "./disk-line.ts";
import type { StreamPosition } from "./position.ts";
import type { StreamLine } from "./stream-item.ts";

/** What a detector saw. */
export interface OrderFault {
  /** The position that the events had to follow. */
  readonly after: StreamPosition | undefined;
  readonly found: EventId | undefined;
}

/**
 * Stands at the very end of a subscription and checks, in production too, that what is given out goes on exactly where the item before it ended:
 * it knows nothing of how the events were found.
 */
export class OrderDetector {
  #last: StreamPosition | undefined;

  /** A subscription begins, or goes on after a gap that says so, at this position. */
  begin(position: StreamPosition | undefined): void {
    this.#last = position;
  }

  /** Takes the events that were looked at for one item: each must be the next one. Gives the first that is not. */
  take(lines: readonly StreamLine[]): OrderFault | undefined {
    let fault: OrderFault | undefined;
    const first = lines[0];
    if (first instanceof DiskLine) {
      for (const line of lines as readonly DiskLine[]) {
        if (!this.#isNext(line)) fault ??= { after: this.#last, found: { epoch: line.epoch, seq: line.seq } };
        this.#last = line;
      }
      return fault && { after: fault.after, found: fault.found };
    }
    // Lines of the ring are dense by their place in it: the ends tell whether it is the right stretch.
    const from = first === undefined ? undefined : parseId(first.id);
    const to = parseId(lines.at(-1)?.id ?? "");
    const isDense = from !== undefined && to?.epoch === from.epoch && to.seq - from.seq === lines.length - 1;
    if (!isDense || !this.#isNext(from)) fault = { after: this.#last, found: from };
    this.#last = to;
    return fault;
  }

  #isNext(id: EventId): boolean {
    const last = this.#last;
    if (last === undefined) return true;
    if (id.epoch === last.epoch) return id.seq === last.seq + 1;
    return id.seq === 1 && compareIds(id, last) > 0;
  }
}
