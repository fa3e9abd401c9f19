import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { createErrorFactory, errorCode, type Pickup, type Service } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { requirePlan } from "../config/read-plan.ts";
import { parseDuration } from "../reload/duration.ts";
import type { WiredComponent } from "@plumbline/sdk";
import type { Console } from "../terminal/console.ts";
import { safeText } from "../terminal/safe-text.ts";
import { type HandoffModule, loadHandoff } from "./handoff-module.ts";
import { formatBytes, HandoffProgress } from "./handoff-progress.ts";
import { hostContext } from "./host-context.ts";

const cliError = createErrorFactory(CLI_ERRORS);
const PACKAGE = "@plumbline/handoff";

/** How files are judged, as the command line says it. */
export interface JudgingOptions {
  readonly commit?: string;
  readonly commitEnding?: string;
  readonly require?: string;
  readonly settle?: string;
}

export interface OnceOptions extends JudgingOptions {
  readonly recursive?: boolean;
  readonly overwrite: string;
  readonly after: string;
  readonly state?: string;
  readonly set: readonly string[];
  readonly setSource: readonly string[];
  readonly json?: boolean;
}

/** Hands on a file, or what is in a folder or at an address, and ends. Exits with 1 when something was set aside or changed on the way. */
export async function handOnOnce(
  console: Console,
  source: string,
  destination: string,
  options: OnceOptions,
): Promise<ExitCode> {
  const module = await loadHandoff(console.cwd);
  const address = addressOf(source);
  const from = address === undefined ? resolve(console.cwd, source) : source;
  const pickup =
    address === undefined
      ? await pickupFrom(module, console, source, options)
      : await pickupAt(module, console, address, options);
  const progress = new HandoffProgress(console, options.json === true);
  const uploader = module.createUploader({
    pickup,
    destination: await destinationOf(module, console, destination, options.set),
    stateDirectory:
      options.state === undefined ? defaultState(console, from, destination) : resolve(console.cwd, options.state),
    clock: console.clock,
    overwrite: options.overwrite,
    onEvent: (event: Parameters<HandoffProgress["take"]>[0]) => progress.take(event),
  });
  try {
    await uploader.start();
    progress.watch();
    await uploader.run(AbortSignal.any([console.interruptions.signal, console.out.failed]));
  } finally {
    await console.progress.clear();
    await uploader.close();
    const { delivered, found, bytes, aside, changed } = uploader.counts;
    const extra = [
      ...(found === 0 ? [] : [`of these there already: ${found}`]),
      ...(aside === 0 ? [] : [`set aside: ${aside}`]),
      ...(changed === 0 ? [] : [`changed on the way: ${changed}`]),
    ];
    console.err.print(`${[`handed on: ${delivered} (${formatBytes(bytes)})`, ...extra].join(", ")}\n`);
  }
  if (console.interruptions.signal.aborted) return console.interruptions.exitCode;
  return uploader.counts.aside + uploader.counts.changed === 0 ? EXIT.ok : EXIT.found;
}

/**
 * Runs the hand-offs of a config, and nothing else of it, until it is told to stop; one that fails says so and begins again by itself. Those that the config leaves out
 * here are left out. Throws `PLB_ASSERT_FAILED`.
 */
export async function runHandoffs(console: Console, file: string | undefined): Promise<ExitCode> {
  const module = await loadHandoff(console.cwd);
  const { configFile, services: chosen } = await plannedHandoffs(console, file, module);
  const progress = new HandoffProgress(console, false);
  const services: Service[] = [];
  try {
    for (const { name, options, baseDir } of chosen) {
      const service = module.createHandoffService(options, hostContext(console, name, baseDir), (event) =>
        progress.take(event),
      );
      services.push(service);
      await service.start();
    }
    if (services.length === 0) {
      const message = `${safeText(configFile)} has no service with use: "${PACKAGE}" that is to run here.`;
      throw cliError("PLB_CLI_USAGE", { message });
    }
    progress.watch();
    await untilAborted(AbortSignal.any([console.interruptions.signal, console.out.failed]));
  } finally {
    await console.progress.clear();
    for (const service of services) await service.close();
  }
  return console.interruptions.exitCode;
}

interface PlannedHandoffs {
  readonly configFile: string;
  readonly services: readonly WiredComponent[];
}

async function plannedHandoffs(
  console: Console,
  file: string | undefined,
  { handoff }: HandoffModule,
): Promise<PlannedHandoffs> {
  const plan = await requirePlan(console, file === undefined ? undefined : resolve(console.cwd, file), {}, [handoff]);
  if (plan.configFile === undefined) throw cliError("PLB_CLI_NO_CONFIG");
  const services: WiredComponent[] = [];
  for (const component of plan.components) {
    if (component.isWired && component.plugin.id === PACKAGE) services.push(component);
    else if (!component.isWired && component.use === PACKAGE) {
      console.err.say(`plumbline: ${safeText(`${component.path} is left out: ${component.reason}`)}\n`);
    }
  }
  const { checkAsserts } = await import("@plumbline/sdk");
  checkAsserts({ components: services });
  return { configFile: plan.configFile, services };
}

