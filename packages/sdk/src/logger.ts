import { isNativeError } from "node:util/types";
import {
  type AttributesInput,
  type EmitOptions as DurabilityOptions,
  type EventInput,
  type Pipeline,
  type Scope,
  type Severity,
  type SeverityNumber,
  type TimeInput,
  toSeverityNumber,
} from "@plumbline/core";
import type { AmbientAttributes } from "./ambient-attributes.ts";
import { mergeAttributes } from "./merge-attributes.ts";
import type { Level } from "./config/schema-fields.ts";
import type { ScopeLevels } from "./scope-levels.ts";

/** What an event may have beside its name and attributes. */
export interface EventOptions {
  /** Default: `info`. What is no severity counts as `info` too. */
  readonly severity?: Severity | undefined;
  readonly body?: unknown;
  /** Becomes `exception.*`, with its chain of causes. */
  readonly error?: unknown;
  /** Default: now. */
  readonly time?: TimeInput | undefined;
}

/** What `emitAsync` may be told beside. */
export interface AsyncEventOptions extends EventOptions, DurabilityOptions {}

/** Writes one message. An `Error` as the second argument becomes the event's error; as the first, its body too. */
export type LogMethod = (message: unknown, attributes?: AttributesInput) => void;

/** One method a severity: the message is the event's body, and the event has no name. */
export interface LogMethods {
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  readonly fatal: LogMethod;
}

/**
 * Emits the events of one scope. Nothing here throws, whatever it is given, and nothing but `emitAsync` waits for anything; what
 * becomes of each event stands in the telemetry's report.
 */
export interface Logger {
  /** Emits a named event. */
  readonly emit: (name: string, attributes?: AttributesInput, options?: EventOptions) => void;
  /**
   * As `emit`, and resolves with the event's id when it has reached the journal's class (or `durability`); with `undefined` where it
   * was filtered, or there is no journal. Rejects with `PLB_EVENT_DROPPED` or the journal's own code.
   */
  readonly emitAsync: (
    name: string,
    attributes?: AttributesInput,
    options?: AsyncEventOptions,
  ) => Promise<string | undefined>;
  readonly log: LogMethods;
  /** Whether an event of this severity would reach anything: worth asking before costly attributes are made. */
  readonly isEnabled: (severity: Severity) => boolean;
  /** A logger of the same scope whose events all have these attributes; those of a call win over them. */
  readonly child: (attributes: AttributesInput) => Logger;
}

/** What of a pipeline a telemetry uses. */
export type EventPipeline = Pick<Pipeline, "isEnabled" | "emit" | "emitAsync" | "flush">;

/** What loggers of one telemetry share. Read anew with every call: the pipeline may change. */
export interface LoggerHost {
  readonly pipeline: EventPipeline;
  readonly levels: ScopeLevels;
  readonly ambient: AmbientAttributes;
  /** Told when a log method is given its arguments in the order of other loggers. */
  misordered?(): void;
}

const INFO: SeverityNumber = 9;

/** The one implementation of {@link Logger}. */
export class ScopedLogger implements Logger {
  readonly log: LogMethods;
  readonly #host: LoggerHost;
  readonly #scope: Scope | undefined;
  readonly #bound: AttributesInput | undefined;
  #level: Level;
  #generation: number;

  constructor(host: LoggerHost, scope: Scope | undefined, bound: AttributesInput | undefined) {
    this.#host = host;
    this.#scope = scope;
    this.#bound = bound;
    this.#level = host.levels.of(scope?.name);
    this.#generation = host.levels.generation;
    const method =
      (severity: SeverityNumber): LogMethod =>
      (message, attributes) =>
        this.#log(severity, message, attributes);
    this.log = {
      trace: method(1),
      debug: method(5),
      info: method(INFO),
      warn: method(13),
      error: method(17),
      fatal: method(21),
    };
  }

