import { diag } from "@opentelemetry/api";
import {
  createRedactor,
  createSystemClock,
  DEFAULT_LIMITS,
  type Clock,
  type Journal,
  type LineRecord,
  type OutputReport,
  PlumblineError,
  type RedactionOptions,
  type SeverityNumber,
  toSeverityNumber,
} from "@plumbline/core";
import { otlpError } from "../otlp-error.ts";
import { createOtlpSink } from "../otlp-sink.ts";
import { readOtlpEnvironment } from "../settings/environment.ts";
import type { OtlpOptions } from "../settings/options.ts";
import { createJournalDelivery, DirectDelivery, type LineDelivery } from "./line-delivery.ts";
import { LineMaker } from "./line-maker.ts";
import { logEvent, metricEvent, spanEvent } from "./sdk-events.ts";
import type { SdkExportResult, SdkLogRecord, SdkResourceMetrics, SdkSpan } from "./sdk-shapes.ts";

/** Options of the exporters for the OpenTelemetry SDK. */
export interface SdkExporterOptions extends OtlpOptions {
  /** Where lines go: a journal that is open (a file sink of `@plumbline/file`). Without one they go to the receiver at once. */
  readonly journal?: Journal | undefined;
  /** What is taken out of names, attributes, events, links, status messages and exemplars; `false` for nothing. Default: as everywhere. */
  readonly redact?: RedactionOptions | false | undefined;
  /** Without a journal: how long one export goes on trying, however large it is, and a shutdown waits for those under way, in milliseconds. Default 30,000. */
  readonly retryForMs?: number | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Numbers in [0, 1), for the jitter of pauses. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** What all three exporters have. */
export interface SdkExporter<Exported> {
  /** Calls back with code 0 when all of it has reached the journal or the receiver, else with code 1 and a coded error. Never throws. */
  export(exported: Exported, callback: (result: SdkExportResult) => void): void;
  /** Resolves when every export under way is over. */
  forceFlush(): Promise<void>;
  /** Ends after what is under way, or what it may take (`retryForMs`); takes nothing more. A journal stays open: it is its owner's. */
  shutdown(): Promise<void>;
  /** The account: without a journal of this exporter, with one of the journal. */
  report(): OutputReport;
}

/** A `SpanExporter` of the OpenTelemetry SDK's 2.x and 3.x lines. */
export type OtlpSpanExporter = SdkExporter<SdkSpan[]>;
/** A `LogRecordExporter` of the same. */
export type OtlpLogRecordExporter = SdkExporter<SdkLogRecord[]>;

/** A `PushMetricExporter` of the same. */
export interface OtlpMetricExporter extends SdkExporter<SdkResourceMetrics> {
  /** By OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 0 for delta, 1 for cumulative. */
  selectAggregationTemporality(instrumentType: string): number;
  /** By OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION, in the form of the SDK's `AggregationOption`. */
  selectAggregation(instrumentType: string): { readonly type: number };
}

/** Makes a span exporter. Throws `PLB_OTLP_OPTION_INVALID` and `PLB_REDACT_OPTIONS_INVALID`. */
export function createOtlpSpanExporter(options: SdkExporterOptions = {}): OtlpSpanExporter {
  return createExporter("traces", options, (spans: readonly SdkSpan[], maker) =>
    spans.map((span) => () => maker.make(spanEvent(span), DEFAULT_SEVERITY, span.resource, span.instrumentationScope)),
  );
}

/** Makes a log record exporter. Throws `PLB_OTLP_OPTION_INVALID` and `PLB_REDACT_OPTIONS_INVALID`. */
export function createOtlpLogRecordExporter(options: SdkExporterOptions = {}): OtlpLogRecordExporter {
  return createExporter("logs", options, (records: readonly SdkLogRecord[], maker) =>
    records.map((record) => () => {
      const severity: SeverityNumber =
        toSeverityNumber(record.severityNumber) ?? toSeverityNumber(record.severityText) ?? DEFAULT_SEVERITY;
      return maker.make(logEvent(record), severity, record.resource, record.instrumentationScope);
    }),
  );
}

/** Makes a metric exporter. Throws `PLB_OTLP_OPTION_INVALID` and `PLB_REDACT_OPTIONS_INVALID`. */
export function createOtlpMetricExporter(options: SdkExporterOptions = {}): OtlpMetricExporter {
  const exporter = createExporter("metrics", options, ({ resource, scopeMetrics }: SdkResourceMetrics, maker) =>
    scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.flatMap((metric) =>
        metric.dataPoints.map(
          (point) => () => maker.make(metricEvent(metric, point), DEFAULT_SEVERITY, resource, scope),
        ),
      ),
    ),
  );
  const env = readOtlpEnvironment(process.env);
  return {
    ...exporter,
    selectAggregationTemporality: (type) => (isDelta(env.temporality, type) ? DELTA : CUMULATIVE),
    selectAggregation: (type) => ({
      type: type === "HISTOGRAM" && env.histogram !== "explicit_bucket_histogram" ? EXPONENTIAL : DEFAULT_AGGREGATION,
    }),
  };
}