/** Tells, evidence by evidence, why a file is or is not ready. Exits with 1 when it is not. */
export async function explain(
  console: Console,
  file: string,
  options: JudgingOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  const module = await loadHandoff(console.cwd);
  const verdict = await module.explainFile(
    resolve(console.cwd, file),
    { path: console.cwd, ...judgingOf(options) },
    console.clock,
  );
  const { kind, guarantee, evidence } = verdict;
  if (options.json === true) {
    await console.out.write(`${JSON.stringify({ file, verdict: kind, guarantee: guarantee ?? null, evidence })}\n`);
  } else {
    const { green, yellow } = console.colours;
    const word =
      kind === "ready" ? green(`ready, ${guarantee ?? ""}`) : yellow(kind === "wait" ? "not ready" : "never taken");
    await console.out.write(`${safeText(file)}: ${word}\n${evidence.map((each) => `  ${safeText(each)}\n`).join("")}`);
  }
  return kind === "ready" ? EXIT.ok : EXIT.found;
}

/** Makes the destination that an argument and `--set` name. */
export async function destinationOf(
  module: HandoffModule,
  console: Console,
  text: string,
  set: readonly string[],
): ReturnType<HandoffModule["loadDestination"]> {
  const context = hostContext(console, "handoff", console.cwd);
  if (set.length === 0) return module.loadDestination(text, context);
  const target = addressOf(text) ?? { use: "directory", path: text };
  return module.loadDestination({ ...target, ...Object.fromEntries(set.map(assignmentOf)) }, context);
}

/** The package that an address stands for. */
function addressOf(text: string): { readonly use: string; readonly url: string } | undefined {
  const scheme = /^([a-z][a-z0-9]+):\/\//.exec(text)?.[1];
  return scheme === undefined ? undefined : { use: `${PACKAGE}-${scheme}`, url: text };
}

async function pickupFrom(
  module: HandoffModule,
  { cwd, clock, err }: Console,
  source: string,
  options: OnceOptions,
): Promise<Pickup> {
  if (options.setSource.length > 0)
    throw cliError("PLB_CLI_USAGE", { message: "--set-source is for an address; a file or a folder has none." });
  const path = resolve(cwd, source);
  const { after, recursive = false } = options;
  const onTrouble = (where: string, code: string): void => err.say(`left out: ${where} (${code})\n`);
  const chosen = { path, once: true, after, recursive, onTrouble, ...judgingOf(options) };
  return (await isDirectory(path, source))
    ? module.createDirectoryPickup(chosen, clock)
    : module.createFilePickup(chosen, clock);
}

async function pickupAt(
  module: HandoffModule,
  console: Console,
  address: { readonly use: string; readonly url: string },
  options: OnceOptions,
): Promise<Pickup> {
  const ofFiles = ["recursive", "commit", "commitEnding", "require", "settle"] as const;
  const misplaced = ofFiles.find((name) => options[name] !== undefined);
  if (misplaced !== undefined) {
    const flag = misplaced.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`);
    const message = `--${flag} is for files and folders of this machine; what an address has of the kind is given by --set-source.`;
    throw cliError("PLB_CLI_USAGE", { message });
  }
  const after = options.after === "keep" ? {} : { after: options.after };
  const given = Object.fromEntries(options.setSource.map(assignmentOf));
  return module.loadPickupPlugin(
    { ...address, ...after, ...given, once: true },
    hostContext(console, "handoff", console.cwd),
  );
}

function assignmentOf(text: string): [string, string] {
  const equals = text.indexOf("=");
  // The text is not repeated: it may be a password.
  if (equals < 1) throw cliError("PLB_CLI_USAGE", { message: "--set and --set-source are given as name=value." });
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function judgingOf({
  commit,
  commitEnding,
  require: required,
  settle = "2s",
}: JudgingOptions): Readonly<Record<string, unknown>> {
  const settleMs = parseDuration(settle);
  if (settleMs === undefined)
    throw cliError("PLB_CLI_USAGE", { message: "--settle is given as a duration such as 500ms or 2s." });
  return {
    settleMs,
    ...(commit === undefined ? {} : { commit }),
    ...(commitEnding === undefined ? {} : { commitEnding }),
    ...(required === undefined ? {} : { require: required }),
  };
}

/** A folder of its own for each pair of source and destination, so that a second run of the same command goes on where the first was. */
function defaultState({ env }: Console, from: string, destination: string): string {
  const root = env["XDG_STATE_HOME"] ?? join(env["HOME"] ?? homedir(), ".local", "state");
  const pair = createHash("sha256").update(`${from}\0${destination}`).digest("hex").slice(0, 16);
  return join(root, "plumbline", "handoff", pair);
}

async function isDirectory(path: string, given: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    const code = errorCode(cause);
    throw cliError("PLB_CLI_NO_FILE", {
      message: `${given} cannot be read (${code}).`,
      details: { path: given, code },
    });
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  // Timers are unref'ed, and nothing else need keep the process here.
  const alive = setInterval(() => undefined, 2 ** 30);
  await new Promise<void>((done) => signal.addEventListener("abort", () => done(), { once: true }));
  clearInterval(alive);
}
