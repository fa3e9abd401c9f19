import type { Plugin } from "@plumbline/core";
import type { StreamServerOptions } from "./options.ts";

/** The options of `use: "@plumbline/stream-server"`, as they are after reading; paths as they were written. */
export type StreamServerConfig = Omit<StreamServerOptions, "journal" | "clock" | "diagnostics">;

type ConfigSchema = NonNullable<Plugin<"service", StreamServerConfig>["options"]>;
type Reader = (value: unknown) => { readonly value: unknown } | { readonly expected: string };

const UNITS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["B", 1],
  ["kB", 1000],
  ["MB", 1000 ** 2],
  ["GB", 1000 ** 3],
  ["KiB", 1024],
  ["MiB", 1024 ** 2],
  ["GiB", 1024 ** 3],
]);

function measure(pattern: RegExp, expected: string): Reader {
  return (value) => {
    const [, amount, unit = ""] = typeof value === "string" ? (pattern.exec(value) ?? []) : [];
    const measured = Math.round(Number(amount) * (UNITS.get(unit) ?? Number.NaN));
    return measured >= 1 ? { value: measured } : { expected };
  };
}

const duration = measure(/^(\d+(?:\.\d+)?) ?(ms|s|m|h)$/, "a duration such as 500ms, 10s or 1m");
const size = measure(/^(\d+(?:\.\d+)?) ?(B|kB|MB|GB|KiB|MiB|GiB)$/, "a size such as 64KiB");
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
