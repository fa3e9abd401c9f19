import type { Signal } from "@plumbline/core";
import type { OtlpSignalOptions } from "./options.ts";
import { isSendableHeader } from "./sendable-header.ts";

/** What the environment says, for all signals and for each; and how a batch processor is to feed the exporter. */
export interface OtlpEnvironment {
  readonly general: OtlpSignalOptions;
  readonly logs: OtlpSignalOptions;
  readonly traces: OtlpSignalOptions;
  readonly metrics: OtlpSignalOptions;
  /** `OTEL_BLRP_*`; `undefined` where one is not set. */
  readonly batch: BatchEnvironment;
  readonly temporality: "cumulative" | "delta" | "lowmemory";
  readonly histogram: "explicit_bucket_histogram" | "base2_exponential_bucket_histogram";
  /** What could not be read and is ignored, in words that quote no value. */
  readonly warnings: readonly string[];
}

/** What `OTEL_BLRP_*` says. Source: OpenTelemetry specification, "Batch LogRecord Processor". */
export interface BatchEnvironment {
  /** `OTEL_BLRP_SCHEDULE_DELAY`, in milliseconds. */
  readonly scheduleDelayMs: number | undefined;
  /** `OTEL_BLRP_EXPORT_TIMEOUT`, in milliseconds. */
  readonly exportTimeoutMs: number | undefined;
  readonly maxQueueSize: number | undefined;
  readonly maxExportBatchSize: number | undefined;
}

/** What is longer is as good as for ever: a day. */
export const MAX_TIME_MS = 86_400_000;

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads every `OTEL_EXPORTER_OTLP_*` and `OTEL_BLRP_*` variable. As the specification says, an empty one is unset, and one that cannot be read is
 * ignored with a warning. `…_INSECURE` says nothing over HTTP: there the endpoint's scheme decides.
 * Source: OpenTelemetry specification, "OpenTelemetry Protocol Exporter", "Configuration Options".
 */
export function readOtlpEnvironment(env: Variables): OtlpEnvironment {
  const reader = new Reader(env);
  return {
    general: reader.options(""),
    logs: reader.options("LOGS_"),
    traces: reader.options("TRACES_"),
    metrics: reader.options("METRICS_"),
    batch: {
      scheduleDelayMs: reader.number("OTEL_BLRP_SCHEDULE_DELAY", 0, MAX_TIME_MS),
      exportTimeoutMs: reader.timeout("OTEL_BLRP_EXPORT_TIMEOUT"),
      maxQueueSize: reader.number("OTEL_BLRP_MAX_QUEUE_SIZE", 1),
      maxExportBatchSize: reader.number("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", 1),
    },
    temporality:
      reader.choice("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", ["cumulative", "delta", "lowmemory"]) ??
      "cumulative",
    histogram:
      reader.choice("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", [
        "explicit_bucket_histogram",
        "base2_exponential_bucket_histogram",
      ]) ?? "explicit_bucket_histogram",
    warnings: reader.warnings,
  };
}

class Reader {
  readonly warnings: string[] = [];
  readonly #env: Variables;

  constructor(env: Variables) {
    this.#env = env;
  }

  options(signal: "" | `${Uppercase<Signal>}_`): OtlpSignalOptions {
    const name = (option: string): string => `OTEL_EXPORTER_OTLP_${signal}${option}`;
    return {
      endpoint: this.#url(name("ENDPOINT")),
      protocol: this.#protocol(name("PROTOCOL")),
      headers: this.#headers(name("HEADERS")),
      timeoutMs: this.timeout(name("TIMEOUT")),
      compression: this.choice(name("COMPRESSION"), ["gzip", "none"]),
      certificate: this.#text(name("CERTIFICATE")),
      clientKey: this.#text(name("CLIENT_KEY")),
      clientCertificate: this.#text(name("CLIENT_CERTIFICATE")),
    };
  }

  /** A whole number; what is more than `most` is that. */
  number(name: string, least: number, most: number = Number.MAX_SAFE_INTEGER): number | undefined {
    const text = this.#text(name);
    if (text === undefined) return undefined;
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least) return Math.min(number, most);
    this.warnings.push(`${name} is not a whole number from ${least}, and is ignored`);
    return undefined;
  }

  /** In milliseconds; 0 is no limit. Source: OpenTelemetry specification, "Common configuration", "Timeout". */
  timeout(name: string): number | undefined {
    const ms = this.number(name, 0, MAX_TIME_MS);
    return ms === 0 ? MAX_TIME_MS : ms;
  }

  choice<const Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.#text(name)?.toLowerCase();
    const choice = choices.find((known) => known === text);
    if (text !== undefined && choice === undefined) {
      this.warnings.push(`${name} is none of ${choices.join(", ")}, and is ignored`);
    }
    return choice;
  }

  #protocol(name: string): OtlpSignalOptions["protocol"] {
    if (this.#text(name)?.toLowerCase() === "grpc") {
      this.warnings.push(`${name} is grpc, which this exporter does not speak: http/protobuf is used`);
      return undefined;
    }
    return this.choice(name, ["http/protobuf", "http/json"]);
  }

  #url(name: string): string | undefined {
    const text = this.#text(name);
    if (text === undefined || isHttpUrl(text)) return text;
    this.warnings.push(`${name} is not an http or https address, and is ignored`);
    return undefined;
  }

  /** `key1=value1,key2=value2`, percent-encoded. Source: W3C Baggage, which allows no spaces; many write them all the same. */
  #headers(name: string): Readonly<Record<string, string>> | undefined {
    const text = this.#text(name);
    if (text === undefined) return undefined;
    const headers: [string, string][] = [];
    for (const member of text.split(",")) {
      if (member.trim() === "") continue;
      const equals = member.indexOf("=");
      const key = decode(member.slice(0, Math.max(0, equals)));
      const value = decode(member.slice(equals + 1));
      if (key === undefined || value === undefined || !isSendableHeader(key, value)) {
        this.warnings.push(`${name} has a part that is no header as key=value, percent-encoded, which is ignored`);
      } else {
        headers.push([key, value]);
      }
    }
    return headers.length === 0 ? undefined : Object.fromEntries(headers);
  }

  #text(name: string): string | undefined {
    const text = this.#env[name]?.trim();
    return text === "" ? undefined : text;
  }
}

/** Whether a text is an address that requests can be sent to. */
export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return undefined; // a `%` without two hex digits, or bytes that are not UTF-8
  }
}
