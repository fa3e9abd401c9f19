import { resolve } from "node:path";
import { createErrorFactory, PlumblineError } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Console } from "../terminal/console.ts";
import type { ReloadCommandOptions } from "./command-options.ts";
import { EventLog } from "./event-log.ts";
import { Listener } from "./listener.ts";
import { readEnvironment, readSidecarOptions } from "./read-options.ts";
import { WebProtection } from "./web-protection.ts";
import { Sidecar, type SidecarPorts } from "./sidecar.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/** Nothing is looked at a second time. */
const ONCE_MS = 3_600_000;

/** Runs until the user stops it; with a watch interval of 0 until the outputs are written. Throws what reading the options and listening do. */
export async function runSidecar(console: Console, options: ReloadCommandOptions): Promise<ExitCode> {
  const { clock, interruptions, err, cwd } = console;
  const log = new EventLog(err, clock, options.logFormat, options.logLevel);
  const ports: SidecarPorts = {
    env: readEnvironment(console.env, options),
    clock,
    diagnostics: toDiagnostics(log),
    onEvent: (event) => log.event(event),
  };
  const settings = readSidecarOptions(options, cwd);
  if (options.watchInterval === 0) return writeOnce(new Sidecar({ ...settings, watchIntervalMs: ONCE_MS }, ports));
  const sidecar = new Sidecar(settings, ports);
  const { listenAddress, webConfigFile } = options;
  const protection = await WebProtection.read(webConfigFile === undefined ? undefined : resolve(cwd, webConfigFile));
  const listener = listenAddress === undefined ? undefined : new Listener(sidecar, protection);
  const stopped = aborted(interruptions.signal);
  try {
    if (listener !== undefined && listenAddress !== undefined) {
      const port = await listener.listen(listenAddress);
      log.say("listening", { level: "info", message: "listening", fields: { port } });
    }
    // The end is not to wait for a first reload that hangs.
    await Promise.race([sidecar.start(), stopped]);
    await stopped;
  } finally {
    await sidecar.close();
    await listener?.close();
  }
  log.say("stopped", { level: "info", message: "stopped" });
  return interruptions.exitCode;
}

/** Throws what refused the input, else `PLB_CLI_RELOAD_NOT_WRITTEN`. */
async function writeOnce(sidecar: Sidecar): Promise<ExitCode> {
  try {
    const outcome = await sidecar.start();
    if (outcome.kind === "applied" || outcome.kind === "unchanged") return EXIT.ok;
    if (outcome.kind === "failed" && PlumblineError.isInstance(outcome.failure.error)) throw outcome.failure.error;
    const why = outcome.kind === "failed" ? outcome.failure.message : outcome.health.troubles[0]?.message;
    const message = `The outputs were not written: ${why ?? "there is nothing to write them from"}`;
    throw cliError("PLB_CLI_RELOAD_NOT_WRITTEN", { message });
  } finally {
    await sidecar.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function toDiagnostics(log: EventLog): SidecarPorts["diagnostics"] {
  const say =
    (level: "debug" | "info" | "warn" | "error") =>
    (message: string): void =>
      log.say("diagnostic", { level, message });
  return { error: say("error"), warn: say("warn"), info: say("info"), debug: say("debug"), verbose: () => undefined };
}
