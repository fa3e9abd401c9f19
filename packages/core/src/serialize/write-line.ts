import type { AttributesInput } from "../attributes.ts";
import type { Clock } from "../clock.ts";
import { coreError } from "../error-codes.ts";
import { errorCode } from "../errors.ts";
import type { EventInput, Signal, TimeInput } from "../event.ts";
import type { Limits } from "../limits.ts";
import { LineRecord } from "../line-record.ts";
import type { Redactor } from "../redact/redactor.ts";
import type { SeverityNumber } from "../severity.ts";
import { attributeEntries } from "./attribute-entries.ts";
import { ContextJson } from "./context-json.ts";
import { CutCounts } from "./cut-counts.ts";
import { GuardedRedactor } from "./guarded-redactor.ts";
import { HeadTable } from "./head-table.ts";
import { KeyTable } from "./key-table.ts";
import { isPlainMap } from "./plain-map.ts";
import { TimeStamp } from "./time-stamp.ts";
import { formatTimestamp, toNanos } from "./timestamp.ts";
import { flatten, forgetMatch } from "./write-string.ts";
import { ValueWriter } from "./write-value.ts";

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
  /**
   * Never throws: an event that cannot be written becomes a line with its time, its severity, its name where that is a plain
   * identifier that holds no secret, and the attribute `plumbline.error` = `PLB_EVENT_UNWRITABLE`; it is counted as `failed`.
   */
  write(event: EventInput, severity: SeverityNumber): LineRecord;
  /**
   * What was cut or replaced so far, by reason: `depth`, `attributes` (entries left out), `string`, `event` (cut or left out
   * because of the event's size), `time` (no time; the clock's was written), `failed`.
   */
  counts(): Readonly<Record<string, number>>;
}

/** Makes the writer of one pipeline. Throws `PLB_RESOURCE_UNWRITABLE` when the resource cannot be redacted. */
export function createLineWriter(options: LineWriterOptions): LineWriter {
  return new Walker(options);
}

/** Room on the line for the id, the signal and the count of what was left out. */
const LINE_RESERVE = 128;
/** A longer name of an event is cut. */
const MAX_NAME = 1024;
/** A longer name or version of a scope is cut. */
const MAX_SCOPE_TEXT = 256;
/** The part of the room that a body leaves to the attributes: one of so many. */
const BODY_LEAVES = 4;
const CLOSING_BRACE = 0x7d;
const PLAIN_NAME = /^[A-Za-z0-9_.-]{1,128}$/;

class Walker implements LineWriter {
  readonly #clock: Clock;
  readonly #redactor: GuardedRedactor | undefined;
  readonly #counts = new CutCounts();
  readonly #newWalk: () => ValueWriter;
  readonly #heads: HeadTable;
  readonly #context: ContextJson;
  readonly #stamp = new TimeStamp();
  /** One for every event that is being walked: a getter may emit another. */
  readonly #walks: ValueWriter[] = [];
  readonly #maxLength: number;
  /** `,"resource":{…}}` */
  readonly #tail: string;
  #walking = 0;
  // Of the event that was walked last.
  #micros = 0;
  #extraNanos = 0;
  #name: string | undefined;
  #signal: Signal = "logs";

