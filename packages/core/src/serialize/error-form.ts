import { types } from "node:util";
import { Entries } from "./entries.ts";
import { read } from "./read-property.ts";

/** How many errors (causes, and errors of aggregates) one stack text shows. */
const MAX_CHAIN = 16;
const IDENTIFIER = /^[A-Za-z_$][A-Za-z0-9_$]{0,63}$/;
const OWN_FIELDS: ReadonlySet<string> = new Set(["name", "message", "stack", "cause", "errors", "type", "stacktrace"]);

/** A value in a text that is no text itself: it stands there as its JSON. */
export class Thrown {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** What becomes `exception.*`. All of it raw. */
export interface Exception {
  readonly type: string | undefined;
  readonly message: string | Thrown;
  /** The stack with those of all causes, to be joined. */
  readonly stack: readonly (string | Thrown)[];
}

/** Whether it is an error, of this realm or of another. */
export function isError(value: object): boolean {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false; // a proxy that is revoked, or whose prototype cannot be asked for
  }
}

/** What was thrown, as `exception.*`: an error of any realm, an object that has a message, or anything else. */
export function exceptionOf(thrown: unknown): Exception {
  if (typeof thrown === "string") return { type: undefined, message: thrown, stack: [] };
  if (typeof thrown !== "object" || thrown === null)
    return { type: typeof thrown, message: new Thrown(thrown), stack: [] };
  const message = read(thrown, "message");
  const type = errorType(thrown);
  if (typeof message !== "string") return { type, message: new Thrown(thrown), stack: [] };
  const stack: (string | Thrown)[] = [];
  addStack(stack, thrown, "", { type, message }, new Set());
  return { type, message, stack };
}

/**
 * An error as a value: `type`, `message`, `stacktrace`, `cause`, `errors` of an aggregate, and those of its own properties that
 * are primitives (`code`, `errno`, `path` …). What else libraries hang on errors (requests, sockets) is left out.
 */
export function entriesOfError(error: object): Entries {
  const entries = new Entries();
  entries.add("type", errorType(error));
  entries.add("message", read(error, "message"));
  entries.add("stacktrace", read(error, "stack"));
  for (const key of Object.keys(error)) {
    if (OWN_FIELDS.has(key)) continue;
    const value = read(error, key);
    if (value !== null && typeof value !== "object" && typeof value !== "function") entries.add(key, value);
  }
  entries.add("cause", read(error, "cause"));
  entries.add("errors", read(error, "errors"));
  return entries;
}

function addStack(
  parts: (string | Thrown)[],
  error: unknown,
  label: string,
  known: { readonly type: string; readonly message: string } | undefined,
  seen: Set<object>,
): void {
  if (seen.size === MAX_CHAIN) {
    parts.push(`${label}[chain limit]`);
    return;
  }
  if (typeof error !== "object" || error === null) {
    parts.push(label, new Thrown(error));
    return;
  }
  if (seen.has(error)) {
    parts.push(`${label}[Circular]`);
    return;
  }
  if (known === undefined && !isError(error)) {
    parts.push(label, new Thrown(error));
    return;
  }
  seen.add(error);
  const stack = read(error, "stack");
  const head = typeof stack === "string" && stack !== "" ? stack : headOf(error, known);
  parts.push(label + head);
  const cause = read(error, "cause");
  if (cause !== undefined && cause !== null) addStack(parts, cause, "\nCaused by: ", undefined, seen);
  const errors = read(error, "errors");
  if (!Array.isArray(errors)) return;
  for (let i = 0; i < errors.length && seen.size < MAX_CHAIN; i++) {
    addStack(parts, errors[i], `\nError ${i + 1} of ${errors.length}: `, undefined, seen);
  }
}

function headOf(error: object, known: { readonly type: string; readonly message: string } | undefined): string {
  const message = known?.message ?? read(error, "message");
  return `${known?.type ?? errorType(error)}: ${typeof message === "string" ? message : ""}`;
}

/** The error's name; where that is plain `Error`, or none, the name of its class. */
function errorType(error: object): string {
  const name = read(error, "name");
  if (typeof name === "string" && name !== "" && name !== "Error") return name;
  return className(error) ?? "Error";
}

/** The name of the object's class where it is a plain identifier. */
function className(object: object): string | undefined {
  try {
    const prototype: unknown = Object.getPrototypeOf(object);
    const made: unknown = (prototype as { constructor?: unknown } | null)?.constructor;
    const name: unknown = typeof made === "function" ? made.name : undefined;
    return typeof name === "string" && IDENTIFIER.test(name) ? name : undefined;
  } catch {
    return undefined; // a revoked proxy, or a getter in the way
  }
}
