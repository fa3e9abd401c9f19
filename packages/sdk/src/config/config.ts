import type {
  BatchOptions,
  Durability,
  Limits,
  NamePatterns,
  OwnPattern,
  Plugin,
  QueueOptions,
  QueuePolicy,
  RedactionAction,
  Resource,
  RetryOptions,
  SeverityNumber,
  Severity,
} from "@plumbline/core";
import type { DurationInput, Level, LevelInput, SizeInput } from "./schema-fields.ts";

/**
 * The config as it is written: in `plumbline.yaml`, or in code. Sizes and durations read as people write them (`64MiB`,
 * `1h`). What each key means, and its default, stands in `docs/reference/config.md`.
 */
export interface PlumblineConfig {
  readonly $schema?: string | undefined;
  readonly service?: ServiceInput | undefined;
  /** Plugins to load: npm names, paths relative to the config's folder, or in code the plugin objects themselves. */
  readonly plugins?: readonly (string | Plugin)[] | undefined;
  readonly redact?: RedactInput | undefined;
  readonly limits?: LimitsInput | undefined;
  readonly minSeverity?: LevelInput | undefined;
  readonly levels?: Readonly<Record<string, LevelInput>> | undefined;
  readonly journal?: JournalInput | false | undefined;
  readonly processors?: readonly ComponentInput[] | undefined;
  readonly sources?: Readonly<Record<string, ComponentInput>> | undefined;
  readonly sinks?: Readonly<Record<string, SinkInput>> | undefined;
  readonly services?: Readonly<Record<string, ComponentInput>> | undefined;
  readonly watch?: WatchInput | undefined;
  readonly dataDir?: string | undefined;
  readonly reportSocket?: boolean | undefined;
}

export interface WatchInput {
  readonly self?: boolean | undefined;
  readonly settle?: DurationInput | undefined;
  readonly interval?: DurationInput | undefined;
}

export interface ServiceInput {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly attributes?: Resource | undefined;
}

export interface RedactInput {
  readonly keys?: readonly string[] | undefined;
  readonly allow?: readonly string[] | undefined;
  readonly allowKeys?: readonly string[] | undefined;
  readonly allowValues?: readonly string[] | undefined;
  readonly detectors?: Readonly<Record<string, boolean>> | undefined;
  readonly actions?: Readonly<Record<string, RedactionAction>> | undefined;
  readonly patterns?: readonly OwnPattern[] | undefined;
  readonly hashKey?: string | undefined;
  readonly extraDetectors?: readonly ComponentInput[] | undefined;
}

export interface LimitsInput {
  readonly maxDepth?: number | undefined;
  readonly maxAttributes?: number | undefined;
  readonly maxStringLength?: SizeInput | undefined;
  readonly maxEventSize?: SizeInput | undefined;
}

export interface JournalInput {
  readonly path?: string | undefined;
  readonly durability?: Durability | undefined;
  readonly flushInterval?: DurationInput | undefined;
  readonly queue?: JournalQueueInput | undefined;
  readonly rotate?: RotateInput | undefined;
  readonly fileMode?: string | undefined;
  readonly directoryMode?: string | undefined;
  readonly onOwned?: "next-slot" | "refuse" | undefined;
  readonly rotateOnSighup?: boolean | undefined;
  readonly exitFlush?: DurationInput | undefined;
}

export interface JournalQueueInput {
  readonly maxBytes?: SizeInput | undefined;
  readonly policy?: QueuePolicy | undefined;
  readonly keep?: Severity | undefined;
}

export interface RotateInput {
  readonly maxBytes?: SizeInput | undefined;
  readonly maxAge?: DurationInput | undefined;
  readonly keep?: number | undefined;
  readonly keepBytes?: SizeInput | undefined;
  readonly keepAge?: DurationInput | undefined;
  readonly compress?: "gzip" | "zstd" | "none" | undefined;
  readonly holdFactor?: number | undefined;
}

/**
 * One condition: exactly one of these keys, or the name of a plugin of the kind `condition` with its options. What each takes stands in
 * `docs/reference/config.md`.
 */
export interface ConditionInput {
  readonly cpuFeature?: string | readonly string[] | undefined;
  readonly env?: string | undefined;
  readonly pathExists?: string | undefined;
  readonly platform?: string | readonly string[] | undefined;
  readonly arch?: string | readonly string[] | undefined;
  readonly host?: string | readonly string[] | undefined;
  readonly nodeVersion?: string | undefined;
  readonly memory?: SizeInput | undefined;
  /** Holds where this one does not; one that cannot be told holds neither way. */
  readonly not?: ConditionInput | undefined;
  /** Holds where one of these does, or there is none. */
  readonly any?: readonly ConditionInput[] | undefined;
  readonly [plugin: string]: unknown;
}

