import { basename, dirname, join, resolve } from "node:path";
import { createErrorFactory } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";
import type { ReloadCommandOptions } from "./command-options.ts";
import type { ConfigFile, SidecarOptions } from "./sidecar-options.ts";
import { readTell } from "./read-tell.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/** Makes one whole of the options, with absolute paths. Throws `PLB_CLI_USAGE` for those that contradict one another. */
export function readSidecarOptions(options: ReloadCommandOptions, cwd: string): SidecarOptions {
  const path = (given: string): string => resolve(cwd, given);
  const configFile = readConfigFile(options, path);
  const directories = (options.configDir ?? []).map(({ input, output }) => ({
    input: path(input),
    output: path(output),
  }));
  const watchedDirectories = (options.watchedDir ?? []).map(path);
  if (configFile === undefined && directories.length + watchedDirectories.length === 0) {
    throw usage("There is nothing to watch: give --config-file, --config-dir or --watched-dir.");
  }
  const inputs = directories.map(({ input }) => input);
  const outputs = [
    ...(configFile?.output === undefined ? [] : [dirname(configFile.output)]),
    ...directories.map(({ output }) => output),
  ];
  for (const output of outputs) {
    // It would take what it has written for an edit.
    if ([...inputs, ...watchedDirectories].includes(output)) throw usage(`${output} is written to, and watched.`);
  }
  if (new Set(directories.map(({ output }) => output)).size < directories.length) {
    throw usage("Two --config-dir write to the same directory.");
  }
  if (options.validate !== undefined && configFile === undefined) throw usage("--validate goes with --config-file.");
  if (options.validateEach !== undefined && directories.length === 0) {
    throw usage("--validate-each goes with --config-dir.");
  }
  if (options.webConfigFile !== undefined && options.listenAddress === undefined) {
    throw usage("--web-config-file goes with --listen-address.");
  }
  const isOnce = options.watchInterval === 0;
  return {
    configFile,
    directories,
    watchedDirectories,
    syntax: options.variableSyntax,
    toleratesUnset: options.tolerateMissingVariables === true,
    validate: options.validate,
    validateEach: options.validateEach,
    validateTimeoutMs: options.validateTimeout,
    tell: isOnce ? { kind: "none" } : readTell(options, outputs.length > 0, path),
    reloadTimeoutMs: options.reloadTimeout,
    watchIntervalMs: options.watchInterval,
    delayMs: options.delayInterval,
    retryMs: options.retryInterval,
    maxRetryMs: Math.max(options.maxRetryInterval, options.retryInterval),
    maxRefusals: options.maxRefusals,
    outputMode: options.outputMode,
    lastGoodPath: isOnce ? undefined : lastGoodPath(options, outputs[0], configFile, path),
  };
}

/** The environment, with the ordinal of a stateful set's pod as prometheus-config-reloader has it. Throws `PLB_CLI_USAGE`. */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  { statefulsetOrdinalFromEnvvar: name }: ReloadCommandOptions,
): Readonly<Record<string, string | undefined>> {
  if (name === undefined) return env;
  const ordinal = /-(\d+)$/.exec(env[name] ?? "")?.[1];
  if (ordinal === undefined) throw usage(`The variable ${name} does not end in a dash and a number.`);
  return { ...env, STATEFULSET_ORDINAL_NUMBER: ordinal };
}

function readConfigFile(
  { configFile, configEnvsubstFile }: ReloadCommandOptions,
  path: (given: string) => string,
): ConfigFile | undefined {
  if (configFile === undefined) {
    if (configEnvsubstFile !== undefined) throw usage("--config-envsubst-file goes with --config-file.");
    return undefined;
  }
  const input = path(configFile);
  const output = configEnvsubstFile === undefined ? undefined : path(configEnvsubstFile);
  if (output === input) throw usage("--config-file and --config-envsubst-file are the same file.");
  return { input, output };
}

/** Beside the first output, under a name that begins with a dot; only what is written can go back. */
function lastGoodPath(
  { lastGood }: ReloadCommandOptions,
  firstOutput: string | undefined,
  configFile: ConfigFile | undefined,
  path: (given: string) => string,
): string | undefined {
  if (lastGood === false) return undefined;
  if (typeof lastGood === "string") return path(lastGood);
  if (firstOutput === undefined) return undefined;
  const name = configFile?.output === undefined ? "outputs" : basename(configFile.output);
  return join(firstOutput, `.${name}.last-good`);
}

function usage(message: string): Error {
  return cliError("PLB_CLI_USAGE", { message });
}
