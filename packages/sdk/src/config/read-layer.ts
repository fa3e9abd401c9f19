import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { describeError } from "../describe-error.ts";
import type { SdkErrorCode } from "../error-codes.ts";
import { extractPlugins } from "./inline-plugins.ts";
import { interpolate } from "./interpolate.ts";
import { type ConfigLayer, isPlainMap } from "./layer.ts";
import { type TextFault, toPlainValue } from "./located-value.ts";
import { LineIndex } from "./position.ts";
import { type ConfigProblem, formatPath } from "./problem.ts";
import { type FileFault, formatOf, parseConfigText, readConfigText } from "./read-file.ts";

/** A config file as a layer, the plugins that a module gave as objects, and what is wrong with it. */
export interface ReadLayer {
  readonly layer: ConfigLayer | undefined;
  readonly plugins: readonly unknown[];
  readonly problems: readonly ConfigProblem[];
}

/** Reads one config file; `file` is the name it has in messages. A text keeps the place of everything in it. */
export async function readLayer(
  path: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReadLayer> {
  const format = formatOf(path);
  if (format === undefined) {
    return failed(file, { code: "PLB_CONFIG_FORMAT", message: "a config file is .yaml, .yml, .json, or a module" });
  }
  if (format === "module") return importLayer(path, file);
  const read = await readConfigText(path);
  if ("code" in read) return failed(file, read);
  const lines = new LineIndex(read.text);
  const parsed = parseConfigText(read.text, format);
  const problems = parsed.faults.map((fault) => faultProblem(fault, file, lines));
  if (parsed.value === undefined) return { layer: undefined, plugins: [], problems };
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
  return { layer, plugins: [], problems };
}

async function importLayer(path: string, file: string): Promise<ReadLayer> {
  let exported: unknown;
  try {
    const module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
    exported = module.default;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND" && !(await exists(path))) {
      return failed(file, { code: "PLB_CONFIG_NOT_FOUND", message: "there is no such file" });
    }
    return failed(file, { code: "PLB_CONFIG_MODULE", message: `importing it failed: ${describeError(error)}` });
  }
  if (!isPlainMap(exported)) {
    return failed(file, { code: "PLB_CONFIG_MODULE", message: "the module's default export is no plain object" });
  }
  const { value, plugins } = extractPlugins(exported);
  return { layer: { value, baseDir: dirname(path), file, text: undefined, variables: [] }, plugins, problems: [] };
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
  return { layer: undefined, plugins: [], problems: [problem] };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false; // whatever kept it from being looked at, the import has said what is wrong
  }
}
