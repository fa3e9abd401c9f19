import { StreamClientError } from "./client-error.ts";
import type { ClientBatch, ClientItem } from "./client-item.ts";
import { numberIn, placeOf, type Place } from "./place.ts";

/** Holds what comes against what came before, over all connections of one client: an id that is used again, or is out of order, is not passed on. */
export class SequenceCheck {
  /** Without a filter no number may be left out. */
  #isDense: boolean;
  #last: Place | undefined;

  constructor(isDense: boolean) {
    this.#isDense = isDense;
  }

  /** Another filter from here on. */
  filterBy(isDense: boolean): void {
    this.#isDense = isDense;
  }

  /** Begins behind this place, if it is an id. */
  begin(cursor: string): void {
    this.#last = placeOf(cursor);
  }

  /** Throws `PLB_SERVE_CLIENT_SEQUENCE`. */
  take(item: ClientItem): void {
    if (item.kind === "events") this.#takeEach(item);
    const cursor = placeOf(item.cursor);
    const mayGoBack = item.kind === "gap" && item.reason === "unknown-cursor";
    if (!mayGoBack && cursor !== undefined && this.#last !== undefined && isBefore(cursor, this.#last)) {
      throw fault(this.#last, item.cursor);
    }
    this.#last = cursor ?? this.#last;
  }

  #takeEach({ lines }: ClientBatch): void {
    for (const { id } of lines) {
      const last = this.#last;
      // Nearly always the next of the same epoch.
      const seq = last && numberIn(id, last.epoch);
      const place = last === undefined || seq === undefined ? placeOf(id) : { epoch: last.epoch, seq };
      if (!this.#follows(place)) throw fault(last, id);
      this.#last = place;
    }
  }

  #follows(place: Place | undefined): boolean {
    const last = this.#last;
    if (place === undefined) return false;
    if (last === undefined) return true;
    if (place.epoch !== last.epoch) return place.epoch > last.epoch;
    return this.#isDense ? place.seq === last.seq + 1 : place.seq > last.seq;
  }
}

function isBefore(place: Place, other: Place): boolean {
  return place.epoch === other.epoch ? place.seq < other.seq : place.epoch < other.epoch;
}

function fault(last: Place | undefined, found: string): StreamClientError {
  const after = last && `${last.epoch}:${last.seq}`;
  return new StreamClientError("PLB_SERVE_CLIENT_SEQUENCE", {
    message: `A stream server sent ${found} after ${after}.`,
    details: { after, found },
  });
}
