import { createNoopMeter, metrics, type BatchObservableResult, type Meter, type Observable } from "@opentelemetry/api";
import type { Clock, ClockTimer } from "../clock.ts";
import { createBackoff } from "./backoff.ts";

/** What an instrument is. */
export interface InstrumentDescription {
  readonly type: "counter" | "upDownCounter" | "gauge";
  readonly unit: string;
  readonly description: string;
}

/** Sees one value of a metric. */
export type SeeMetric<Name extends string> = (name: Name, value: number, attributes: Record<string, string>) => void;

export interface ObserveInstrumentsOptions<Name extends string> {
  /** By name. */
  readonly catalog: Readonly<Record<Name, InstrumentDescription>>;
  readonly clock: Clock;
  /** Called once per collection. */
  readonly record: (see: SeeMetric<Name>) => void;
}

/** An observation under way. */
export interface InstrumentObservation {
  /** Ends it; safe to repeat. */
  close(): void;
}

const METER_NAME = "@plumbline/core";

/**
 * Makes observable instruments, through whichever MeterProvider is set globally. The api gives no sign when one
 * is set later, as it is where a service is preloaded, so until there is one it looks again after 1 s, 2 s … 60 s.
 *
 * A counter is never shown lower than before: whoever reads it would take that for a restart of the process, and count all of it again. Where an account gives up what it
 * had taken, it stands until that is caught up with.
 */
export function observeInstruments<Name extends string>(
  options: ObserveInstrumentsOptions<Name>,
): InstrumentObservation {
  const backoff = createBackoff({ initialMs: 1000, maxMs: 60_000, random: () => 1 });
  let timer: ClockTimer | undefined;
  let stop: (() => void) | undefined;
  const highest = new HighestSeen();
  const look = (): void => {
    const meter = metrics.getMeter(METER_NAME);
    if (meter === createNoopMeter()) timer = options.clock.setTimer(look, backoff.next());
    else stop = observe(meter, options, highest);
  };
  look();
  return {
    close(): void {
      timer?.cancel();
      stop?.();
      stop = undefined;
    },
  };
}

/** The highest value of each series so far. There are few: their attributes are names of a config, and reasons, which are bounded. */
class HighestSeen {
  readonly #values = new Map<string, number>();

  /** The highest, with this one. */
  with(name: string, attributes: Readonly<Record<string, string>>, value: number): number {
    const series = JSON.stringify([name, attributes]);
    const highest = Math.max(this.#values.get(series) ?? 0, value);
    this.#values.set(series, highest);
    return highest;
  }
}

function observe<Name extends string>(
  meter: Meter,
  { catalog, record }: ObserveInstrumentsOptions<Name>,
  highest: HighestSeen,
): () => void {
  const entries = Object.entries<InstrumentDescription>(catalog);
  const instruments = new Map(entries.map(([name, description]) => [name, createInstrument(meter, name, description)]));
  const observables = [...instruments.values()];
  const callback = (result: BatchObservableResult): void =>
    record((name, value, attributes) => {
      const instrument = instruments.get(name);
      if (instrument === undefined) return;
      const isCounter = catalog[name].type === "counter";
      result.observe(instrument, isCounter ? highest.with(name, attributes, value) : value, attributes);
    });
  meter.addBatchObservableCallback(callback, observables);
  return () => meter.removeBatchObservableCallback(callback, observables);
}

function createInstrument(meter: Meter, name: string, { type, unit, description }: InstrumentDescription): Observable {
  const options = { unit, description };
  if (type === "counter") return meter.createObservableCounter(name, options);
  if (type === "gauge") return meter.createObservableGauge(name, options);
  return meter.createObservableUpDownCounter(name, options);
}
