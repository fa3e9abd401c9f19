import { types } from "node:util";
import { isCredentialScheme } from "./credential-scheme.ts";
import { isNestedSecret, isPart } from "./nested-names.ts";
import type { KeyRule, KeyVerdict } from "./redactor.ts";
import { wordLooksSecret } from "./value-judgement.ts";

/** What of a redactor is asked here. */
export interface NameJudge {
  key(name: string): KeyVerdict;
  text(value: string): string;
}

/**
 * What a property is in an object that says a name and its value in two properties (`{ name: "password", value: "x" }`, as HAR, OTLP, forms,
 * tags and change logs have it): the one that holds the name, one that holds a value, or neither.
 */
export type PairRole = "name" | "value" | undefined;

const NAME_PROPERTIES: ReadonlySet<string> = new Set(
  "name key field header label param parameter property attribute variable setting type k n path instancepath datapath loc".split(
    " ",
  ),
);
const VALUE_PROPERTIES: ReadonlySet<string> = new Set(
  "value values val content contents data text v old new from to before after input".split(" "),
);
/** Of these the last part names what the object is about, as validators and JSON Patch (RFC 6902) have it; an address has a path too. */
const PATH_PROPERTIES: ReadonlySet<string> = new Set("path instancepath datapath loc".split(" "));

/** Longer bytes are no header's. */
const MAX_BYTES = 8192;
/** A longer text is no name. */
const MAX_NAME = 64;
/** `API Key` and `Your new password` are labels of fields; prose has more words. */
const MAX_BLANKS = 2;

/** The role of a property in such an object, by its name, in any case. */
export function pairRole(property: string): PairRole {
  if (property.length > 16) return undefined;
  const name = property.toLowerCase();
  if (NAME_PROPERTIES.has(name)) return "name";
  return VALUE_PROPERTIES.has(name) || name.endsWith("value") ? "value" : undefined;
}

/** Whether the value of the one property, of the role `value`, is that of what the other one, of the role `name`, says. */
export function isValueOf(valueProperty: string, nameProperty: string): boolean {
  const value = valueProperty.toLowerCase();
  const name = nameProperty.toLowerCase();
  if (!PATH_PROPERTIES.has(name)) return value !== "input";
  return value.endsWith("value") || value === "input" || (value === "data" && name !== "path");
}

/** Whether the last part of a property's value is a name. */
export function isPathProperty(property: string): boolean {
  return PATH_PROPERTIES.has(property.toLowerCase());
}

/** What a property says is the name of what stands beside it. */
export interface PairName {
  readonly property: string;
  readonly value: unknown;
}

/**
 * What a property of the role `name` says is the name: its value; under `type` nothing but `password`, as a form's field has it, since that names kinds of
 * things as well.
 */
export function namedBy(property: string, value: unknown): PairName {
  return { property, value: property.toLowerCase() === "type" && value !== "password" ? undefined : value };
}

/** The rule of the value under a property of the role `value` that stands beside these names in one object. What is no text, or no name, names nothing. */
export function ruleOfNamed(valueProperty: string, names: readonly PairName[], judge: NameJudge): KeyRule | undefined {
  for (const { property, value } of names) {
    if (!isValueOf(valueProperty, property)) continue;
    const name = isPathProperty(property) ? lastPart(value) : value;
    const rule = typeof name === "string" ? nameRule(name, judge) : undefined;
    if (rule !== undefined) return rule;
  }
  return undefined;
}

/** `password` of `/user/password`, `user.password`, `user[password]`, and of a list that ends with it; an index may stand behind it (`/passwords/0`, `/passwords/-`). */
function lastPart(path: unknown): unknown {
  if (Array.isArray(path)) {
    const [last, before] = [1, 2].map((n): unknown => Object.getOwnPropertyDescriptor(path, path.length - n)?.value);
    return typeof last === "number" ? before : last;
  }
  if (typeof path !== "string" || path.length > MAX_PATH) return undefined;
  const last = partBefore(path, path.length);
  return isIndex(last) ? partBefore(path, path.length - last.length - 1 - (path.endsWith("]") ? 1 : 0)) : last;
}

/** The part of a path that ends at `at`. */
function partBefore(path: string, at: number): string {
  const end = path.charAt(at - 1) === "]" ? at - 1 : at;
  const start = Math.max(...["/", ".", "["].map((sign) => (end > 0 ? path.lastIndexOf(sign, end - 1) : -1)));
  return path.slice(start + 1, end);
}

/** Of digits, or the sign behind the last item (RFC 6901). */
function isIndex(part: string): boolean {
  return part === "-" || (part !== "" && Array.from(part).every((sign) => sign >= "0" && sign <= "9"));
}

const MAX_PATH = 256;

/**
 * The rule of a property whose name is a secret's under that of what it is a property of (`{ api: { key: "x" } }`), `undefined` otherwise. The name of a list's items is the
 * list's.
 */
