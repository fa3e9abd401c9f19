import {
  createLineFilter,
  DoubleValue,
  isNamePattern,
  toSeverityNumber,
  type AnyMap,
  type AnyValue,
  type EventLine,
  type NamePatterns,
  type SeverityNumber,
  type Signal,
} from "@plumbline/core";
import { DiskLine } from "./disk-line.ts";
import { streamError } from "./stream-error.ts";

/** A value that an attribute may be asked to have. */
export type WantedValue = string | number | boolean;

/** Which events a subscriber wants: those that pass all that is given. */
export interface StreamFilterOptions {
  /** Whole names, or `ns.*` for all below a namespace; `*` for every event that has a name. */
  readonly wantedNames?: NamePatterns | undefined;
  readonly minSeverity?: SeverityNumber | undefined;
  /** Attributes by name, each with the value, or one of the values, that it must have. */
  readonly wantedAttributes?: Readonly<Record<string, WantedValue | readonly WantedValue[]>> | undefined;
  /** Default: every signal that is in the journal. */
  readonly signals?: readonly Signal[] | undefined;
}

/** Whether a subscriber wants a line. */
export type StreamFilter = (line: EventLine) => boolean;

const ALL_SIGNALS: readonly Signal[] = ["logs", "traces", "metrics"];
/** Where a line has this field, its severity's text does not tell all. */
const SEVERITY_NUMBER = Buffer.from('severity_number":');

/**
 * A test of lines; `undefined` where every line passes. A line that cannot be read passes: it is for the subscriber to see, and must not be gone
 * unseen. Throws `PLB_STREAM_OPTION_INVALID`.
 */
export function createStreamFilter(options: StreamFilterOptions = {}): StreamFilter | undefined {
  const { wantedNames, minSeverity = 1, wantedAttributes, signals = ALL_SIGNALS } = options;
  const attributes = Object.entries(wantedAttributes ?? {});
  check(options, attributes);
  const isOpen = wantedNames === undefined && minSeverity <= 1 && signals.length >= ALL_SIGNALS.length;
  if (isOpen && attributes.length === 0) return undefined;
  const takes = createLineFilter({ minSeverity, names: wantedNames, signals });
  const isRefused = createQuickRefusal(wantedNames, minSeverity);
  const wanted = attributes.map(([name, value]): [string, readonly WantedValue[]] => [
    name,
    typeof value === "object" ? value : [value],
  ]);
  return (line) => {
    if (line instanceof DiskLine && isRefused(line)) return false;
    try {
      return takes(line) && (wanted.length === 0 || hasAttributes(line.event().attributes, wanted));
    } catch {
      return true; // no event's line, whatever its first bytes look like
    }
  };
}

/** Whether a line is surely not wanted, from its first bytes: most of those that a sparse filter leaves out are never decoded. */
function createQuickRefusal(names: NamePatterns | undefined, minSeverity: number): (line: DiskLine) => boolean {
  const whole = new Set(names?.filter((pattern) => !pattern.endsWith("*")));
  const prefixes = (names ?? []).filter((pattern) => pattern.endsWith("*")).map((pattern) => pattern.slice(0, -1));
  // Asked once for all lines of a buffer: hardly any has the field.
  let chunk: Buffer | undefined;
  let hasNumbers = false;
  const mayHaveNumber = (line: DiskLine): boolean => {
    if (chunk !== line.chunk) {
      ({ chunk } = line);
      hasNumbers = chunk.includes(SEVERITY_NUMBER);
    }
    return hasNumbers && line.bytes.includes(SEVERITY_NUMBER);
  };
  return (line) => {
    const head = line.peek();
    if (head === undefined) return false;
    if (names !== undefined && head.name !== undefined) {
      const { name } = head;
      if (!whole.has(name) && !prefixes.some((prefix) => name.startsWith(prefix))) return true;
    }
    if (minSeverity <= 1) return false;
    const severity = toSeverityNumber(head.severity);
    return severity !== undefined && severity < minSeverity && !mayHaveNumber(line);
  };
}

function hasAttributes(attributes: AnyMap, wanted: readonly (readonly [string, readonly WantedValue[]])[]): boolean {
  return wanted.every(
    ([name, values]) => Object.hasOwn(attributes, name) && values.some((value) => isSame(attributes[name], value)),
  );
}

function isSame(value: AnyValue | undefined, wanted: WantedValue): boolean {
  if (value === wanted) return true;
  if (typeof wanted !== "number") return false;
  if (value instanceof DoubleValue) return value.value === wanted;
  return typeof value === "bigint" && Number.isInteger(wanted) && value === BigInt(wanted);
}

function check(
  { wantedNames, minSeverity, signals }: StreamFilterOptions,
  attributes: readonly (readonly [string, unknown])[],
): void {
  const bad = wantedNames?.find((pattern) => !isNamePattern(pattern));
  if (bad !== undefined || wantedNames?.length === 0) throw invalid("wantedNames");
  if (minSeverity !== undefined && !(Number.isInteger(minSeverity) && minSeverity >= 1 && minSeverity <= 24)) {
    throw invalid("minSeverity");
  }
  if (signals !== undefined && (signals.length === 0 || signals.some((signal) => !ALL_SIGNALS.includes(signal)))) {
    throw invalid("signals");
  }
  for (const [name, value] of attributes) {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    const isWantable = values.every((each) => ["string", "number", "boolean"].includes(typeof each));
    if (name === "" || values.length === 0 || !isWantable) throw invalid("wantedAttributes");
  }
}

function invalid(option: string): Error {
  return streamError("PLB_STREAM_OPTION_INVALID", {
    message: `The option ${option} of a filter has a value it cannot have.`,
    details: { option },
  });
}
