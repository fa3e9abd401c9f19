import { constants } from "node:os";
import { InvalidArgumentError } from "commander";
import { parseGoDuration } from "./go-duration.ts";
import { parseListenAddress, type ListenAddress } from "./listen-address.ts";
import type { ConfigDirectory } from "./sidecar-options.ts";
import { splitCommand } from "./split-command.ts";

/** Milliseconds, 0 too. */
export function parseInterval(text: string): number {
  const ms = parseGoDuration(text);
  if (ms === undefined) throw new InvalidArgumentError("Give a duration such as 500ms, 5s, 3m or 1m30s.");
  return ms;
}

/** Milliseconds above 0. */
export function parseSpan(text: string): number {
  const ms = parseInterval(text);
  if (ms === 0) throw new InvalidArgumentError("It must be more than 0.");
  return ms;
}

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("Give a whole number from 1.");
  return Number(text);
}

export function parsePid(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError("Give a process id.");
  return Number(text);
}

export function parseMode(text: string): number {
  if (!/^0?[0-7]{3}$/.test(text)) throw new InvalidArgumentError("Give permission bits such as 0640.");
  return Number.parseInt(text, 8);
}

export function parseSignal(text: string): NodeJS.Signals {
  const name = text.startsWith("SIG") ? text : `SIG${text}`;
  const known = Object.keys(constants.signals).find((each) => each === name);
  if (known === undefined) throw new InvalidArgumentError("Give the name of a signal, such as SIGHUP.");
  // One of the names that this system has.
  return known as NodeJS.Signals;
}

export function parseStatuses(text: string): readonly number[] {
  if (!/^[1-5]\d\d(?:,[1-5]\d\d)*$/.test(text)) throw new InvalidArgumentError("Give statuses such as 200,204.");
  return text.split(",").map(Number);
}

export function parseExitCodes(text: string): readonly number[] {
  if (!/^\d{1,3}(?:,\d{1,3})*$/.test(text)) throw new InvalidArgumentError("Give exit codes such as 1,2.");
  return text.split(",").map(Number);
}

export function parseCommand(text: string): readonly string[] {
  const words = splitCommand(text);
  if (words === undefined) throw new InvalidArgumentError("Give a command whose quotes are closed.");
  return words;
}

export function parseAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address === undefined) throw new InvalidArgumentError("Give an address such as 127.0.0.1:8080, or :8080.");
  return address;
}

export function appendHeader(
  text: string,
  previous: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e]*)$/.exec(text);
  if (match?.[1] === undefined) throw new InvalidArgumentError('Give a header such as "X-Scope-OrgID: team".');
  return { ...previous, [match[1]]: match[2]?.trim() ?? "" };
}

export function appendDirectory(text: string, previous: readonly ConfigDirectory[] = []): readonly ConfigDirectory[] {
  const [input = "", output = "", ...more] = text.split("=");
  if (input === "" || output === "" || more.length > 0) throw new InvalidArgumentError("Give IN=OUT.");
  return [...previous, { input, output }];
}

export function appendPath(text: string, previous: readonly string[] = []): readonly string[] {
  if (text === "") throw new InvalidArgumentError("Give a path.");
  return [...previous, text];
}
