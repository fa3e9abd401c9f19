import { tmpdir } from "node:os";
import { type Clock, createSystemClock, errorCode, PlumblineError } from "@plumbline/core";
import type { DiagLogger } from "@opentelemetry/api";
import { holdProcess } from "@plumbline/watch";
import { ConfigReader } from "./config-reader.ts";
import type { PlumblineConfig } from "./config/config.ts";
import { createDefaultPlan, createDisabledPlan } from "./default-plan.ts";
import type { SharedState } from "./system-state.ts";
import { createDiagnostics, setDiagLogLevel } from "./diagnostics.ts";
import { sdkError } from "./error-codes.ts";
import { readOtelEnvironment } from "./otel-environment.ts";
import { ConfigReload } from "./reload/config-reload.ts";
import type { ConfigOrigin } from "./reload/reloads.ts";
import { hookProcess } from "./signals.ts";
import { type RunningSystem, startSystem } from "./system.ts";
import type { SystemPlan } from "./system-plan.ts";
import { createTelemetry, type Telemetry } from "./telemetry.ts";

/** What `start` is given: a config in code, and how to start. What stands here wins over the config file, key by key. */
export interface StartOptions extends PlumblineConfig, RuntimeOptions {}

/** How to start, beside the config itself. */
export interface RuntimeOptions {
  /** The config file, from `cwd`; `false` reads none. Default: `PLUMBLINE_CONFIG`, else `plumbline.{yaml,yml,json,mjs}` in `cwd`. */
  readonly configFile?: string | false | undefined;
  /** Where the config is looked for, and where relative paths given in code start. Default: the process's. */
  readonly cwd?: string | undefined;
  /** The environment that variables come from. Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** `default` says what is wrong on stderr and runs on with the built-in default. Default: `reject`. */
  readonly onInvalidConfig?: "reject" | "default" | undefined;
  /** SIGTERM and SIGINT: flush, and raise the signal again where nobody else listens. Default: true. */
  readonly handleSignals?: boolean | undefined;
  /** Flush at the end of the loop, at `process.exit`, and on uncaught exceptions. Default: true. */
  readonly flushOnExit?: boolean | undefined;
  /** Milliseconds that each component may take to start. Default: 30,000. */
  readonly startTimeoutMs?: number | undefined;
  /** For tests. Default: the system's. */
  readonly clock?: Clock | undefined;
}

const START_TIMEOUT_MS = 30_000;

/**
 * Reads the config, wires what it asks for and starts it, all of it or nothing. Without any config it writes a JSONL journal
 * under `./telemetry/`, with default redaction, and sends nothing anywhere.
 *
 * Rejects with `PLB_CONFIG_INVALID`, whose `details.problems` lists every problem with its place; with `PLB_START_NO_DIRECTORY`, `PLB_ASSERT_FAILED`; with `PLB_START_FAILED` or
 * `PLB_START_TIMEOUT`, whose cause says why a component does not start; or with the code of a component that cannot be made. Where a config with
 * `watch: { self: true }` was in force before, it starts from the copy of that instead, and says so.
 */
export async function start(options: StartOptions = {}): Promise<Telemetry> {
  return createTelemetry(await holdProcess(startHost(options)));
}

/** As {@link start}, without the telemetry around it. */
export async function startHost(options: StartOptions, shared?: SharedState): Promise<RunningSystem> {
  const { configFile, cwd, env, onInvalidConfig, handleSignals, flushOnExit, startTimeoutMs, clock, ...overrides } =
    options;
  const environment = readOtelEnvironment(env ?? process.env);
  if (environment.logLevel !== undefined) setDiagLogLevel(environment.logLevel);
  const diagnostics = createDiagnostics("plumbline");
  for (const warning of environment.warnings) diagnostics.warn(warning);
  const planning = { environment, cwd: cwd ?? workingDirectory(), clock: clock ?? createSystemClock() };
  const begin = (plan: SystemPlan, origin: ConfigOrigin): Promise<RunningSystem> =>
    startSystem(plan, {
      clock: planning.clock,
      startTimeoutMs: startTimeoutMs ?? START_TIMEOUT_MS,
      diagnostics,
      shared,
      origin,
    });
  if (environment.disabled) return begin(await createDisabledPlan(planning), "start");
  const reader = new ConfigReader({ configFile, overrides, env: env ?? process.env, ...planning });
  const reload = new ConfigReload(reader, diagnostics);
  const system = await startFirst(reader, reload, begin, onInvalidConfig ?? "reject");
  await reload.attach(system);
  system.watchWith(reload);
  hookSystem(system, diagnostics, { handleSignals: handleSignals ?? true, flushOnExit: flushOnExit ?? true });
  return system;
}

/** From the config at hand; where that is refused, from the last good one, and else as `onInvalid` says. */
async function startFirst(
  reader: ConfigReader,
  reload: ConfigReload,
  begin: (plan: SystemPlan, origin: ConfigOrigin) => Promise<RunningSystem>,
  onInvalid: "reject" | "default",
): Promise<RunningSystem> {
  const read = await reader.read();
  const { loaded } = read;
  const fromLastGood = async (cause: unknown): Promise<RunningSystem | undefined> =>
    loaded.file === undefined ? undefined : reload.startFromLastGood(loaded.file, cause, begin);
  if (read.plan === undefined) {
    const system = await fromLastGood(read.error);
    if (system !== undefined) return system;
    if (onInvalid === "reject") throw read.error;
    process.stderr.write(`plumbline: ${read.error.message}\nplumbline: running on with the built-in default\n`);
    return begin(await createDefaultPlan(loaded, reader.options), "start");
  }
  try {
    return await begin(read.plan, "start");
  } catch (cause) {
    const system = read.plan.config.watch.self ? await fromLastGood(cause) : undefined;
    if (system !== undefined) return system;
    throw cause;
  }
}

/** A system that takes nothing, where none can be started. */
export async function startDisabled(shared: SharedState): Promise<RunningSystem> {
  const environment = readOtelEnvironment({});
  const clock = createSystemClock();
  // Nothing is opened in it, and the working directory may be gone.
  const plan = await createDisabledPlan({ environment, cwd: tmpdir(), clock });
  return startSystem(plan, {
    clock,
    startTimeoutMs: START_TIMEOUT_MS,
    diagnostics: createDiagnostics("plumbline"),
    shared,
  });
}

/** Throws `PLB_START_NO_DIRECTORY`. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    throw sdkError("PLB_START_NO_DIRECTORY"); // ENOENT: it was removed
  }
}

function hookSystem(
  system: RunningSystem,
  diagnostics: DiagLogger,
  which: { readonly handleSignals: boolean; readonly flushOnExit: boolean },
): void {
  const unhook = hookProcess({
    ...which,
    flush: async (timeoutMs) => {
      try {
        await system.pipeline.flush({ timeoutMs });
      } catch (error) {
        diagnostics.warn(
          `${PlumblineError.isInstance(error) ? error.message : "the flush failed"} (${errorCode(error)})`,
        );
      }
    },
    endNow: () => system.endNow(),
    emitted: () => system.pipeline.report().intake.emitted,
  });
  system.onClosed(unhook);
}
