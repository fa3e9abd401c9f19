import {
  type AttributesInput,
  type Clock,
  createLineWriter,
  type Limits,
  type LineRecord,
  type LineWriter,
  type Redactor,
  type SeverityNumber,
  toSeverityNumber,
} from "@plumbline/core";
import type { PipedEvent } from "../input/piped-event.ts";
import { writeJson } from "../redact/write-json.ts";

const DEFAULT_SEVERITY: SeverityNumber = 9;
/** Input that names more resources than this at a time makes new writers again and again: slower, not larger. */
const MAX_WRITERS = 64;

export interface WriterPoolOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly redactor: Redactor;
  /** For lines that name no resource of their own. */
  readonly resource: AttributesInput;
}

/** Makes the lines of piped events. A line that names a resource keeps it: its service is not the one that pipes. */
export class WriterPool {
  readonly #options: WriterPoolOptions;
  readonly #default: LineWriter;
  readonly #byResource = new Map<string, LineWriter>();

  constructor(options: WriterPoolOptions) {
    this.#options = options;
    this.#default = createLineWriter(options);
  }

  write({ event, resource }: PipedEvent): LineRecord {
    const writer = resource === undefined ? this.#default : this.#writerFor(resource);
    return writer.write(event, toSeverityNumber(event.severity) ?? DEFAULT_SEVERITY);
  }

  #writerFor(resource: AttributesInput): LineWriter {
    const key = writeJson(resource);
    const known = this.#byResource.get(key);
    if (known !== undefined) return known;
    const writer = createLineWriter({ ...this.#options, resource });
    const oldest = this.#byResource.size >= MAX_WRITERS ? this.#byResource.keys().next() : undefined;
    if (oldest?.done === false) this.#byResource.delete(oldest.value);
    this.#byResource.set(key, writer);
    return writer;
  }
}
