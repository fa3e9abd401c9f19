import type { StandardSchemaV1 } from "@standard-schema/spec";
import { coreError } from "../error-codes.ts";
import { errorCode } from "../errors.ts";
import type { Plugin, PluginKind } from "./plugin.ts";

/** One thing that is wrong with a plugin's options. */
export interface OptionsIssue {
  /** Keys and indexes from the options' root down; empty for the options as a whole. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Where options stand that are checked before there is an instance. */
export interface OptionsHost {
  /** The folder that relative paths in the options start from, and that plugins are looked for in. */
  readonly baseDir: string;
}

/**
 * Checks options against the plugin's schema and gives what the schema made of them. Without a schema, no option is accepted.
 *
 * Rejects with `PLB_PLUGIN_OPTIONS_INVALID`, whose `details.issues` holds every {@link OptionsIssue}, with paths by which the
 * place in a config can be found. A schema that throws or answers with nonsense counts as one issue. `host` is told to the schema as its `libraryOptions`: one
 * whose options name files or other plugins can look at them then.
 */
export async function parsePluginOptions<Kind extends PluginKind, Options>(
  plugin: Plugin<Kind, Options>,
  input: unknown,
  host?: OptionsHost,
): Promise<Options> {
  const { options: schema, id } = plugin;
  if (schema === undefined) {
    const issues = unexpectedOptions(input);
    if (issues.length > 0) throw optionsInvalid(id, issues);
    // A plugin without a schema is typed `Plugin<Kind, undefined>` by definePlugin.
    return undefined as Options;
  }
  let issues: readonly OptionsIssue[];
  try {
    const told = host === undefined ? [] : [{ libraryOptions: { baseDir: host.baseDir } }];
    const result = await schema["~standard"].validate(input, ...told);
    if (!result.issues) return result.value;
    issues = readIssues(result.issues);
  } catch (cause) {
    throw optionsInvalid(id, [{ path: [], message: `the schema itself failed (${errorCode(cause)})` }], cause);
  }
  throw optionsInvalid(id, issues);
}

function unexpectedOptions(input: unknown): OptionsIssue[] {
  if (input === undefined || input === null) return [];
  if (typeof input !== "object") return [{ path: [], message: "takes no options" }];
  return Object.keys(input).map((key) => ({ path: [key], message: "is not an option: this plugin takes none" }));
}

function readIssues(issues: readonly StandardSchemaV1.Issue[]): OptionsIssue[] {
  const read = Array.from(issues).flatMap((issue): OptionsIssue[] => {
    const path = readPath(issue.path);
    const keys = unknownKeys(issue);
    if (keys.length === 0) return [{ path, message: issue.message }];
    return keys.map((key) => ({ path: [...path, key], message: "is not an option" }));
  });
  return read.length > 0 ? read : [{ path: [], message: "is refused without a reason" }];
}

/** zod tells all unknown keys of an object in one issue, at the object; each has a place of its own in a config. */
function unknownKeys(issue: StandardSchemaV1.Issue): readonly string[] {
  if (!("code" in issue) || issue.code !== "unrecognized_keys" || !("keys" in issue)) return [];
  const { keys } = issue;
  return Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : [];
}

function readPath(path: StandardSchemaV1.Issue["path"]): readonly (string | number)[] {
  return Array.from(path ?? [], (segment) => {
    const key = typeof segment === "object" ? segment.key : segment;
    return typeof key === "symbol" ? String(key) : key;
  });
}

function optionsInvalid(id: string, issues: readonly OptionsIssue[], cause?: unknown): Error {
  const listed = issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`));
  return coreError("PLB_PLUGIN_OPTIONS_INVALID", {
    message: `The options of the plugin ${id} do not fit: ${listed.join("; ")}.`,
    details: { id, issues },
    ...(cause === undefined ? {} : { cause }),
  });
}
