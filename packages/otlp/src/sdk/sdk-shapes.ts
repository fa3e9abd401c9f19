// What the exporters read of the OpenTelemetry SDK's records: the same in its 2.x and 3.x lines, of which neither is imported. A service
// may have either, and each pins a range of `@opentelemetry/api` that the other refuses.

/** Seconds and nanoseconds. */
export type SdkTime = readonly [seconds: number, nanos: number] | [number, number];

export interface SdkResource {
  readonly attributes: object;
  readonly schemaUrl?: string | undefined;
}

export interface SdkScope {
  readonly name: string;
  readonly version?: string | undefined;
  readonly schemaUrl?: string | undefined;
  readonly attributes?: object | undefined;
  readonly droppedAttributesCount?: number | undefined;
}

export interface SdkSpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote?: boolean | undefined;
  readonly traceState?: { serialize(): string } | undefined;
}

/** A span that has ended. */
export interface SdkSpan {
  readonly name: string;
  /** As the API numbers them: one less than OTLP. */
  readonly kind: number;
  spanContext(): SdkSpanContext;
  readonly parentSpanContext?: SdkSpanContext | undefined;
  readonly startTime: SdkTime;
  readonly endTime: SdkTime;
  readonly status: { readonly code: number; readonly message?: string | undefined };
  readonly attributes: object;
  readonly links: readonly SdkLink[];
  readonly events: readonly SdkEvent[];
  readonly resource: SdkResource;
  readonly instrumentationScope: SdkScope;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

export interface SdkLink {
  readonly context: SdkSpanContext;
  readonly attributes?: object | undefined;
  readonly droppedAttributesCount?: number | undefined;
}

export interface SdkEvent {
  readonly time: SdkTime;
  readonly name: string;
  readonly attributes?: object | undefined;
  readonly droppedAttributesCount?: number | undefined;
}

export interface SdkLogRecord {
  readonly hrTime: SdkTime;
  readonly hrTimeObserved: SdkTime;
  readonly spanContext?: SdkSpanContext | undefined;
  readonly severityText?: string | undefined;
  readonly severityNumber?: number | undefined;
  readonly body?: unknown;
  readonly eventName?: string | undefined;
  readonly resource: SdkResource;
  readonly instrumentationScope: SdkScope;
  readonly attributes: object;
  readonly droppedAttributesCount: number;
}

export interface SdkResourceMetrics {
  readonly resource: SdkResource;
  readonly scopeMetrics: readonly SdkScopeMetrics[];
}

export interface SdkScopeMetrics {
  readonly scope: SdkScope;
  readonly metrics: readonly SdkMetric[];
}

export interface SdkMetric {
  readonly descriptor: {
    readonly name: string;
    readonly description: string;
    readonly unit: string;
    /** 0 for integers, 1 for doubles. */
    readonly valueType: number;
  };
  /** 0 for delta, 1 for cumulative. */
  readonly aggregationTemporality: number;
  /** 0 histogram, 1 exponential histogram, 2 gauge, 3 sum. */
  readonly dataPointType: number;
  readonly isMonotonic?: boolean | undefined;
  readonly dataPoints: readonly SdkDataPoint[];
}

export interface SdkDataPoint {
  readonly startTime: SdkTime;
  readonly endTime: SdkTime;
  readonly attributes: object;
  /** A number, or what a histogram has gathered. */
  readonly value: unknown;
  readonly exemplars?: readonly SdkExemplar[] | undefined;
}

export interface SdkHistogram {
  readonly buckets: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
  readonly sum?: number | undefined;
  readonly count: number;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

export interface SdkExponentialHistogram {
  readonly count: number;
  readonly sum?: number | undefined;
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: SdkBuckets;
  readonly negative: SdkBuckets;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

export interface SdkBuckets {
  readonly offset: number;
  readonly bucketCounts: readonly number[];
}

export interface SdkExemplar {
  readonly filteredAttributes: object;
  readonly value: number;
  readonly timestamp: SdkTime;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
}

/** What an exporter tells the SDK: 0 for a success, 1 for a failure. */
export interface SdkExportResult {
  readonly code: number;
  readonly error?: Error;
}
