import { type Plugin, PlumblineError } from "@plumbline/core";
import { isHttpUrl } from "./environment.ts";
import {
  choiceOption,
  durationOption,
  type OptionReader,
  sizeOption,
  textOption,
  wholeNumberOption,
} from "./option-readers.ts";
import type { OtlpOptions } from "./options.ts";
import { checkHeaders } from "./resolve.ts";

type OtlpSchema = NonNullable<Plugin<"sink", OtlpOptions>["options"]>;

interface Issue {
  readonly message: string;
  readonly path: readonly string[];
}

const urlOption: OptionReader = (value) =>
  typeof value === "string" && isHttpUrl(value) ? { value } : { expected: "an http or https address" };

/** A map of texts, or, in code, a function that gives one. */
const headersOption: OptionReader = (value) => {
  if (typeof value === "function") return { value };
  const expected = "a map of header names to texts that can be sent";
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { expected };
  try {
    return { value: checkHeaders(value as Readonly<Record<string, string>>) };
  } catch (error) {
    if (!PlumblineError.isInstance(error)) throw error;
    return { expected };
  }
};

const proxyOption: OptionReader = (value) =>
  value === false
    ? { value }
    : "value" in urlOption(value)
      ? { value }
      : { expected: "an http or https address, or false" };

/** An option's name in the config, its name in code, and how it is read. */
type Field = readonly [name: string, optionName: string, read: OptionReader];

const SIGNAL_FIELDS: readonly Field[] = [
  ["endpoint", "endpoint", urlOption],
  ["protocol", "protocol", choiceOption("http/protobuf", "http/json")],
  ["headers", "headers", headersOption],
  ["timeout", "timeoutMs", durationOption],
  ["compression", "compression", choiceOption("gzip", "none")],
  ["certificate", "certificate", textOption],
  ["clientKey", "clientKey", textOption],
  ["clientCertificate", "clientCertificate", textOption],
];

const FIELDS: readonly Field[] = [
  ...SIGNAL_FIELDS,
  ["concurrency", "concurrency", wholeNumberOption(1, 256)],
  ["maxRequest", "maxRequestBytes", sizeOption],
  ["proxy", "proxy", proxyOption],
  ["schemaUrl", "schemaUrl", textOption],
  ["userAgent", "userAgent", textOption],
];

const SIGNALS: readonly string[] = ["logs", "traces", "metrics"];

/** The options as a config gives them. No message repeats a value: addresses and headers hold credentials. */
export const otlpOptionsSchema: OtlpSchema = {
  "~standard": {
    version: 1,
    vendor: "plumbline",
    validate: (given) => {
      const issues: Issue[] = [];
      const options = readMap(given ?? {}, FIELDS, SIGNALS, [], issues);
      // Each value was read by the reader of its own name.
      return issues.length > 0 ? { issues } : { value: options };
    },
  },
};

function readMap(
  given: unknown,
  fields: readonly Field[],
  nested: readonly string[],
  path: readonly string[],
  issues: Issue[],
): Readonly<Record<string, unknown>> {
  const names = [...fields.map(([name]) => name), ...nested];
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    issues.push({ path, message: `expected a map with ${names.join(", ")}` });
    return {};
  }
  const options = new Map<string, unknown>();
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const at = [...path, name];
    const field = fields.find(([known]) => known === name);
    if (nested.includes(name)) {
      options.set(name, readMap(value, SIGNAL_FIELDS, [], at, issues));
    } else if (field === undefined) {
      issues.push({ path: at, message: `is not an option; the options are ${names.join(", ")}` });
    } else {
      const read = field[2](value);
      if ("value" in read) options.set(field[1], read.value);
      else issues.push({ path: at, message: `expected ${read.expected}` });
    }
  }
  return Object.fromEntries(options);
}