  // Properties, not methods: `const { emit } = telemetry` and a callback work, and emit never throws.
  readonly emit = (name: string, attributes?: AttributesInput, options?: EventOptions): void => {
    const event = this.#event(name, attributes, options);
    if (event !== undefined) this.#host.pipeline.emit(event);
  };

  readonly emitAsync = (
    name: string,
    attributes?: AttributesInput,
    options?: AsyncEventOptions,
  ): Promise<string | undefined> => {
    const event = this.#event(name, attributes, options);
    if (event === undefined) return Promise.resolve(undefined);
    return this.#host.pipeline.emitAsync(event, { durability: options?.durability });
  };

  readonly isEnabled = (severity: Severity): boolean => {
    const number = toSeverityNumber(severity) ?? INFO;
    return this.#passes(number) && this.#host.pipeline.isEnabled(number);
  };

  readonly child = (attributes: AttributesInput): Logger =>
    new ScopedLogger(this.#host, this.#scope, mergeAttributes(this.#bound, undefined, attributes));

  #log(severity: SeverityNumber, message: unknown, attributes: AttributesInput | undefined): void {
    if (!this.#passes(severity)) return;
    if (typeof message === "object" || attributes !== undefined) {
      this.#logObjects(severity, message, attributes);
      return;
    }
    this.#host.pipeline.emit({ severity, body: message, attributes: this.#attributes(undefined), scope: this.#scope });
  }

  #logObjects(severity: SeverityNumber, message: unknown, attributes: AttributesInput | undefined): void {
    if (typeof attributes === "string") {
      this.#logSwapped(severity, message, attributes);
      return;
    }
    // Not instanceof: a Proxy may throw when it is asked for its prototype.
    const given = isNativeError(attributes) ? undefined : attributes;
    const thrown = typeof message === "object" && isNativeError(message) ? message : undefined;
    const error = given === attributes ? thrown : attributes;
    const body = thrown === undefined ? message : messageOf(thrown);
    this.#host.pipeline.emit({ severity, body, attributes: this.#attributes(given), error, scope: this.#scope });
  }

  /** `log.error(object, "text")`, the order of other loggers: nothing of it is lost, and the mistake is told once. */
  #logSwapped(severity: SeverityNumber, message: unknown, text: string): void {
    this.#host.misordered?.();
    const error = typeof message === "object" && isNativeError(message) ? message : undefined;
    const given = error === undefined && typeof message === "object" && message !== null ? message : undefined;
    const attributes = this.#attributes(given);
    this.#host.pipeline.emit({ severity, body: text, attributes, error, scope: this.#scope });
  }

  /** `undefined` when it is below the scope's level. */
  #event(
    name: string,
    attributes: AttributesInput | undefined,
    options: EventOptions | undefined,
  ): EventInput | undefined {
    if (options === undefined) {
      if (!this.#passes(INFO)) return undefined;
      return { name, severity: INFO, attributes: this.#attributes(attributes), scope: this.#scope };
    }
    try {
      const severity = toSeverityNumber(options.severity) ?? INFO;
      if (!this.#passes(severity)) return undefined;
      const { body, error, time } = options;
      return { name, severity, body, attributes: this.#attributes(attributes), error, time, scope: this.#scope };
    } catch {
      // Options whose getters throw: the event goes without them.
      return { name, severity: INFO, attributes: this.#attributes(attributes), scope: this.#scope };
    }
  }

  #attributes(given: AttributesInput | undefined): AttributesInput | undefined {
    const ambient = this.#host.ambient.current();
    if (ambient === undefined && this.#bound === undefined) return given;
    return mergeAttributes(ambient, this.#bound, given);
  }

  #passes(severity: SeverityNumber): boolean {
    const { levels } = this.#host;
    if (this.#generation !== levels.generation) {
      this.#generation = levels.generation;
      this.#level = levels.of(this.#scope?.name);
    }
    return severity >= this.#level;
  }
}

function messageOf(error: Error): unknown {
  try {
    return error.message;
  } catch {
    return undefined; // a hostile error; the walk says of its fields what it can
  }
}
