import { resolve } from "node:path";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Console } from "../terminal/console.ts";
import { safeText } from "../terminal/safe-text.ts";
import { loadHandoff } from "./handoff-module.ts";
import { destinationOf } from "./run-handoff.ts";

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
  const states = [...(await module.readDeliveries(resolve(console.cwd, folder))).values()];
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

/** Compares manifests with what stands at the destination. Exits with 1 when something is different; what is absent was taken by who it was for, or lost. */
export async function verifyHandoff(console: Console, text: string, options: LookOptions): Promise<ExitCode> {
  const module = await loadHandoff(console.cwd);
  const destination = await destinationOf(module, console, text, options.set);
  const counts = { whole: 0, absent: 0, different: 0 };
  try {
    await destination.start();
    for await (const { kind, manifest } of module.compareManifests(destination)) {
      counts[kind] += 1;
      if (options.json === true)
        await console.out.write(`${JSON.stringify({ name: manifest.name, result: kind, id: manifest.id })}\n`);
      else if (kind !== "whole") await console.out.write(`${kind}: ${safeText(manifest.name)}\n`);
    }
  } finally {
    await destination.close();
  }
  console.err.print(`whole: ${counts.whole}, absent: ${counts.absent}, different: ${counts.different}\n`);
  return counts.different === 0 ? EXIT.ok : EXIT.found;
}

/** Takes what was handed on to a folder: each file once, when its manifest says that it is whole. */
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
  const alive = setInterval(() => undefined, 2 ** 30);
  try {
    for await (const { kind, manifest } of module.receive(chosen, signal, console.clock)) {
      const { name, size, sha256, id } = manifest;
      await console.out.write(`${JSON.stringify({ kind, name, size, sha256, id })}\n`);
    }
  } finally {
    clearInterval(alive);
  }
  return signal.aborted ? console.interruptions.exitCode : EXIT.ok;
}
