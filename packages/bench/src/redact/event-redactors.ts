import type { LogRecord, Sink } from "@logtape/logtape";
import { EVENT_NAME, type Attributes } from "../load/payload.ts";
import { createHandWritten } from "./hand-written.ts";
import { openMaskSecrets } from "./mask-secrets.ts";

/** Turns an event into a line; what it takes out is its own affair. */
export type ToLine = (attributes: Attributes, index: number) => string | Promise<string>;

export interface EventRedactor {
  readonly name: string;
  /** What the peer was told, or has as its default. */
  readonly rules: string;
  /** Events that it is given fewer of. Default 1. */
  readonly slowness?: number;
  open(): Promise<ToLine>;
}

const TIME = "2026-01-01T00:00:00.000Z";
const PATHS = ["attributes.apiKey", "attributes.password"];
const WILDCARDS = ["*.apiKey", "*.password"];
const CENSOR = "[redacted]";

interface PlainEvent {
  readonly time: string;
  readonly severity: string;
  readonly name: string;
  readonly attributes: Attributes;
}

function plain(attributes: Attributes): PlainEvent {
  return { time: TIME, severity: "INFO", name: EVENT_NAME, attributes };
}

/** Our walk, from the event to its line, as a pipeline calls it. */
function walk(isRedacting: boolean): EventRedactor {
  return {
    name: isRedacting ? "plumbline" : "plumbline without redaction",
    rules: isRedacting ? "default" : "none",
    async open() {
      const { createLineWriter, createRedactor, createSystemClock, DEFAULT_LIMITS } = await import("@plumbline/core");
      const writer = createLineWriter({
        clock: createSystemClock(),
        limits: DEFAULT_LIMITS,
        redactor: isRedacting ? createRedactor() : undefined,
        resource: undefined,
      });
      return (attributes) => writer.write({ name: EVENT_NAME, attributes }, 9).rest;
    },
  };
}

/** What no walk can be faster than. */
const handWritten: EventRedactor = {
  name: "written by hand for this event (floor)",
  rules: "none",
  open: () => Promise.resolve(createHandWritten()),
};

const stringify: EventRedactor = {
  name: "JSON.stringify",
  rules: "none",
  open: () => Promise.resolve((attributes) => JSON.stringify(plain(attributes))),
};

/** Both redact what they are given in place, serialise it, and put it back. */
function byPaths(name: "fast-redact" | "@pinojs/redact", kind: "static" | "wildcard"): EventRedactor {
  const options = { paths: kind === "static" ? PATHS : WILDCARDS, censor: CENSOR };
  return {
    name: `JSON.stringify + ${name}, ${kind}`,
    rules: kind === "static" ? "two paths" : "two names, one level deep",
    async open() {
      const redact =
        name === "fast-redact"
          ? (await import("fast-redact")).default({ ...options, serialize: JSON.stringify })
          : (await import("@pinojs/redact")).default({ ...options, serialize: JSON.stringify });
      return (attributes) => {
        const line: unknown = redact(plain(attributes));
        return typeof line === "string" ? line : "";
      };
    },
  };
}

function record(attributes: Attributes): LogRecord {
  return {
    category: ["bench"],
    level: "info",
    message: [EVENT_NAME],
    rawMessage: EVENT_NAME,
    timestamp: 0,
    properties: { ...attributes },
  };
}

const logtapeFields: EventRedactor = {
  name: "JSON.stringify + LogTape redactByField",
  rules: "default field names",
  slowness: 4,
  async open() {
    const { redactByField } = await import("@logtape/redaction");
    let line = "";
    const sink: Sink = redactByField((given: LogRecord) => {
      line = JSON.stringify({ time: TIME, severity: "INFO", name: EVENT_NAME, attributes: given.properties });
    });
    return (attributes) => {
      sink(record(attributes));
      return line;
    };
  },
};

const logtapePatterns: EventRedactor = {
  name: "JSON.stringify + LogTape redactByPattern",
  rules: "its five patterns",
  slowness: 4,
  async open() {
    const redaction = await import("@logtape/redaction");
    const format = redaction.redactByPattern(
      (given: LogRecord) =>
        JSON.stringify({ time: TIME, severity: "INFO", name: EVENT_NAME, attributes: given.properties }),
      [
        redaction.EMAIL_ADDRESS_PATTERN,
        redaction.CREDIT_CARD_NUMBER_PATTERN,
        redaction.US_SSN_PATTERN,
        redaction.KR_RRN_PATTERN,
        redaction.JWT_PATTERN,
      ],
    );
    return (attributes) => format(record(attributes));
  },
};

const secretlint: EventRedactor = {
  name: "JSON.stringify + secretlint maskSecrets",
  rules: "recommended preset",
  slowness: 400,
  async open() {
    const mask = await openMaskSecrets();
    return (attributes) => mask(JSON.stringify(plain(attributes)));
  },
};

export const EVENT_REDACTORS: readonly EventRedactor[] = [
  walk(true),
  walk(false),
  handWritten,
  stringify,
  byPaths("fast-redact", "static"),
  byPaths("fast-redact", "wildcard"),
  byPaths("@pinojs/redact", "static"),
  byPaths("@pinojs/redact", "wildcard"),
  logtapeFields,
  logtapePatterns,
  secretlint,
];
