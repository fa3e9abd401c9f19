import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { callIsolated, createSystemClock } from "@plumbline/core";
import { describeError } from "../describe-error.ts";
import type { SdkErrorCode } from "../error-codes.ts";
import { extractPlugins } from "./inline-plugins.ts";
import { interpolate } from "./interpolate.ts";
import { type ConfigLayer, isPlainMap } from "./layer.ts";
import { type LocatedValue, type TextFault, toPlainValue } from "./located-value.ts";
import { LineIndex } from "./position.ts";
import { type ConfigPath, type ConfigProblem, formatPath } from "./problem.ts";
import { decodeConfig, type FileFault, formatOf, parseConfigText, readConfigText } from "./read-file.ts";

/** A config file as a layer, the plugins that a module gave as objects, and what is wrong with it. */
export interface ReadLayer {
  readonly layer: ConfigLayer | undefined;
  readonly plugins: readonly unknown[];
  readonly problems: readonly ConfigProblem[];
  /** The scalars whose variable is not set, each of which is among the problems too. */
  readonly unset: readonly ConfigPath[];
}

/** For a module that waits for something before it is loaded. */
const IMPORT_TIMEOUT_MS = 30_000;

/** Reads one config file, or what is given as its content; `file` is the name it has in messages. A text keeps the place of everything in it. */
export async function readLayer(
  path: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  content?: Uint8Array,
): Promise<ReadLayer> {
  const format = formatOf(path);
  if (format === undefined) {
    return failed(file, { code: "PLB_CONFIG_FORMAT", message: "a config file is .yaml, .yml, .json, or a module" });
  }
  if (format === "module") return importLayer(path, file);
  const read = content === undefined ? await readConfigText(path) : decodeConfig(content);
  if ("code" in read) return failed(file, read);
  const lines = new LineIndex(read.text);
  const parsed = parseConfigText(read.text, format);
  const problems = parsed.faults.map((fault) => faultProblem(fault, file, lines));
  if (parsed.value === undefined) return { layer: undefined, plugins: [], problems, unset: [] };
  const wrongRoot = rootFault(parsed.value);
  if (wrongRoot !== undefined) {
    const place = lines.at(parsed.value.offset);
    problems.push({ code: "PLB_CONFIG_VALUE", message: wrongRoot, expected: "a map", file, ...place, path: "" });
    return { layer: undefined, plugins: [], problems, unset: [] };
  }
  const { value: located, faults, paths } = interpolate(parsed.value, env, read.text);
  for (const { path: at, message, offset } of faults) {
    problems.push({ code: "PLB_CONFIG_VARIABLE", message, file, ...lines.at(offset), path: formatPath(at) });
  }
  const layer = {
    value: toPlainValue(located),
    baseDir: dirname(path),
    file,
    text: { located, lines },
    variables: paths,
  };
  return { layer, plugins: [], problems, unset: faults.map((fault) => fault.path) };
}

/** What stands where the whole config should; a file without content is an empty config. */
function rootFault(root: LocatedValue): string | undefined {
  if (root.kind === "map" || (root.kind === "scalar" && root.value === null)) return undefined;
  return root.kind === "list" ? "a list stands here" : "a single value stands here";
}

async function importLayer(path: string, file: string): Promise<ReadLayer> {
  const imported = await importModule(path);
  if ("code" in imported) return failed(file, imported);
  const { exported } = imported;
  if (!isPlainMap(exported)) {
    return failed(file, { code: "PLB_CONFIG_MODULE", message: "the module's default export is no plain object" });
  }
  const { value, plugins } = extractPlugins(exported);
  return {
    layer: { value, baseDir: dirname(path), file, text: undefined, variables: [] },
    plugins,
    problems: [],
    unset: [],
  };
}

async function importModule(path: string): Promise<{ readonly exported: unknown } | FileFault> {
  const load = (): Promise<{ readonly default?: unknown }> =>
    import(pathToFileURL(path).href) as Promise<{ readonly default?: unknown }>;
  const outcome = await callIsolated(createSystemClock(), IMPORT_TIMEOUT_MS, load);
  if (outcome.kind === "timedOut") {
    return { code: "PLB_CONFIG_MODULE", message: "importing it did not end within 30 seconds" };
  }
  if (outcome.kind === "threw") {
    const { error } = outcome;
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND" && !(await exists(path))) {
      return { code: "PLB_CONFIG_NOT_FOUND", message: "there is no such file" };
    }
    return { code: "PLB_CONFIG_MODULE", message: `importing it failed: ${describeError(error)}` };
  }
  return { exported: outcome.value.default };
}

const FAULT_CODES: Readonly<Record<TextFault["kind"], SdkErrorCode>> = {
  syntax: "PLB_CONFIG_SYNTAX",
  tag: "PLB_CONFIG_TAG",
  bounds: "PLB_CONFIG_BOUNDS",
  "duplicate-key": "PLB_CONFIG_DUPLICATE_KEY",
};

function faultProblem({ kind, message, offset }: TextFault, file: string, lines: LineIndex): ConfigProblem {
  return { code: FAULT_CODES[kind], message, file, ...lines.at(offset), path: "" };
}

function failed(file: string, { code, message }: FileFault): ReadLayer {
  const problem: ConfigProblem = { code, message, file, line: undefined, column: undefined, path: "" };
  return { layer: undefined, plugins: [], problems: [problem], unset: [] };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false; // whatever kept it from being looked at, the import has said what is wrong
  }
}
