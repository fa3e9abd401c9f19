import type { Signal } from "@plumbline/core";
import { otlpError } from "../otlp-error.ts";
import { isHttpUrl, MAX_TIME_MS, type OtlpEnvironment } from "./environment.ts";
import {
  OTLP_DEFAULTS,
  type OtlpHeaders,
  type OtlpOptions,
  type OtlpSignalOptions,
  type SignalSettings,
} from "./options.ts";
import { isSendableHeader } from "./sendable-header.ts";

const MAX_CONCURRENCY = 256;

/**
 * The settings of one signal: what is given for it wins over what is given for all, that over the environment's for the signal, that over the
 * environment's for all, and that over the defaults. Headers add up in that order. Throws `PLB_OTLP_OPTION_INVALID`.
 */
export function resolveSignal(signal: Signal, options: OtlpOptions, env: OtlpEnvironment): SignalSettings {
  const own = options[signal] ?? {};
  const layers: readonly OtlpSignalOptions[] = [own, options, env[signal], env.general];
  const first = <Name extends keyof OtlpSignalOptions>(name: Name): OtlpSignalOptions[Name] =>
    layers.map((layer) => layer[name]).find((value) => value !== undefined);
  const headers = layers.map((layer) => layer.headers).filter((given) => given !== undefined);
  return {
    signal,
    url: endpointOf(signal, layers),
    protocol: oneOf("protocol", first("protocol") ?? OTLP_DEFAULTS.protocol, ["http/protobuf", "http/json"]),
    headers: headers.toReversed().map((given) => (typeof given === "function" ? given : checkHeaders(given))),
    timeoutMs: within("timeoutMs", first("timeoutMs") ?? OTLP_DEFAULTS.timeoutMs, 1, MAX_TIME_MS),
    compression: oneOf("compression", first("compression") ?? OTLP_DEFAULTS.compression, ["gzip", "none"]),
    certificate: first("certificate"),
    clientKey: first("clientKey"),
    clientCertificate: first("clientCertificate"),
  };
}

/** What is set for all signals together. Throws `PLB_OTLP_OPTION_INVALID`. */
export function resolveShared(options: OtlpOptions): {
  readonly concurrency: number;
  readonly maxRequestBytes: number;
} {
  if (typeof options.proxy === "string" && !isHttpUrl(options.proxy))
    throw invalid("proxy", "an http or https address, or false");
  if (options.userAgent !== undefined && !isSendableHeader("user-agent", options.userAgent)) {
    throw invalid("userAgent", "text that a header can hold");
  }
  return {
    concurrency: within("concurrency", options.concurrency ?? OTLP_DEFAULTS.concurrency, 1, MAX_CONCURRENCY),
    maxRequestBytes: within(
      "maxRequestBytes",
      options.maxRequestBytes ?? OTLP_DEFAULTS.maxRequestBytes,
      1024,
      Number.MAX_SAFE_INTEGER,
    ),
  };
}

/** Headers as they can be sent, with names in lower case. Throws `PLB_OTLP_OPTION_INVALID`, which quotes none. */
export function checkHeaders(given: Exclude<OtlpHeaders, () => unknown>): Readonly<Record<string, string>> {
  const headers = Object.entries(given).map(([name, value]): [string, string] => {
    if (typeof value !== "string" || !isSendableHeader(name, value)) {
      throw invalid("headers", "a map of header names to texts that can be sent");
    }
    return [name.toLowerCase(), value];
  });
  return Object.fromEntries(headers);
}

function endpointOf(signal: Signal, layers: readonly OtlpSignalOptions[]): URL {
  const [own, given, envOwn, envGeneral] = layers.map((layer) => layer.endpoint);
  const special = own ?? (given === undefined ? envOwn : undefined);
  if (special !== undefined) return urlOf(special);
  const url = urlOf(given ?? envGeneral ?? OTLP_DEFAULTS.endpoint);
  const parts = url.pathname.split("/");
  while (parts.at(-1) === "") parts.pop();
  url.pathname = `${parts.join("/")}/v1/${signal}`;
  return url;
}

function urlOf(text: string): URL {
  if (typeof text !== "string" || !isHttpUrl(text)) throw invalid("endpoint", "an http or https address");
  const url = new URL(text);
  url.hash = "";
  return url;
}

function within(option: string, value: number, least: number, most: number): number {
  if (typeof value === "number" && value >= least && value <= most && Number.isInteger(value)) return value;
  throw invalid(option, `a whole number from ${least} to ${most}`);
}

function oneOf<const Choice extends string>(option: string, value: Choice, choices: readonly Choice[]): Choice {
  if (choices.includes(value)) return value;
  throw invalid(option, choices.join(" or "));
}

function invalid(option: string, expected: string): Error {
  return otlpError("PLB_OTLP_OPTION_INVALID", {
    message: `The OTLP exporter's option \`${option}\` must be ${expected}.`,
    details: { option },
  });
}
