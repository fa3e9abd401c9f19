import type { AttributesInput, CloseOptions, FlushOptions, Severity } from "@plumbline/core";
import type { LevelInput } from "./config/schema-fields.ts";
import {
  type AsyncEventOptions,
  type EventOptions,
  type Logger,
  type LoggerHost,
  type LogMethods,
  ScopedLogger,
} from "./logger.ts";
import type { SystemReport } from "./system-report.ts";

/** A running system, as a service sees it. Its own events have no scope; those of a {@link logger} have. */
export interface Telemetry extends Logger, AsyncDisposable {
  /** A logger whose events carry this instrumentation scope. */
  logger(scope: string, version?: string): Logger;
  /**
   * Sets the level of a scope and of all below it (`acme.db` counts for `acme.db.pool`), from the next call on; `*` stands for
   * everything without a level of its own, `off` for none, and `undefined` takes a scope's own level away. Returns false, and changes nothing,
   * for what is no level.
   */
  setLevel(scope: string, level: LevelInput | undefined): boolean;
  /**
   * Runs `fn` so that every event emitted inside it, also after its awaits, has these attributes. What a child or a call gives wins
   * over them. Gives what `fn` returns; what it throws goes on.
   */
  with<Result>(attributes: AttributesInput, fn: () => Result): Result;
  /**
   * Resolves when everything emitted before the call has reached the class in the journal and is settled by every sink. Rejects with
   * `PLB_FLUSH_INCOMPLETE`, whose `details.outputs` names what is not.
   */
  flush(options?: FlushOptions): Promise<void>;
  /** Every count at this moment: what was accepted, delivered, queued, filtered and dropped, for each output. */
  report(): SystemReport;
  /**
   * Takes no more events, delivers what is left until the deadline, and gives everything up. Never rejects; safe when repeated.
   */
  close(options?: CloseOptions): Promise<void>;
}

/** What stands behind a {@link Telemetry}. */
export interface TelemetryHost extends LoggerHost {
  report(): SystemReport;
  close(options?: CloseOptions): Promise<void>;
}

/** A telemetry on a host. */
export function createTelemetry(host: TelemetryHost): Telemetry {
  return new HostedTelemetry(host);
}

class HostedTelemetry implements Telemetry {
  readonly #host: TelemetryHost;
  readonly #root: ScopedLogger;

  constructor(host: TelemetryHost) {
    this.#host = host;
    this.#root = new ScopedLogger(host, undefined, undefined);
  }

  get log(): LogMethods {
    return this.#root.log;
  }

  emit(name: string, attributes?: AttributesInput, options?: EventOptions): void {
    this.#root.emit(name, attributes, options);
  }

  emitAsync(name: string, attributes?: AttributesInput, options?: AsyncEventOptions): Promise<string | undefined> {
    return this.#root.emitAsync(name, attributes, options);
  }

  isEnabled(severity: Severity): boolean {
    return this.#root.isEnabled(severity);
  }

  child(attributes: AttributesInput): Logger {
    return this.#root.child(attributes);
  }

  logger(scope: string, version?: string): Logger {
    const named = version === undefined ? { name: scope } : { name: scope, version };
    return new ScopedLogger(this.#host, Object.freeze(named), undefined);
  }

  setLevel(scope: string, level: LevelInput | undefined): boolean {
    return this.#host.levels.set(scope, level);
  }

  with<Result>(attributes: AttributesInput, fn: () => Result): Result {
    return this.#host.ambient.run(attributes, fn);
  }

  flush(options?: FlushOptions): Promise<void> {
    return this.#host.pipeline.flush(options);
  }

  report(): SystemReport {
    return this.#host.report();
  }

  close(options?: CloseOptions): Promise<void> {
    return this.#host.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
