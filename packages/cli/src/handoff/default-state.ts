import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { createRedactor } from "@plumbline/core";
import type { Console } from "../terminal/console.ts";
import { addressOf, assignedOptions } from "./handoff-ends.ts";

/** From where to where files are handed on, as a command line says it. */
export interface HandoffEnds {
  readonly source: string;
  readonly setSource: readonly string[];
  readonly destination: string;
  readonly set: readonly string[];
  /** What the destination tells itself from others by. */
  readonly identity: string | undefined;
}

/** A folder of its own for each pair of source and destination, so that a second run of the same command goes on where the first was. */
export function defaultState({ cwd, env }: Console, ends: HandoffEnds): string {
  const root = env["XDG_STATE_HOME"] ?? join(env["HOME"] ?? homedir(), ".local", "state");
  const place = (text: string): string => (addressOf(text) === undefined ? resolve(cwd, text) : text);
  const to = ends.identity ?? [place(ends.destination), withoutSecrets(ends.set)];
  const pair = JSON.stringify([place(ends.source), withoutSecrets(ends.setSource), to]);
  const name = createHash("sha256").update(pair).digest("hex").slice(0, 16);
  return join(root, "plumbline", "handoff", name);
}

/** Secrets may change, and tell no place from another; the folder's name is made of none. */
function withoutSecrets(set: readonly string[]): readonly string[] {
  if (set.length === 0) return [];
  const redactor = createRedactor();
  return Object.entries(assignedOptions(set))
    .map(([name, value]) => (redactor.key(name).rule === undefined ? `${name}=${redactor.text(value)}` : name))
    .sort();
}
