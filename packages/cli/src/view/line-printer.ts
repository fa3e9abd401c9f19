import { parseLine, PlumblineError, type TelemetryEvent } from "@plumbline/core";
import type { Console } from "../terminal/console.ts";
import { safeText } from "../terminal/safe-text.ts";
import { type EventFilter, isOpen, matches } from "./event-filter.ts";
import { formatEvent } from "./format-event.ts";

/** How lines are shown: for people, or as they stand in the file. */
export type LineForm = "pretty" | "raw";

/** Shows lines of text, as far as the filter lets them through. */
export class LinePrinter {
  readonly #console: Console;
  readonly #filter: EventFilter;
  readonly #form: LineForm;

  constructor(console: Console, filter: EventFilter, form: LineForm) {
    this.#console = console;
    this.#filter = filter;
    this.#form = form;
  }

  /** Whether a line passes the filter; one that is no event passes only where there is none. */
  accepts(text: string): boolean {
    if (isOpen(this.#filter)) return true;
    const event = tryParse(text);
    return event !== undefined && matches(this.#filter, event);
  }

  /** Shows a line that was accepted. */
  async print(text: string): Promise<void> {
    const { out, colours } = this.#console;
    if (this.#form === "raw") {
      await out.write(`${text}\n`);
      return;
    }
    const event = tryParse(text);
    await out.write(event === undefined ? `${colours.dim(safeText(text))}\n` : formatEvent(event, colours));
  }

  /** Says something about the lines that is none of them, behind what was shown: on standard error, so that what is piped on is lines alone. */
  async note(text: string): Promise<void> {
    const { out, err, errColours } = this.#console;
    await out.flush();
    err.say(`${errColours.dim(`plumbline: ${safeText(text)}`)}\n`);
  }
}

function tryParse(text: string): TelemetryEvent | undefined {
  try {
    return parseLine(text);
  } catch (error) {
    if (PlumblineError.isInstance(error)) return undefined;
    throw error;
  }
}
