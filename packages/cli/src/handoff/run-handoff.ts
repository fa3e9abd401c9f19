import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createErrorFactory, errorCode, parseDuration, type Pickup, type Service } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { requirePlan } from "../config/read-plan.ts";
import { isRecord } from "../input/fields.ts";
import type { SystemPlan, WiredComponent } from "@plumbline/sdk";
import type { Console } from "../terminal/console.ts";
import { safeText } from "../terminal/safe-text.ts";
import { type HandoffModule, loadHandoff } from "./handoff-module.ts";
import { defaultState } from "./default-state.ts";
import { addressOf, assignedOptions, destinationOf, loadRetyped } from "./handoff-ends.ts";
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
  readonly giveUpAfter: string;
  readonly set: readonly string[];
  readonly setSource: readonly string[];
  readonly json?: boolean;
}

/** Hands on a file, or what is in a folder or at an address, and ends, whatever fails. Exits with 1 when something was set aside, changed on the way, or was left out since it cannot be looked at. */
export async function handOnOnce(
  console: Console,
  source: string,
  destination: string,
  options: OnceOptions,
): Promise<ExitCode> {
  const module = await loadHandoff(console.cwd);
  const giveUpAfterMs = parseDuration(options.giveUpAfter);
  if (giveUpAfterMs === undefined)
    throw cliError("PLB_CLI_USAGE", { message: "--give-up-after is given as a duration such as 30s, 5m or 1d." });
  const address = addressOf(source);
  let leftOut = 0;
  const onTrouble = (where: string, code: string): void => {
    leftOut += 1;
    console.err.say(`left out: ${safeText(where)} (${code})\n`);
  };
  const pickup =
    address === undefined
      ? await pickupFrom(module, console, source, options, onTrouble)
      : await pickupAt(module, console, address, options);
  const to = await destinationOf(module, console, destination, options.set);
  const ends = { source, setSource: options.setSource, destination, set: options.set, identity: to.identity };
  const progress = new HandoffProgress(console, options.json === true);
  const uploader = module.createUploader({
    pickup,
    destination: to,
    stateDirectory: options.state === undefined ? defaultState(console, ends) : resolve(console.cwd, options.state),
    clock: console.clock,
    overwrite: options.overwrite,
    giveUpAfterMs,
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
  return uploader.counts.aside + uploader.counts.changed + leftOut === 0 ? EXIT.ok : EXIT.found;
}

/**
 * Runs the hand-offs of a config, and nothing else of it, until it is told to stop; one that fails says so and begins again by itself. Those that the config leaves out
 * here are left out. Throws `PLB_ASSERT_FAILED`.
 */
export async function runHandoffs(console: Console, file: string | undefined): Promise<ExitCode> {
  const module = await loadHandoff(console.cwd);
  const { plan, configFile, services: chosen } = await plannedHandoffs(console, file, module);
  const { componentsFolder } = await import("@plumbline/sdk");
  // What the components have in the service itself, whose journal is the first of its path.
  const folder = componentsFolder(plan);
  const progress = new HandoffProgress(console, false);
  const services: Service[] = [];
  try {
    for (const { name, path, options, baseDir } of chosen) {
      const context = hostContext(console, name, baseDir, folder && join(folder, path));
      const service = module.createHandoffService(withJournal(options, plan), context, (event) => progress.take(event));
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

/** No journal is open here: in its place stands the path of the one that the service writes. */
function withJournal(options: unknown, { journal }: SystemPlan): unknown {
  if (!isRecord(options) || options["from"] !== "journal" || journal === undefined) return options;
  return { ...options, from: journal.path, units: "journal" };
}

interface PlannedHandoffs {
  readonly plan: SystemPlan;
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
  return { plan, configFile: plan.configFile, services };
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

async function pickupFrom(
  module: HandoffModule,
  { cwd, clock }: Console,
  source: string,
  options: OnceOptions,
  onTrouble: (where: string, code: string) => void,
): Promise<Pickup> {
  if (options.setSource.length > 0)
    throw cliError("PLB_CLI_USAGE", { message: "--set-source is for an address; a file or a folder has none." });
  const path = resolve(cwd, source);
  const { after, recursive = false } = options;
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
  const context = hostContext(console, "handoff", console.cwd);
  return loadRetyped(assignedOptions(options.setSource), (given) =>
    module.loadPickupPlugin({ ...address, ...after, ...given, once: true }, context),
  );
}

function judgingOf({
  commit,
  commitEnding,
  require: required,
  settle = "2s",
}: JudgingOptions): Readonly<Record<string, unknown>> {
  const settleMs = parseDuration(settle);
  if (settleMs === undefined)
    throw cliError("PLB_CLI_USAGE", { message: "--settle is given as a duration such as 500ms, 2s or 1h." });
  return {
    settleMs,
    ...(commit === undefined ? {} : { commit }),
    ...(commitEnding === undefined ? {} : { commitEnding }),
    ...(required === undefined ? {} : { require: required }),
  };
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
