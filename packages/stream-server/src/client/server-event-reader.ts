/** One of the events of a stream of server-sent ones. */
export interface ServerEvent {
  readonly id: string | undefined;
  readonly data: string;
}

/** No frame of ours is longer: an event has 4 MiB at most. */
const MAX_PENDING = 64 * 1024 * 1024;

/** Cuts a stream of server-sent events into its events. Source: the HTML standard, section 9.2.6. */
export class ServerEventReader {
  readonly #decoder = new TextDecoder();
  #rest = "";
  #id: string | undefined;
  #data: string[] = [];
  #length = 0;

  /** The events that end in these bytes; comments are none. `undefined`: one is longer than any of ours. */
  push(bytes: Uint8Array): readonly ServerEvent[] | undefined {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    const events: ServerEvent[] = [];
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      const line = text.slice(start, text.charCodeAt(end - 1) === 13 && end > start ? end - 1 : end);
      start = end + 1;
      if (line === "") this.#dispatch(events);
      else this.#take(line);
    }
    this.#rest = text.slice(start);
    return this.#rest.length + this.#length > MAX_PENDING ? undefined : events;
  }

  #take(line: string): void {
    if (line.startsWith("data:")) {
      const data = line.slice(line.startsWith("data: ") ? 6 : 5);
      this.#data.push(data);
      this.#length += data.length;
    } else if (line.startsWith("id:")) this.#id = line.slice(3).trim();
  }

  #dispatch(events: ServerEvent[]): void {
    if (this.#data.length > 0) events.push({ id: this.#id, data: this.#data.join("\n") });
    this.#id = undefined;
    this.#data = [];
    this.#length = 0;
  }
}
