import { createNoopMeter, metrics, type BatchObservableResult, type Meter, type Observable } from "@opentelemetry/api";
import { createBackoff, type Clock, type ClockTimer } from "@plumbline/core";

/** Sums and states of a reloader, for metrics. */
export interface ReloaderReport {
  /** Calls of `apply`. */
  readonly reloads: number;
  /** Calls of `apply` that failed. */
  readonly reloadsFailed: number;
  /** Calls of `apply` that were told to give up, since a newer generation came or the reloader closed, and did. */
  readonly reloadsCancelled: number;
  /** Whether the last call of `apply` that was not cancelled succeeded; `true` before the first. */
  readonly lastReloadSuccessful: boolean;
  /** Wall-clock time of the last `apply` that succeeded, in milliseconds since 1970; 0 before the first. */
  readonly lastReloadSuccessMs: number;
  /** Attempts to load, validate and apply a generation. */
  readonly configApplyOperations: number;
  /** Attempts that failed, at any stage. */
  readonly configApplyOperationsFailed: number;
  /** Directories whose events are received. */
  readonly watches: number;
  /** File events that named something watched. */
  readonly watchEvents: number;
  /** Failures of the event source. */
  readonly watchErrors: number;
  /** How the target is told. */
  readonly method: string;
}

/** Names as Prometheus' users of Thanos' reloader know them; OpenTelemetry's are these with dots, without the suffixes `_total` and `_seconds`. */
export const RELOADER_METRICS = {
  reloader_reloads_total: {
    otel: "reloader.reloads",
    type: "counter",
    unit: "{reload}",
    description: "Times that the target was told to load its config.",
    read: (report: ReloaderReport): number => report.reloads,
  },
  reloader_reloads_failed_total: {
    otel: "reloader.reloads_failed",
    type: "counter",
    unit: "{reload}",
    description: "Times that telling the target failed.",
    read: (report: ReloaderReport): number => report.reloadsFailed,
  },
  reloader_reloads_cancelled_total: {
    otel: "reloader.reloads_cancelled",
    type: "counter",
    unit: "{reload}",
    description: "Times that telling the target was given up for newer content or at the end.",
    read: (report: ReloaderReport): number => report.reloadsCancelled,
  },
  reloader_last_reload_successful: {
    otel: "reloader.last_reload_successful",
    type: "gauge",
    unit: "1",
    description: "1 when the last reload succeeded, else 0.",
    read: (report: ReloaderReport): number => (report.lastReloadSuccessful ? 1 : 0),
  },
  reloader_last_reload_success_timestamp_seconds: {
    otel: "reloader.last_reload_success_timestamp",
    type: "gauge",
    unit: "s",
    description: "Unix time of the last reload that succeeded; 0 before the first.",
    read: (report: ReloaderReport): number => report.lastReloadSuccessMs / 1000,
  },
  reloader_config_apply_operations_total: {
    otel: "reloader.config_apply_operations",
    type: "counter",
    unit: "{operation}",
    description: "Attempts to load, validate and apply content.",
    read: (report: ReloaderReport): number => report.configApplyOperations,
  },
  reloader_config_apply_operations_failed_total: {
    otel: "reloader.config_apply_operations_failed",
    type: "counter",
    unit: "{operation}",
    description: "Attempts to load, validate and apply content that failed.",
    read: (report: ReloaderReport): number => report.configApplyOperationsFailed,
  },
  reloader_watches: {
    otel: "reloader.watches",
    type: "gauge",
    unit: "{directory}",
    description: "Directories whose file events are received.",
    read: (report: ReloaderReport): number => report.watches,
  },
  reloader_watch_events_total: {
    otel: "reloader.watch_events",
    type: "counter",
    unit: "{event}",
    description: "File events that named something watched.",
    read: (report: ReloaderReport): number => report.watchEvents,
  },
  reloader_watch_errors_total: {
    otel: "reloader.watch_errors",
    type: "counter",
    unit: "{error}",
    description: "Failures of the source of file events.",
    read: (report: ReloaderReport): number => report.watchErrors,
  },
} as const;

/** The one that carries the method as a label. */
const INFO = { prometheus: "reloader_info", otel: "reloader.info", description: "1, with how the target is told." };
const METER_NAME = "@plumbline/watch";

/** Prometheus' text, version 0.0.4. Source: "Exposition formats" in Prometheus' documentation. */
export function formatPrometheus(report: ReloaderReport): string {
  const lines: string[] = [];
  for (const [name, { type, description, read }] of Object.entries(RELOADER_METRICS)) {
    lines.push(`# HELP ${name} ${description}`, `# TYPE ${name} ${type}`, `${name} ${read(report)}`);
  }
  const method = report.method.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
  lines.push(`# HELP ${INFO.prometheus} ${INFO.description}`, `# TYPE ${INFO.prometheus} gauge`);
  lines.push(`${INFO.prometheus}{method="${method}"} 1`);
  return `${lines.join("\n")}\n`;
}

/**
 * Shows reports as OpenTelemetry metrics, through whichever MeterProvider is set globally. The api gives no sign when one is set later: until there is one it
 * looks again after 1 s, 2 s … 60 s. Returns what ends it.
 */
export function observeReloader(clock: Clock, report: () => ReloaderReport): () => void {
  const backoff = createBackoff({ initialMs: 1000, maxMs: 60_000, random: () => 1 });
  let timer: ClockTimer | undefined;
  let stop: (() => void) | undefined;
  const look = (): void => {
    const meter = metrics.getMeter(METER_NAME);
    if (meter === createNoopMeter()) timer = clock.setTimer(look, backoff.next());
    else stop = observe(meter, report);
  };
  look();
  return () => {
    timer?.cancel();
    stop?.();
    stop = undefined;
  };
}

function observe(meter: Meter, report: () => ReloaderReport): () => void {
  const readers = Object.values(RELOADER_METRICS).map(({ otel, type, unit, description, read }) => {
    const options = { unit, description };
    const instrument: Observable =
      type === "counter" ? meter.createObservableCounter(otel, options) : meter.createObservableGauge(otel, options);
    return { instrument, read };
  });
  const info = meter.createObservableGauge(INFO.otel, { unit: "1", description: INFO.description });
  const observables = [...readers.map(({ instrument }) => instrument), info];
  const callback = (result: BatchObservableResult): void => {
    const now = report();
    for (const { instrument, read } of readers) result.observe(instrument, read(now));
    result.observe(info, 1, { method: now.method });
  };
  meter.addBatchObservableCallback(callback, observables);
  return () => meter.removeBatchObservableCallback(callback, observables);
}
