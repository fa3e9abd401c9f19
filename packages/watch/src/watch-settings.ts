import type { WatchOptions } from "./watch-options.ts";
import { watchError } from "./watch-error.ts";

/** The numbers of a watch, with their defaults. */
export interface WatchSettings {
  readonly settleMs: number;
  readonly maxSettleMs: number;
  readonly reconcileIntervalMs: number;
  readonly maxFileBytes: number;
}

/** Read also by the README and by what is generated from it. */
export const WATCH_DEFAULTS: WatchSettings = {
  settleMs: 50,
  /** With the time that a look takes, content that never rests is a generation at least each second. */
  maxSettleMs: 800,
  reconcileIntervalMs: 1000,
  maxFileBytes: 67_108_864,
};

/** Checks the options. Throws `PLB_WATCH_OPTION_INVALID`. */
export function toWatchSettings(options: WatchOptions): WatchSettings {
  const { files = [], directories = [] } = options;
  if (files.length + directories.length === 0) {
    throw optionInvalid("files", "neither a file nor a directory is given");
  }
  for (const given of [...files, ...directories]) {
    const path: unknown = typeof given === "string" ? given : given.path;
    if (typeof path !== "string" || path === "" || path.includes("\0")) throw optionInvalid("files", "a path is none");
  }
  const settings: Record<keyof WatchSettings, number> = { ...WATCH_DEFAULTS };
  for (const name of ["settleMs", "maxSettleMs", "reconcileIntervalMs", "maxFileBytes"] as const) {
    const value = options[name];
    if (value !== undefined) settings[name] = positive(name, value);
  }
  if (settings.maxSettleMs < settings.settleMs) {
    throw optionInvalid("maxSettleMs", "it is less than settleMs");
  }
  return settings;
}

/** A number above 0. Throws `PLB_WATCH_OPTION_INVALID`. */
export function positive(name: string, value: number): number {
  if (typeof value !== "number" || !(value > 0)) throw optionInvalid(name, "it is not above 0");
  return value;
}

export function optionInvalid(option: string, why: string): Error {
  return watchError("PLB_WATCH_OPTION_INVALID", {
    message: `The option ${option} has a value it cannot have: ${why}.`,
    details: { option },
  });
}
