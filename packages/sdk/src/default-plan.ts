import type { Clock } from "@plumbline/core";
import type { PlumblineConfig } from "./config/config.ts";
import { invalidConfig } from "./config/invalid-config.ts";
import { isPlainMap, valueAt } from "./config/layer.ts";
import { type LoadedConfig, loadConfig } from "./config/load.ts";
import type { OtelEnvironment } from "./otel-environment.ts";
import { planSystem } from "./plan.ts";
import type { SystemPlan } from "./system-plan.ts";
import { isSafePart } from "./placeholders.ts";

interface PlanHost {
  readonly environment: OtelEnvironment;
  readonly cwd: string;
  readonly clock: Clock;
}

/**
 * The built-in default, in place of a config that is invalid: a journal under `./telemetry/`. What the invalid config says of
 * redaction holds all the same where that part is right, so that a mistake elsewhere lets no secret through.
 */
export async function createDefaultPlan(invalid: LoadedConfig, host: PlanHost): Promise<SystemPlan> {
  const name = host.environment.resourceAttributes["service.name"];
  const journal = name === undefined || isSafePart(name) ? {} : { path: "./telemetry/unknown_service.jsonl" };
  return (await tryPlan({ journal, redact: redactionOf(invalid) }, host)) ?? planOrThrow({ journal }, host);
}

/** What runs where the SDK is disabled: it takes nothing and opens nothing. */
export function createDisabledPlan(host: PlanHost): Promise<SystemPlan> {
  return planOrThrow({ journal: false, minSeverity: "off", reportSocket: false }, host);
}

function redactionOf(invalid: LoadedConfig): PlumblineConfig["redact"] {
  const redact = valueAt(invalid.layers.value, ["redact"]);
  if (!isPlainMap(redact)) return undefined;
  // Detectors from plugins may be what is wrong; the rest is checked again like any config.
  const { extraDetectors: _, ...rest } = redact;
  return rest;
}

async function tryPlan(config: PlumblineConfig, host: PlanHost): Promise<SystemPlan | undefined> {
  const loaded = await loadConfig({ configFile: false, overrides: config, cwd: host.cwd, env: {} });
  return (await planSystem(loaded, host)).plan;
}

async function planOrThrow(config: PlumblineConfig, host: PlanHost): Promise<SystemPlan> {
  const loaded = await loadConfig({ configFile: false, overrides: config, cwd: host.cwd, env: {} });
  const { plan, problems } = await planSystem(loaded, host);
  if (plan === undefined) throw invalidConfig(problems);
  return plan;
}