const DEFAULT_SEVERITY: SeverityNumber = 9;
const DELTA = 0;
const CUMULATIVE = 1;
/** `AggregationType.DEFAULT` and `.EXPONENTIAL_HISTOGRAM` of the SDK. */
const DEFAULT_AGGREGATION = 0;
const EXPONENTIAL = 5;
/** Spans may have 128 events and links of 128 attributes each: they are bounded by size, not by their number. */
const LIMITS = { ...DEFAULT_LIMITS, maxAttributes: 100_000 };
const BATCH_COUNT = 512;
const DEFAULT_RETRY_FOR_MS = 30_000;

/** Source: OpenTelemetry specification, "Metrics Exporter - OTLP", "Additional Environment Variable Configuration". */
function isDelta(preference: "cumulative" | "delta" | "lowmemory", instrumentType: string): boolean {
  if (preference === "cumulative" || instrumentType.endsWith("UP_DOWN_COUNTER")) return false;
  return preference === "delta" || !instrumentType.startsWith("OBSERVABLE");
}

function createExporter<Exported>(
  name: string,
  options: SdkExporterOptions,
  toLines: (exported: Exported, maker: LineMaker) => readonly (() => LineRecord)[],
): SdkExporter<Exported> {
  const clock = options.clock ?? createSystemClock();
  const { redact } = options;
  const redactor = redact === false ? undefined : createRedactor(redact);
  const maker = new LineMaker({ clock, limits: LIMITS, redactor });
  const delivery = createDelivery(name, options, clock);
  const exportAll = async (exported: Exported): Promise<void> => {
    const lines: LineRecord[] = [];
    let failure: PlumblineError | undefined;
    for (const make of toLines(exported, maker)) {
      try {
        lines.push(make());
      } catch (error) {
        // What was thrown may quote what would have been redacted.
        failure ??= PlumblineError.isInstance(error)
          ? error
          : otlpError("PLB_OTLP_LINE_INVALID", { message: "No line can be made of what the SDK has handed over." });
        delivery.refuse();
      }
    }
    await delivery.deliver(lines);
    if (failure !== undefined) throw failure;
  };
  return {
    export(exported, callback): void {
      void tell(exportAll(exported), callback);
    },
    forceFlush: () => delivery.flush(),
    shutdown: () => delivery.close(),
    report: () => delivery.report(),
  };
}

/** What a callback throws is the SDK's own, and goes where unhandled rejections go. */
async function tell(exporting: Promise<void>, callback: (result: SdkExportResult) => void): Promise<void> {
  let result: SdkExportResult = { code: 0 };
  try {
    await exporting;
  } catch (error) {
    result = { code: 1, ...(error instanceof Error ? { error } : {}) };
  }
  callback(result);
}

function createDelivery(name: string, options: SdkExporterOptions, clock: Clock): LineDelivery {
  const { journal, redact: _redact, retryForMs = DEFAULT_RETRY_FOR_MS, random, clock: _clock, ...otlp } = options;
  if (journal !== undefined) return createJournalDelivery(journal);
  const diagnostics = diag.createComponentLogger({ namespace: "plumbline" });
  const { signal } = new AbortController();
  const sink = createOtlpSink(otlp, { name: `otlp ${name}`, clock, diagnostics, signal });
  return new DirectDelivery({ sink, clock, name, retryForMs, batchCount: BATCH_COUNT, random });
}