export function ruleOfNested(parent: string, name: string, judge: NameJudge): KeyRule | undefined {
  return isPart(name) && isNestedSecret(parent, name) ? judge.key(CERTAIN_NAME).rule : undefined;
}

/** The rule of a parameter of an address whose name is a secret's only there (`sig`, `code`), `undefined` otherwise. */
export function ruleOfParameter(name: string, value: string, judge: NameJudge): KeyRule | undefined {
  const text = `?${name}=${value}`;
  return judge.text(text) === text || judge.text(value) !== value ? undefined : judge.key(CERTAIN_NAME).rule;
}

/** Whose rule is that of all names. */
const CERTAIN_NAME = "secret";

/** Where an item stands in a list. */
export interface ListPlace {
  /** From 0. */
  readonly index: number;
  readonly length: number;
  /** Whether the list is itself an item of a list: two items are then an entry, as `Object.entries` gives it. */
  readonly isNested: boolean;
  /** Whether a value stands elsewhere in the list that is no name (`localhost:3000`): then names and values take turns in it. */
  hasValues(): boolean;
}

/**
 * The rule of an item that stands after another in a list: names and values in turn (`rawHeaders`), an entry (`["password", "x"]`), an option and its
 * argument (`["--password", "x"]`), a scheme and its credentials (`["Bearer", "x"]`). A list of names (`["user", "password", "email"]`) is none of
 * these, so outside of an entry the item must look like a secret, unless the name is one that headers have.
 */
export function ruleOfItem(previous: unknown, given: unknown, place: ListPlace, judge: NameJudge): KeyRule | undefined {
  const before = textOf(previous);
  if (before === undefined || given === null || given === undefined || typeof given === "boolean") return undefined;
  if (place.isNested && place.length === 2) return nameRule(before, judge);
  if (before.length > MAX_NAME) return undefined;
  const item = textOf(given);
  if (item === undefined)
    return Array.isArray(given) && place.index % 2 === 1 && isHeaderName(before) ? nameRule(before, judge) : undefined;
  if (before.startsWith("-")) return item.startsWith("-") ? undefined : nameRule(before, judge);
  if (isCredentialScheme(before))
    return wordLooksSecret(item) && item.length >= 8 && !isIdentifier(item)
      ? judge.key("authorization").rule
      : undefined;
  if (place.index % 2 === 0 || place.length % 2 !== 0) return undefined;
  const rule = nameRule(before, judge);
  if (rule === undefined || (wordLooksSecret(item) && (place.length === 2 || !isIdentifier(item)))) return rule;
  if (!isName(item) && isHeaderName(before)) return rule;
  return place.hasValues() ? rule : undefined;
}

/** A text, or the bytes of a short one, as raw headers may be; `undefined` of anything else. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return types.isUint8Array(value) && value.byteLength <= MAX_BYTES ? Buffer.from(value).toString("latin1") : undefined;
}

/** Whether names and values take turns in a list: what stands in every second place has more than letters and the signs that join words. */
export function hasValuesInTurn(items: readonly unknown[]): boolean {
  if (items.length < 4) return false;
  let hasValue = false;
  for (let i = 0; i + 1 < items.length; i += 2) {
    const name = items[i];
    const value = items[i + 1];
    if (typeof name !== "string" || typeof value !== "string" || !isName(name)) return false;
    if (!isName(value) && !isIdentifier(value)) hasValue = true;
  }
  return hasValue;
}

/** Letters and the signs between words: `Content-Type`, `first_name`. */
function isName(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i) | 0x20;
    if ((code < 0x61 || code > 0x7a) && code !== 0x2d && code !== 0x7f) return false; // `_` has bit 5 unset
  }
  return text.length > 0 && text.length <= MAX_NAME;
}

function nameRule(name: string, judge: NameJudge): KeyRule | undefined {
  if (name.length < 2 || name.length > MAX_NAME) return undefined;
  let blanks = 0;
  let lastBlank = -1;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code < 0x20 || code === 0x5b) return undefined; // several lines, or a label
    if (code !== 0x20) continue;
    blanks += 1;
    lastBlank = i;
  }
  if (blanks > MAX_BLANKS) return undefined;
  const { rule } = judge.key(name);
  // A name of several words must end with what makes it a secret's: a `secret santa` is none.
  if (rule === undefined || blanks === 0 || judge.key(name.slice(0, lastBlank)).rule === undefined) return rule;
  return undefined;
}

/** `X-Api-Key`, `Authorization`, `cookie`: what stands in a list of headers and hardly in a list of words. */
function isHeaderName(name: string): boolean {
  const lower = name.toLowerCase();
  return name.includes("-") || lower === "authorization" || lower === "cookie";
}

/** `address2`, `created_at`: small letters, joined or not, and a digit or two at most. */
function isIdentifier(text: string): boolean {
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x30 && code <= 0x39) digits += 1;
    else if (!((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f)) return false;
  }
  return digits <= 2;
}
