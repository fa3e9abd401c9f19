import { parseDuration, parseSize, type Plugin } from "@plumbline/core";
import type { StreamServerOptions } from "./options.ts";

/** The options of `use: "@plumbline/stream-server"`, as they are after reading; paths as they were written. */
export type StreamServerConfig = Omit<StreamServerOptions, "journal" | "clock" | "diagnostics">;

type ConfigSchema = NonNullable<Plugin<"service", StreamServerConfig>["options"]>;
type Reader = (value: unknown) => { readonly value: unknown } | { readonly expected: string };

const duration: Reader = (value) => {
  const milliseconds = (typeof value === "string" ? parseDuration(value) : undefined) ?? 0;
  return milliseconds >= 1 ? { value: milliseconds } : { expected: "a duration such as 500ms, 10s or 1m" };
};
const size: Reader = (value) => {
  const bytes = (typeof value === "string" || typeof value === "number" ? parseSize(value) : undefined) ?? 0;
  return bytes >= 1 ? { value: bytes } : { expected: "a size such as 64KiB or 4096" };
};
const text: Reader = (value) =>
  typeof value === "string" && value !== "" ? { value } : { expected: "text that is not empty" };
const count: Reader = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 1 ? { value } : { expected: "a whole number from 1" };
const rate: Reader = (value) => (value === false ? { value } : count(value));
const texts: Reader = (value) =>
  Array.isArray(value) && value.every((each) => "value" in text(each)) ? { value } : { expected: "a list of texts" };

function choice(...choices: readonly string[]): Reader {
  return (value) =>
    typeof value === "string" && choices.includes(value) ? { value } : { expected: `one of ${choices.join(", ")}` };
}

/** An option's name in the config, its name in code, and how it is read. */
const FIELDS: readonly (readonly [name: string, option: keyof StreamServerConfig, read: Reader])[] = [
  ["listen", "listen", text],
  ["auth", "auth", choice("token", "none")],
  ["token", "token", text],
  ["tokenFile", "tokenFile", text],
  ["allowedHosts", "allowedHosts", texts],
  ["allowedOrigins", "allowedOrigins", texts],
  ["tls", "tls", readTls],
  ["durability", "durability", choice("buffered", "written", "fsynced")],
  ["maxConnections", "maxConnections", count],
  ["maxBuffered", "maxBufferedBytes", size],
  ["maxEventsPerSecond", "maxEventsPerSecond", rate],
  ["maxBatch", "maxBatchBytes", size],
  ["maxFilterEntries", "maxFilterEntries", count],
  ["heartbeat", "heartbeatMs", duration],
  ["stallTimeout", "stallTimeoutMs", duration],
  ["handshakeTimeout", "handshakeTimeoutMs", duration],
];

function readTls(value: unknown): ReturnType<Reader> {
  const expected = "a map with key and certificate, the paths of two PEM files";
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 2) return { expected };
  const { key, certificate } = value as Readonly<Record<string, unknown>>;
  if (typeof key !== "string" || typeof certificate !== "string") return { expected };
  return { value: { keyFile: key, certificateFile: certificate } };
}

/** The options as a config gives them. No message repeats a value: one of them may be the token. */
export const streamServerSchema: ConfigSchema = {
  "~standard": {
    version: 1,
    vendor: "plumbline",
    validate: (given) => {
      const names = FIELDS.map(([name]) => name).join(", ");
      if (typeof (given ?? {}) !== "object" || Array.isArray(given)) {
        return { issues: [{ message: `expected a map with ${names}`, path: [] }] };
      }
      const issues: { message: string; path: string[] }[] = [];
      const options = new Map<string, unknown>();
      for (const [name, value] of Object.entries(given ?? {})) {
        const [, option, read] = FIELDS.find(([known]) => known === name) ?? [];
        const result = read?.(value);
        if (option === undefined || result === undefined) {
          issues.push({ path: [name], message: `is not an option; the options are ${names}` });
        } else if ("value" in result) options.set(option, result.value);
        else issues.push({ path: [name], message: `expected ${result.expected}` });
      }
      // Each value was read by the reader of its own name.
      return issues.length > 0 ? { issues } : { value: Object.fromEntries(options) };
    },
  },
};
