import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createErrorFactory, errorCode } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Console } from "../terminal/console.ts";
import { safeText } from "../terminal/safe-text.ts";
import { destinationOf } from "./handoff-ends.ts";
import { loadHandoff } from "./handoff-module.ts";

const cliError = createErrorFactory(CLI_ERRORS);

export interface LookOptions {
  readonly json?: boolean;
  readonly set: readonly string[];
}

/** Tells how deliveries stand, from a state folder; its uploader may be running. Exits with 1 when something is open or set aside. */
export async function handoffStatus(
  console: Console,
  folder: string,
  options: Pick<LookOptions, "json">,
): Promise<ExitCode> {
  const module = await loadHandoff(console.cwd);
  const path = resolve(console.cwd, folder);
  await expectState(path, folder);
  const states = [...(await module.readDeliveries(path)).values()];
  const count = (kind: string): number => states.filter((state) => state.kind === kind).length;
  const counts = { delivered: count("delivered"), publishing: count("publishing"), aside: count("aside") };
  const aside = states.flatMap((state) => (state.kind === "aside" ? [{ name: state.name, code: state.code }] : []));
  if (options.json === true) {
    await console.out.write(`${JSON.stringify({ ...counts, setAside: aside })}\n`);
  } else {
    await console.out.write(
      `delivered: ${counts.delivered}, outcome not known yet: ${counts.publishing}, set aside: ${counts.aside}\n`,
    );
    for (const { name, code } of aside) await console.out.write(`  ${safeText(name)}: ${code}\n`);
  }
  return counts.publishing + counts.aside === 0 ? EXIT.ok : EXIT.found;
}

async function expectState(path: string, given: string): Promise<void> {
  try {
    await stat(join(path, "deliveries.jsonl"));
  } catch (error) {
    const message = `${given} is no state folder of a hand-off: there is no deliveries.jsonl in it (${errorCode(error)}).`;
    throw cliError("PLB_CLI_USAGE", { message });
  }
}

/**
 * Compares manifests with what stands at the destination, and makes nothing there. Exits with 1 when something is different, or nothing was compared; what is absent was
 * taken by who it was for, or lost.
 */
export async function verifyHandoff(console: Console, text: string, options: LookOptions): Promise<ExitCode> {
  const module = await loadHandoff(console.cwd);
  const destination = await destinationOf(module, console, text, options.set);
  const counts = { whole: 0, absent: 0, different: 0 };
  try {
    for await (const { kind, manifest } of module.compareManifests(destination)) {
      counts[kind] += 1;
      if (options.json === true)
        await console.out.write(`${JSON.stringify({ name: manifest.name, result: kind, id: manifest.id })}\n`);
      else if (kind !== "whole") await console.out.write(`${kind}: ${safeText(manifest.name)}\n`);
    }
  } finally {
    await destination.close();
  }
  const { whole, absent, different } = counts;
  const isEmpty = whole + absent + different === 0;
  const rest = isEmpty ? "; no manifest is there, so nothing was compared" : "";
  console.err.print(`whole: ${whole}, absent: ${absent}, different: ${different}${rest}\n`);
  return different === 0 && !isEmpty ? EXIT.ok : EXIT.found;
}

/** Takes what was handed on to a folder: each file once, when its manifest says that it is whole. Exits with 1 when one could not be taken. */
export async function receiveHandoff(
  console: Console,
  from: string,
  to: string,
  options: { readonly once?: boolean; readonly control?: string },
): Promise<ExitCode> {
  const module = await loadHandoff(console.cwd);
  const { signal } = console.interruptions;
  const at = (path: string): string => resolve(console.cwd, path);
  const chosen = {
    path: at(from),
    to: at(to),
    once: options.once ?? false,
    ...(options.control === undefined ? {} : { control: at(options.control) }),
  };
  let failed = 0;
  const alive = setInterval(() => undefined, 2 ** 30);
  try {
    for await (const { kind, manifest, code } of module.receive(chosen, signal, console.clock)) {
      const { name, size, sha256, id } = manifest;
      if (kind === "failed") failed += 1;
      await console.out.write(`${JSON.stringify({ kind, name, size, sha256, id, code })}\n`);
    }
  } finally {
    clearInterval(alive);
  }
  if (signal.aborted) return console.interruptions.exitCode;
  return failed === 0 ? EXIT.ok : EXIT.found;
}
