import { isAbsolute, relative } from "node:path";
import { check } from "./check.ts";
import type { Config, PlumblineConfig } from "./config.ts";
import { configJsonSchema } from "./json-schema.ts";
import { findConfigFile } from "./find-file.ts";
import { extractPlugins } from "./inline-plugins.ts";
import { type ConfigLayer, mergeLayers, type MergedLayers, without } from "./layer.ts";
import { type ConfigPath, type ConfigProblem, formatPath, presentProblems } from "./problem.ts";
import { readLayer } from "./read-layer.ts";
import { retypeVariables } from "./retype-variables.ts";
import { configSchema } from "./schema.ts";

/** Where a config is looked for, and what is laid over it. */
export interface LoadOptions {
  /** The file, from `cwd`; `false` reads none. Default: `PLUMBLINE_CONFIG`, else `plumbline.{yaml,yml,json,mjs}` in `cwd`. */
  readonly configFile?: string | false | undefined;
  /** Given in code: wins over the file, key by key. */
  readonly overrides?: PlumblineConfig | undefined;
  /** Default: the process's. */
  readonly cwd?: string | undefined;
  /** Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** What a text file holds, where that is known already: the file itself is not read then. */
  readonly content?: GivenContent | undefined;
}

/** The content of a config file, as a watch gives it. */
export interface GivenContent {
  /** Absolute. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Where variables are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A config that was read and checked, or everything that is wrong with it. */
export interface LoadedConfig {
  /** The file, absolute; `undefined` when none was read. */
  readonly file: string | undefined;
  /** `undefined` when there is a problem. */
  readonly config: Config | undefined;
  readonly problems: readonly ConfigProblem[];
  /** What was merged, before it was checked, and the place of each part. */
  readonly layers: MergedLayers;
  /** What it was checked by, as a JSON Schema. */
  readonly jsonSchema: Readonly<Record<string, unknown>>;
  /** The plugins that were given as objects. */
  readonly plugins: readonly unknown[];
  /** The environment that variables were taken from. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The scalars below a path that a variable was put into, by their paths from there. */
  readonly variablesBelow: (path: ConfigPath) => readonly ConfigPath[];
  /** The scalars below a path whose variable is not set, by their paths from there. */
  readonly unsetBelow: (path: ConfigPath) => readonly ConfigPath[];
  /**
   * The config and what is wrong with it where the parts at these paths are left out: there, a variable that is not set is no problem.
   */
  leavingOut(paths: readonly ConfigPath[]): Promise<CheckedConfig>;
}

/** A config, or what is wrong with it. */
export interface CheckedConfig {
  readonly config: Config | undefined;
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads the config and checks it whole: never throws, starts nothing, and lists every problem at once. Plugins are not
 * looked at but for those given in code; `planSystem` resolves them.
 */
export async function loadConfig(options: LoadOptions = {}): Promise<LoadedConfig> {
  const cwd = options.cwd ?? process.cwd();
  const env = options.env ?? process.env;
  const { content } = options;
  const found = content ?? (await findConfigFile(options.configFile, env, cwd));
  const code = extractPlugins(options.overrides ?? {});
  const plugins = [...code.plugins];
  const readProblems: ConfigProblem[] = [];
  const unset: ConfigPath[] = [];
  const layers: ConfigLayer[] = [{ value: code.value, baseDir: cwd, file: undefined, text: undefined, variables: [] }];
  if (found !== undefined) {
    const read = await readLayer(found.path, displayName(found.path, cwd), env, content?.bytes);
    readProblems.push(...read.problems);
    unset.push(...read.unset);
    plugins.push(...read.plugins);
    if (read.layer !== undefined) layers.push(read.layer);
  }
  const merged = mergeLayers(layers);
  const jsonSchema = configJsonSchema();
  const variables = layers.flatMap((layer) => layer.variables.filter((path) => merged.origin(path) === layer));
  const check = async (excused: readonly ConfigPath[]): Promise<CheckedConfig & { readonly layers: MergedLayers }> => {
    const texts = new Set(excused.map(formatPath));
    const problems = readProblems.filter(({ code, path }) => code !== "PLB_CONFIG_VARIABLE" || !texts.has(path));
    const value = excused.reduce<unknown>((current, path) => without(current, path), merged.value);
    const checked = await checkMerged({ ...merged, value }, variables, jsonSchema);
    // What could not be read at all stands as an empty value, and is not told a second time for that.
    const all = [
      ...problems,
      ...checked.problems.filter((problem) => !problems.some((read) => isSamePlace(read, problem))),
    ];
    return {
      config: all.length === 0 ? checked.config : undefined,
      problems: presentProblems(unique(all)),
      layers: checked.layers,
    };
  };
  const whole = await check([]);
  return {
    file: found?.path,
    env,
    ...whole,
    jsonSchema,
    plugins,
    variablesBelow: (path) => below(path, variables),
    unsetBelow: (path) => below(path, unset),
    leavingOut: async (paths) => {
      const excused = paths.flatMap((path) => below(path, unset).map((rest) => [...path, ...rest]));
      return excused.length === 0 ? whole : check(excused);
    },
  };
}

/** Those paths that lie below one, from there. */
function below(path: ConfigPath, paths: readonly ConfigPath[]): readonly ConfigPath[] {
  return paths
    .filter((each) => each.length > path.length && path.every((part, index) => part === each[index]))
    .map((each) => each.slice(path.length));
}

async function checkMerged(
  merged: MergedLayers,
  variables: readonly ConfigPath[],
  jsonSchema: LoadedConfig["jsonSchema"],
): Promise<{
  readonly config: Config | undefined;
  readonly problems: readonly ConfigProblem[];
  readonly layers: MergedLayers;
}> {
  const { value, problems } = await retypeVariables(merged.value, variables, async (candidate) => {
    const checked = check(configSchema, jsonSchema, candidate);
    return checked.ok ? [] : checked.problems;
  });
  const retyped: MergedLayers = { ...merged, value };
  if (problems.length > 0) {
    return {
      config: undefined,
      layers: retyped,
      problems: problems.map(({ path, atKey, expected, nearest, code, message }) => ({
        code,
        message,
        ...merged.place(path, atKey),
        path: formatPath(path),
        ...(expected === undefined ? {} : { expected }),
        ...(nearest === undefined ? {} : { nearest }),
      })),
    };
  }
  return { config: configSchema.parse(value), problems: [], layers: retyped };
}

/** As messages show it: from the working directory where it is below that. */
function displayName(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === "" || short.startsWith("..") || isAbsolute(short) ? path : short;
}

/** Whether two problems are told at one place: then the first has said it all. */
export function isSamePlace(first: ConfigProblem, second: ConfigProblem): boolean {
  if (first.file !== second.file || first.line === undefined) return false;
  return (
    (first.path !== "" && first.path === second.path) || (first.line === second.line && first.column === second.column)
  );
}

function unique(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify(problem);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