  constructor(options: LineWriterOptions) {
    const { clock, limits, resource } = options;
    const redactor = options.redactor === undefined ? undefined : new GuardedRedactor(options.redactor);
    this.#clock = clock;
    this.#redactor = redactor;
    const keys = new KeyTable(redactor);
    this.#newWalk = () => new ValueWriter({ limits, redactor, keys, counts: this.#counts });
    const values = this.#newWalk();
    this.#walks.push(values);
    this.#heads = new HeadTable((name) => values.leaf.short(name, MAX_NAME));
    this.#context = new ContextJson((text) => values.leaf.short(text, MAX_SCOPE_TEXT));
    values.begin(limits.maxEventSize);
    this.#tail = resource === undefined ? "}" : `,"resource":${resourceJson(resource, values)}}`;
    flatten(this.#tail);
    this.#maxLength = limits.maxEventSize - this.#tail.length - LINE_RESERVE;
  }

  counts(): Readonly<Record<string, number>> {
    return this.#counts.report();
  }

  write(event: EventInput, severity: SeverityNumber): LineRecord {
    let values = this.#walks[this.#walking];
    if (values === undefined) this.#walks.push((values = this.#newWalk()));
    this.#walking += 1;
    let rest: string;
    try {
      rest = this.#write(event, severity, values);
    } catch {
      values.abandon();
      rest = this.#unwritable(event, severity);
    }
    // Made here, not where the walk ends: there the engine has had enough of compiling one function into another, and calls what makes it.
    const record = new LineRecord(rest, undefined, this.#micros, this.#extraNanos, severity, this.#name, this.#signal);
    this.#walking -= 1;
    if (this.#redactor?.changed === true) {
      this.#redactor.changed = false;
      forgetMatch(); // a detector may have left one in raw text
    }
    return record;
  }

  /** The line's text; leaves what else belongs to it in the fields, after everything that may emit another event. */
  #write(event: EventInput, severity: SeverityNumber, values: ValueWriter): string {
    const { name, body, attributes, error, time, observedTime, scope } = event;
    const signal = signalOf(event.signal);
    const head = this.#heads.get(typeof name === "string" ? name : undefined);
    let where = this.#context.trace(event.trace);
    if (observedTime !== undefined) where += this.#observedTime(observedTime);
    if (scope !== undefined) where += this.#context.scope(scope);
    values.begin(this.#maxLength - where.length);
    const stamp = this.#time(time);
    const micros = this.#micros;
    const extraNanos = this.#extraNanos;
    const hasError = error !== undefined && error !== null;
    let out: string;
    if (body === undefined && !hasError && attributes !== undefined && isMap(attributes)) {
      out =
        values.topMap(attributes, undefined, stamp + head.textWithAttributes(severity)) ?? stamp + head.text(severity);
    } else {
      out = stamp + head.text(severity);
      if (body !== undefined) out = writeBody(body, `${out},"body":`, values);
      if (hasError || (attributes !== undefined && attributes !== null)) {
        const entries = attributeEntries(attributes, error, values);
        out = values.topMap(entries, entries, `${out},"attributes":`) ?? out;
      }
    }
    const dropped = values.dropped + countOf(event.droppedAttributes);
    out += where;
    if (dropped > 0) out += `,"dropped_attributes":${dropped}`;
    if (signal !== "logs") out += `,"signal":"${signal}"`;
    out += this.#tail;
    makeFlat(out);
    this.#micros = micros;
    this.#extraNanos = extraNanos;
    this.#name = head.name;
    this.#signal = signal;
    return out;
  }

  /** `"time":"2026-11-20T21:57:03.123456`: the given time, else the clock's. */
  #time(given: TimeInput | undefined): string {
    if (given !== undefined) {
      const nanos = toNanos(given);
      if (nanos !== undefined) {
        // A double holds microseconds exactly until the year 2255; what it rounds off beyond that goes with the nanoseconds.
        this.#micros = Number(nanos / 1000n);
        this.#extraNanos = Number(nanos - BigInt(this.#micros) * 1000n);
        return `"time":"${formatTimestamp(nanos).slice(0, -1)}`;
      }
      this.#counts.time += 1;
    }
    this.#micros = Math.trunc(this.#clock.nowMicros());
    this.#extraNanos = 0;
    return this.#stamp.begin(this.#micros);
  }

  #observedTime(given: TimeInput): string {
    const nanos = toNanos(given);
    if (nanos !== undefined) return `,"observed_time":"${formatTimestamp(nanos)}"`;
    this.#counts.time += 1;
    return "";
  }

  #unwritable(event: EventInput, severity: SeverityNumber): string {
    this.#counts.failed += 1;
    const head = this.#heads.get(this.#plainName(event));
    const time = this.#safeTime(event);
    const rest = `${time}${head.text(severity)},"attributes":{"plumbline.error":"PLB_EVENT_UNWRITABLE"}${this.#tail}`;
    makeFlat(rest);
    this.#name = head.name;
    this.#signal = "logs";
    return rest;
  }

  #safeTime(event: EventInput): string {
    try {
      return this.#time(event.time);
    } catch {
      // The time itself cannot be read, or the clock is what threw.
      this.#micros = Date.now() * 1000;
      this.#extraNanos = 0;
      return this.#stamp.begin(this.#micros);
    }
  }

  /** The event's name where it is a plain identifier that the redactor leaves as it is. */
  #plainName(event: EventInput): string | undefined {
    try {
      const { name } = event;
      if (typeof name !== "string" || !PLAIN_NAME.test(name)) return undefined;
      return this.#heads.get(name).name === name ? name : undefined;
    } catch {
      return undefined; // it cannot be read, or not be redacted
    }
  }
}

function resourceJson(resource: AttributesInput, values: ValueWriter): string {
  try {
    return values.value(attributeEntries(resource, undefined, values), "");
  } catch (error) {
    throw coreError("PLB_RESOURCE_UNWRITABLE", { details: { code: errorCode(error) } });
  }
}

/** `out` with the body after it, which leaves some of the room to the attributes. */
function writeBody(body: unknown, out: string, values: ValueWriter): string {
  const { max } = values.leaf;
  values.leaf.max = max - Math.trunc(Math.max(0, max - out.length) / BODY_LEAVES);
  const next = values.value(body, out);
  values.leaf.max = max;
  return next;
}

/** As `flatten()`, by asking for a character; whether there are wide ones is asked by whom it concerns. */
function makeFlat(line: string): void {
  if (line.charCodeAt(line.length - 1) !== CLOSING_BRACE) throw new TypeError("not a line");
}

function isMap(attributes: object): boolean {
  try {
    return isPlainMap(attributes);
  } catch {
    return false; // a proxy that is revoked or throws
  }
}

function signalOf(signal: unknown): Signal {
  return signal === "traces" || signal === "metrics" ? signal : "logs";
}

function countOf(count: unknown): number {
  return typeof count === "number" && Number.isSafeInteger(count) && count > 0 ? count : 0;
}
