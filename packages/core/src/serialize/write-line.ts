import type { AttributesInput } from "../attributes.ts";
import type { Clock } from "../clock.ts";
import type { EventInput } from "../event.ts";
import type { Limits } from "../limits.ts";
import type { LineRecord } from "../line-record.ts";
import type { Redactor } from "../redact/redactor.ts";
import type { SeverityNumber } from "../severity.ts";

export interface LineWriterOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  /** `undefined` writes everything as it is. */
  readonly redactor: Redactor | undefined;
  /** Serialised (and redacted) once; stands at the end of every line. */
  readonly resource: AttributesInput | undefined;
}

/** The one walk from a raw event to its redacted line. */
export interface LineWriter {
  /** Never throws: an event that cannot be written becomes a line that says so, and is counted. */
  write(event: EventInput, severity: SeverityNumber): LineRecord;
  /** What was cut or replaced so far, by reason: `depth`, `attributes`, `string`, `event`, `failed`. */
  counts(): Readonly<Record<string, number>>;
}

export function createLineWriter(options: LineWriterOptions): LineWriter {
  throw new Error(`not built yet: ${options.limits.maxDepth}`);
}
