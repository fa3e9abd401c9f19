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
    const first = lines[0];
    if (first instanceof DiskLine) return this.#takeEach(lines as readonly DiskLine[]);
    // Lines of the ring are dense by their place in it: the ends tell whether it is the right stretch.
    const from = first === undefined ? undefined : parseId(first.id);
    const to = parseId(lines.at(-1)?.id ?? "");
    const isDense = from !== undefined && to?.epoch === from.epoch && to.seq - from.seq === lines.length - 1;
    const fault = isDense && this.#isNext(from, this.#last) ? undefined : { after: this.#last, found: from };
    this.#last = to;
    return fault;
  }

  #takeEach(lines: readonly DiskLine[]): OrderFault | undefined {
    let fault: OrderFault | undefined;
    let { epoch, seq } = this.#last ?? { epoch: "", seq: 0 };
    for (const line of lines) {
      // Nearly always the next of the same epoch.
      if (line.epoch !== epoch || line.seq !== seq + 1) {
        const after = epoch === "" ? undefined : { epoch, seq };
        if (!this.#isNext(line, after)) fault ??= { after, found: { epoch: line.epoch, seq: line.seq } };
      }
      epoch = line.epoch;
      seq = line.seq;
    }
    this.#last = { epoch, seq };
    return fault;
  }

  #isNext(id: EventId, last: StreamPosition | undefined): boolean {
    if (last === undefined) return true;
    if (id.epoch === last.epoch) return id.seq === last.seq + 1;
    return id.seq === 1 && compareIds(id, last) > 0;
  }
}
