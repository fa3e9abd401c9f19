import { SEVERITY_NAMES, severityName, type SeverityNumber } from "../severity.ts";
import { flatCopy, quote, wellFormed } from "./write-string.ts";

const MAX_HEADS = 1024;
/** A longer name is not kept. */
const MAX_KEPT_NAME = 256;

/** What stands between the time and the rest of a line, for one name of events. */
export class Head {
  /** The name as it is written. */
  readonly name: string | undefined;
  /** At twice the severity's number; the one that goes on with attributes is next to it. */
  readonly #texts: string[] = Array.from({ length: 2 * (SEVERITY_NAMES.length + 1) }, () => "");

  constructor(name: string | undefined) {
    this.name = name === undefined ? undefined : flatCopy(wellFormed(name));
  }

  /** `Z","severity":"INFO","name":"checkout.completed"` */
  text(severity: SeverityNumber): string {
    return this.#texts[severity * 2] || this.#add(severity * 2, severity, "");
  }

  /** The same, and `,"attributes":` */
  textWithAttributes(severity: SeverityNumber): string {
    return this.#texts[severity * 2 + 1] || this.#add(severity * 2 + 1, severity, ',"attributes":');
  }

  #add(place: number, severity: SeverityNumber, more: string): string {
    const name = this.name === undefined ? "" : `,"name":${quote(this.name)}`;
    const text = flatCopy(`Z","severity":"${severityName(severity)}"${name}${more}`);
    this.#texts[place] = text;
    return text;
  }
}

/** Heads by the name as it was given. Bounded; when full it starts afresh. */
export class HeadTable {
  readonly #nameless = new Head(undefined);
  readonly #heads = new Map<string, Head>();
  readonly #safe: (name: string) => string;
  /** What was asked for last: events of one kind mostly come several at a time. */
  #last: Head = this.#nameless;

  /** `safe` gives the name as it may be written, not longer than a name may be. */
  constructor(safe: (name: string) => string) {
    this.#safe = safe;
  }

  get(name: string | undefined): Head {
    if (name === undefined) return this.#nameless;
    if (name === this.#last.name) return this.#last;
    const known = this.#heads.get(name);
    if (known === undefined) return this.#add(name);
    this.#last = known;
    return known;
  }

  #add(name: string): Head {
    const head = new Head(this.#safe(name));
    // Only a name that is written as it was given is kept: the table must not hold what was taken out of a line.
    if (head.name === name && name.length <= MAX_KEPT_NAME) {
      if (this.#heads.size >= MAX_HEADS) this.#heads.clear();
      this.#heads.set(head.name, head);
    }
    return head;
  }
}
