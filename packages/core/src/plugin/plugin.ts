import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { DiagLogger } from "@opentelemetry/api";
import type { Clock } from "../clock.ts";
import type { AnyMap } from "../attributes.ts";
import type { Journal } from "../journal.ts";
import type { Condition } from "./condition.ts";
import type { Destination } from "./destination.ts";
import type { Detector } from "./detector.ts";
import type { Pickup } from "./pickup.ts";
import type { Processor } from "./processor.ts";
import type { Service } from "./service.ts";
import type { Sink } from "./sink.ts";
import type { Source } from "./source.ts";

/** The version of this contract. A plugin made for another is refused. */
export const PLUGIN_API_VERSION = 1;

/** The instance that each kind's `create` returns. */
export interface PluginInstances {
  source: Source;
  processor: Processor;
  detector: Detector;
  sink: Sink;
  pickup: Pickup;
  destination: Destination;
  condition: Condition;
  service: Service;
}

export type PluginKind = keyof PluginInstances;

/** All kinds, in the order in which they stand along an event's way. */
export const PLUGIN_KINDS: readonly PluginKind[] = [
  "source",
  "processor",
  "detector",
  "sink",
  "pickup",
  "destination",
  "condition",
  "service",
];

/** What a host gives a plugin. Nothing here may be used before `create` is called, and nothing after `signal` aborts. */
export interface PluginContext {
  /** The component's name in the config (`sinks.alerts` gives `alerts`). */
  readonly name: string;
  readonly clock: Clock;
  /** Where to say what an operator should know; goes to OpenTelemetry's `diag`. Never given an unredacted value. */
  readonly diagnostics: DiagLogger;
  /** The service's resource, redacted. */
  readonly resource: AnyMap;
  /** A folder of the component's own, made when first asked for; `undefined` where the host keeps nothing on disk. */
  readonly dataDir: string | undefined;
  /** The folder that relative paths in the options start from. */
  readonly baseDir: string;
  /** The journal, for a `service` and for a journaled `sink`; `undefined` where there is none. */
  readonly journal: Journal | undefined;
  /** Aborts at the deadline of `close`: give up what is still under way. */
  readonly signal: AbortSignal;
}

/** A plugin: a plain object. `create` has no side effect; everything begins with `start()`. */
export interface Plugin<Kind extends PluginKind = PluginKind, Options = unknown> {
  /** Mandatory and unique: the npm name, or a path under it. */
  readonly id: string;
  readonly kind: Kind;
  readonly apiVersion: typeof PLUGIN_API_VERSION;
  /** Any Standard Schema; the parsed output is what `create` gets. Without one no option is accepted. */
  readonly options?: StandardSchemaV1<unknown, Options>;
  create(options: Options, context: PluginContext): PluginInstances[Kind];
}
