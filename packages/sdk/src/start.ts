import { tmpdir } from "node:os";
import { type Clock, createSystemClock, errorCode, PlumblineError } from "@plumbline/core";
import type { DiagLogger } from "@opentelemetry/api";
import type { PlumblineConfig } from "./config/config.ts";
import { invalidConfig } from "./config/invalid-config.ts";
import { type LoadedConfig, loadConfig } from "./config/load.ts";
import { createDefaultPlan, createDisabledPlan } from "./default-plan.ts";
import type { SharedState } from "./system-state.ts";
import { createDiagnostics, setDiagLogLevel } from "./diagnostics.ts";
import { sdkError } from "./error-codes.ts";
import { type OtelEnvironment, readOtelEnvironment } from "./otel-environment.ts";
import { planSystem } from "./plan.ts";
import { ConfigReload } from "./reload/config-reload.ts";
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
 * `PLB_START_TIMEOUT`, whose cause says why a component does not start; or with the code of a component that cannot be made.
 */
export async function start(options: StartOptions = {}): Promise<Telemetry> {
  return createTelemetry(await startHost(options));
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
  const load = (): Promise<LoadedConfig> => loadConfig({ configFile, overrides, cwd: planning.cwd, env });
  const plan = environment.disabled
    ? await createDisabledPlan(planning)
    : await choosePlan(await load(), planning, onInvalidConfig ?? "reject");
  const system = await startSystem(plan, {
    clock: planning.clock,
    startTimeoutMs: startTimeoutMs ?? START_TIMEOUT_MS,
    diagnostics,
    shared,
  });
  if (!environment.disabled) {
    system.watchWith(new ConfigReload(system, async () => choosePlan(await load(), planning, "reject")));
    hookSystem(system, diagnostics, { handleSignals: handleSignals ?? true, flushOnExit: flushOnExit ?? true });
  }
  return system;
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

interface Planning {
  readonly environment: OtelEnvironment;
  readonly cwd: string;
  readonly clock: Clock;
}

async function choosePlan(
  loaded: LoadedConfig,
  planning: Planning,
  onInvalidConfig: "reject" | "default",
): Promise<SystemPlan> {
  const { plan, problems } = await planSystem(loaded, planning);
  if (plan !== undefined) return plan;
  const error = invalidConfig(problems);
  if (onInvalidConfig === "reject") throw error;
  process.stderr.write(`plumbline: ${error.message}\nplumbline: running on with the built-in default\n`);
  return createDefaultPlan(loaded, planning);
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
