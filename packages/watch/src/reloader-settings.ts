import type { ReloaderOptions } from "./reloader-options.ts";
import { optionInvalid, positive } from "./watch-settings.ts";

/** The numbers of a reloader, with their defaults. */
export interface ReloaderSettings {
  readonly loadTimeoutMs: number;
  readonly applyTimeoutMs: number;
  readonly retryInitialMs: number;
  readonly retryMaxMs: number;
  readonly maxAttempts: number;
  readonly rateBurst: number;
  readonly rateIntervalMs: number;
}

/** Read also by the README. */
export const RELOADER_DEFAULTS: ReloaderSettings = {
  loadTimeoutMs: 30_000,
  applyTimeoutMs: 30_000,
  retryInitialMs: 1000,
  retryMaxMs: 30_000,
  maxAttempts: Number.POSITIVE_INFINITY,
  rateBurst: 10,
  rateIntervalMs: 500,
};

/** Checks the options. Throws `PLB_WATCH_OPTION_INVALID`. */
export function toReloaderSettings<Config>(options: ReloaderOptions<Config>): ReloaderSettings {
  const { loadTimeoutMs, applyTimeoutMs, retry = {}, rate = {} } = options;
  const given: Readonly<Record<keyof ReloaderSettings, number | undefined>> = {
    loadTimeoutMs,
    applyTimeoutMs,
    retryInitialMs: retry.initialMs,
    retryMaxMs: retry.maxMs,
    maxAttempts: retry.maxAttempts,
    rateBurst: rate.burst,
    rateIntervalMs: rate.intervalMs,
  };
  const pick = (name: keyof ReloaderSettings): number => {
    const value = given[name];
    return value === undefined ? RELOADER_DEFAULTS[name] : positive(name, value);
  };
  for (const name of ["load", "apply"] as const) {
    if (typeof options[name] !== "function") throw optionInvalid(name, "it is not a function");
  }
  if (pick("rateBurst") < 1) throw optionInvalid("rate.burst", "it is less than 1");
  return {
    loadTimeoutMs: pick("loadTimeoutMs"),
    applyTimeoutMs: pick("applyTimeoutMs"),
    retryInitialMs: pick("retryInitialMs"),
    retryMaxMs: pick("retryMaxMs"),
    maxAttempts: pick("maxAttempts"),
    rateBurst: pick("rateBurst"),
    rateIntervalMs: pick("rateIntervalMs"),
  };
}
