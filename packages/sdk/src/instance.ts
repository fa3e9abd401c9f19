import type { Telemetry } from "./telemetry.ts";

const INSTANCE = Symbol.for("plumbline.sdk.instance");

/**
 * The telemetry that `node --import @plumbline/sdk/register` made, whichever copy of this package asks; `undefined` without it. It can be
 * used at once: what is emitted before it is ready waits, up to a bound.
 */
export function getTelemetry(): Telemetry | undefined {
  return (globalThis as { readonly [INSTANCE]?: Telemetry })[INSTANCE];
}

/** Makes an instance the one that {@link getTelemetry} gives. The first one stays. */
export function setTelemetry(telemetry: Telemetry): void {
  if (getTelemetry() !== undefined) return;
  Object.defineProperty(globalThis, INSTANCE, { value: telemetry, configurable: true });
}
