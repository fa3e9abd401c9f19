/** One of the events of a stream of server-sent ones. */
export interface ServerEvent {
  /** Its data, line by line; the newlines between them left out. */
  readonly data: readonly string[];
}

/** No frame of ours is longer: an event has 4 MiB at most. */
const MAX_PENDING = 64 * 1024 * 1024;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BYTE_ORDER_MARK = "\ufeff";

/** Cuts a stream of server-sent events into its events. Source: the HTML standard, section 9.2.6. */
export class ServerEventReader {
  // Whole lines are decoded, each piece by itself: a decoder that keeps half characters takes several times as long.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #isBegun = false;
  /** What no line feed has come for. */
  #rest: Uint8Array[] = [];
  #restLength = 0;
  #data: string[] = [];
  #length = 0;

  /** The events that end in these bytes; comments are none. `undefined`: one is longer than any of ours. */
  push(bytes: Uint8Array): readonly ServerEvent[] | undefined {
    const events: ServerEvent[] = [];
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    let start = 0;
    if (end > 0 && this.#rest.length > 0) {
      start = bytes.indexOf(LINE_FEED) + 1;
      this.#rest.push(bytes.subarray(0, start));
      this.#readLines(joined(this.#rest, this.#restLength + start), events);
      this.#rest = [];
      this.#restLength = 0;
    }
    if (end > start) this.#readLines(bytes.subarray(start, end), events);
    if (end < bytes.length) {
      this.#rest.push(bytes.subarray(end));
      this.#restLength += bytes.length - end;
    }
    return this.#restLength + this.#length > MAX_PENDING ? undefined : events;
  }

  /** Takes lines, each with its line feed. */
  #readLines(bytes: Uint8Array, events: ServerEvent[]): void {
    const text = this.#decoder.decode(bytes);
    let start = !this.#isBegun && text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
    this.#isBegun = true;
    for (let feed = text.indexOf("\n", start); feed >= 0; feed = text.indexOf("\n", start)) {
      const end = feed > start && text.charCodeAt(feed - 1) === CARRIAGE_RETURN ? feed - 1 : feed;
      if (end === start) this.#dispatch(events);
      else if (text.startsWith("data:", start))
        this.#take(text.slice(text[start + 5] === " " ? start + 6 : start + 5, end));
      start = feed + 1;
    }
  }

  #take(data: string): void {
    this.#data.push(data);
    this.#length += data.length;
  }

  #dispatch(events: ServerEvent[]): void {
    if (this.#data.length > 0) events.push({ data: this.#data });
    this.#data = [];
    this.#length = 0;
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
