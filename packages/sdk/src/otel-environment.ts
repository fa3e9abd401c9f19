import { DiagLogLevel } from "@opentelemetry/api";
import { parseResourceAttributes } from "@plumbline/core";

/** What the `OTEL_*` variables that this SDK reads say. */
export interface OtelEnvironment {
  /** `OTEL_SDK_DISABLED`: no event is taken, nothing is opened. */
  readonly disabled: boolean;
  /** `OTEL_RESOURCE_ATTRIBUTES`, with `service.name` from `OTEL_SERVICE_NAME` where that is set. */
  readonly resourceAttributes: Readonly<Record<string, string>>;
  /** `OTEL_LOG_LEVEL`: how much the SDK says of itself; `undefined` when unset. */
  readonly logLevel: DiagLogLevel | undefined;
  /** What could not be read and is ignored, in words that quote no value. */
  readonly warnings: readonly string[];
}

const LOG_LEVELS: ReadonlyMap<string, DiagLogLevel> = new Map([
  ["none", DiagLogLevel.NONE],
  ["error", DiagLogLevel.ERROR],
  ["warn", DiagLogLevel.WARN],
  ["info", DiagLogLevel.INFO],
  ["debug", DiagLogLevel.DEBUG],
  ["verbose", DiagLogLevel.VERBOSE],
  ["all", DiagLogLevel.ALL],
]);

/**
 * Reads the variables as the specification says: an empty one is unset, a boolean is true only as `true` in any case,
 * an unknown word of a set is ignored with a warning, and one bad member discards all of `OTEL_RESOURCE_ATTRIBUTES`.
 * Source: OpenTelemetry specification, "Environment Variable Specification" and "Resource SDK".
 */
export function readOtelEnvironment(env: Readonly<Record<string, string | undefined>>): OtelEnvironment {
  const warnings: string[] = [];
  const read = (name: string): string | undefined => {
    const value = env[name]?.trim();
    return value === "" ? undefined : value;
  };

  const disabled = read("OTEL_SDK_DISABLED")?.toLowerCase();
  if (disabled !== undefined && disabled !== "true" && disabled !== "false") {
    warnings.push("OTEL_SDK_DISABLED is neither true nor false, and is taken for false");
  }

  const levelName = read("OTEL_LOG_LEVEL")?.toLowerCase();
  const logLevel = levelName === undefined ? undefined : LOG_LEVELS.get(levelName);
  if (levelName !== undefined && logLevel === undefined) {
    warnings.push(`OTEL_LOG_LEVEL is none of ${[...LOG_LEVELS.keys()].join(", ")}, and is ignored`);
  }

  const attributes = parseResourceAttributes(read("OTEL_RESOURCE_ATTRIBUTES") ?? "");
  if (attributes === undefined) {
    warnings.push("OTEL_RESOURCE_ATTRIBUTES is not a list of key=value, percent-encoded, and all of it is ignored");
  }
  const serviceName = read("OTEL_SERVICE_NAME");
  const resourceAttributes = { ...attributes, ...(serviceName === undefined ? {} : { "service.name": serviceName }) };
  return { disabled: disabled === "true", resourceAttributes, logLevel, warnings };
}