/** Whether a component is there at all. */
export interface ComponentSwitch {
  readonly enabled?: boolean | undefined;
  /** Must all hold, or the component is left out. */
  readonly when?: readonly ConditionInput[] | undefined;
  /** Must all hold, or nothing is started. */
  readonly assert?: readonly ConditionInput[] | undefined;
}

/** What every component has, beside the options of its plugin. */
export interface ComponentInput extends ComponentSwitch {
  /** A built-in name, a plugin's id, an npm name, a path (`./mine.mjs`), or in code the plugin itself. */
  readonly use: string | Plugin;
  readonly [option: string]: unknown;
}

/** What every sink has, beside the options of its plugin. */
export interface SinkCommon extends ComponentSwitch {
  readonly minSeverity?: Severity | undefined;
  readonly names?: NamePatterns | undefined;
  readonly delivery?: "direct" | "journal" | undefined;
  readonly backlog?: BacklogInput | undefined;
  readonly queue?: QueueInput | undefined;
  readonly batch?: BatchInput | undefined;
  readonly retry?: RetryInput | undefined;
  readonly writeTimeout?: DurationInput | undefined;
}

export interface SinkInput extends SinkCommon {
  /** As for {@link ComponentInput.use}. */
  readonly use: string | Plugin;
  readonly [option: string]: unknown;
}

export interface BacklogInput {
  readonly begin?: "now" | "earliest" | undefined;
  readonly hold?: DurationInput | undefined;
  readonly maxDeadLetters?: SizeInput | undefined;
}

export interface QueueInput {
  readonly maxCount?: number | undefined;
  readonly maxBytes?: SizeInput | undefined;
  readonly policy?: QueuePolicy | undefined;
}

export interface BatchInput {
  readonly maxCount?: number | undefined;
  readonly maxBytes?: SizeInput | undefined;
  readonly maxDelay?: DurationInput | undefined;
}

export interface RetryInput {
  readonly initial?: DurationInput | undefined;
  readonly max?: DurationInput | undefined;
  readonly maxAttempts?: number | undefined;
  readonly maxElapsed?: DurationInput | undefined;
}

/** The journal's name in reports, beside those of the sinks. */
export const JOURNAL_NAME = "journal";

/** A checked config: sizes in bytes, durations in milliseconds, and every default in its place but for those that the pipeline puts in. */
export interface Config {
  readonly service: {
    readonly name?: string | undefined;
    readonly version?: string | undefined;
    readonly attributes: Resource;
  };
  readonly plugins: readonly string[];
  readonly redact: RedactConfig;
  readonly limits: Limits;
  readonly minSeverity: Level;
  readonly levels: Readonly<Record<string, Level>>;
  readonly journal: JournalConfig | undefined;
  readonly processors: readonly ComponentConfig[];
  readonly sources: Readonly<Record<string, ComponentConfig>>;
  readonly sinks: Readonly<Record<string, SinkConfig>>;
  readonly services: Readonly<Record<string, ComponentConfig>>;
  readonly watch: { readonly self: boolean; readonly settleMs: number; readonly intervalMs: number };
  readonly dataDir?: string | undefined;
  readonly reportSocket: boolean;
}

export interface RedactConfig extends Omit<RedactInput, "extraDetectors"> {
  readonly extraDetectors: readonly ComponentConfig[];
}

export interface JournalConfig {
  readonly path: string;
  readonly durability: Durability;
  readonly flushIntervalMs: number;
  readonly maxQueueBytes: number;
  readonly queuePolicy: QueuePolicy;
  readonly keep?: SeverityNumber | undefined;
  readonly rotate: {
    readonly maxBytes?: number | undefined;
    readonly maxAgeMs?: number | undefined;
    readonly keep?: number | undefined;
    readonly keepBytes?: number | undefined;
    readonly keepAgeMs?: number | undefined;
    readonly compress: "gzip" | "zstd" | "none";
    readonly holdFactor: number;
  };
  readonly mode: number;
  readonly directoryMode: number;
  readonly onOwned: "next-slot" | "refuse";
  readonly rotateOnSighup: boolean;
  readonly exitFlushMs: number;
}

export interface ComponentConfig {
  readonly use: string;
  readonly enabled: boolean;
  /** What the plugin's own schema checks. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface SinkConfig extends ComponentConfig {
  readonly minSeverity?: SeverityNumber | undefined;
  readonly names?: NamePatterns | undefined;
  readonly delivery: "direct" | "journal";
  readonly backlog?: BacklogConfig | undefined;
  readonly queue?: QueueOptions | undefined;
  readonly batch?: BatchOptions | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly writeTimeoutMs?: number | undefined;
}

/** What waits in the journal for a sink. */
export interface BacklogConfig {
  readonly begin?: "now" | "earliest" | undefined;
  readonly holdMs?: number | undefined;
  readonly maxDeadLetterBytes?: number | undefined;
}
