import type { AttributesInput, CloseOptions, FlushOptions, Scope } from "@plumbline/core";
import { holdProcess } from "@plumbline/watch";
import type { LevelInput } from "./config/schema-fields.ts";
import { type Logger, type LoggerHost, type LogMethods, ScopedLogger } from "./logger.ts";
import type { ReloadListener, ReloadResult } from "./reload/reloads.ts";
import type { SystemReport } from "./system-report.ts";

/**
 * A running system, as a service sees it. Its own events have no scope; those of a {@link logger} have. Every method works without its
 * object too: `const { emit, log } = telemetry`. While what `flush`, `rotate`, `reload` or `close` promises is under way, the process does not end for lack
 * of anything else to do.
 */
export interface Telemetry extends Logger, AsyncDisposable {
  /** A logger whose events carry this instrumentation scope. */
  readonly logger: (scope: string, version?: string) => Logger;
  /**
   * Sets the level of a scope and of all below it (`acme.db` counts for `acme.db.pool`), from the next call on; `*` stands for
   * everything without a level of its own, `off` for none, and `undefined` takes a scope's own level away. Returns false, and changes nothing,
   * for what is no level.
   */
  readonly setLevel: (scope: string, level: LevelInput | undefined) => boolean;
  /**
   * Runs `fn` so that every event emitted inside it, also after its awaits, has these attributes. What a child or a call gives wins
   * over them. Gives what `fn` returns; what it throws goes on.
   */
  readonly with: <Result>(attributes: AttributesInput, fn: () => Result) => Result;
  /**
   * Resolves when everything emitted before the call has reached the class in the journal and is settled by every sink. Rejects with
   * `PLB_FLUSH_INCOMPLETE`, whose `details.outputs` names what is not.
   */
  readonly flush: (options?: FlushOptions) => Promise<void>;
  /**
   * Seals the journal and the files of sinks that have one, each with what it has been given so far, and begins new ones; an empty
   * file stays. Resolves when lines go into the new ones. Rejects with `PLB_ROTATE_INCOMPLETE`, whose `details.outputs` names what
   * goes on in its old file.
   */
  readonly rotate: () => Promise<void>;
  /**
   * Reads the config anew, as the start did, and puts it in force while events flow: every event is in exactly one of the two. Components that stay as
   * they are are not touched. Rejects with `PLB_CONFIG_INVALID`, `PLB_START_FAILED`, `PLB_START_TIMEOUT`, `PLB_ASSERT_FAILED` or the code of a
   * component that cannot be made, and then the config before stays in force; or with `PLB_RELOAD_CLOSED`. Code of plugins is not read anew.
   */
  readonly reload: () => Promise<ReloadResult>;
  /**
   * Has `listener` called after each reload, also after one that `watch` began: with what has changed, or with what the config was refused for. Gives a
   * function that ends it.
   */
  readonly on: (event: "reload", listener: ReloadListener) => () => void;
  /** Every count at this moment: what was accepted, delivered, queued, filtered and dropped, for each output. */
  readonly report: () => SystemReport;
  /**
   * Takes no more events, delivers what is left until the deadline, and gives everything up. Never rejects; safe when repeated.
   */
  readonly close: (options?: CloseOptions) => Promise<void>;
}

/** What stands behind a {@link Telemetry}. */
export interface TelemetryHost extends LoggerHost {
  report(): SystemReport;
  rotate(): Promise<void>;
  reload(): Promise<ReloadResult>;
  onReload(listener: ReloadListener): () => void;
  close(options?: CloseOptions): Promise<void>;
}

/** Where the reloads of a system come from. */
export interface ReloadHost {
  /** Whether the file is watched. */
  readonly isWatching: boolean;
  /** As {@link Telemetry.reload}. */
  reload(): Promise<ReloadResult>;
  /** Ends the watch. Never rejects. */
  close(): Promise<void>;
}

/** A telemetry on a host. */
export function createTelemetry(host: TelemetryHost): Telemetry {
  return new HostedTelemetry(host);
}

class HostedTelemetry implements Telemetry {
  readonly log: LogMethods;
  readonly emit: Logger["emit"];
  readonly emitAsync: Logger["emitAsync"];
  readonly isEnabled: Logger["isEnabled"];
  readonly child: Logger["child"];
  readonly #host: TelemetryHost;
  #closing: Promise<void> | undefined;

  constructor(host: TelemetryHost) {
    this.#host = host;
    ({
      log: this.log,
      emit: this.emit,
      emitAsync: this.emitAsync,
      isEnabled: this.isEnabled,
      child: this.child,
    } = new ScopedLogger(host, undefined, undefined));
  }

  // Properties, not methods, as in ScopedLogger: they work without their object.
  readonly logger = (scope: string, version?: string): Logger =>
    new ScopedLogger(this.#host, toScope(scope, version), undefined);

  readonly setLevel = (scope: string, level: LevelInput | undefined): boolean => this.#host.levels.set(scope, level);

  readonly with = <Result>(attributes: AttributesInput, fn: () => Result): Result =>
    this.#host.ambient.run(attributes, fn);

  readonly flush = (options?: FlushOptions): Promise<void> => holdProcess(this.#host.pipeline.flush(options));

  readonly rotate = (): Promise<void> => holdProcess(this.#host.rotate());

  readonly report = (): SystemReport => this.#host.report();

  readonly reload = (): Promise<ReloadResult> => holdProcess(this.#host.reload());

  readonly on = (_event: "reload", listener: ReloadListener): (() => void) => this.#host.onReload(listener);

  readonly close = (options?: CloseOptions): Promise<void> =>
    (this.#closing ??= holdProcess(this.#host.close(options)));

  readonly [Symbol.asyncDispose] = (): Promise<void> => this.close();
}

/** What is no text names no scope: plain JavaScript may give anything. */
function toScope(name: unknown, version: unknown): Scope | undefined {
  if (typeof name !== "string") return undefined;
  return Object.freeze(typeof version === "string" ? { name, version } : { name });
}
