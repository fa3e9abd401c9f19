import {
  hasValuesInTurn,
  isInKey,
  isNoValue,
  isTestCount,
  type KeyRule,
  namedBy,
  pairRole,
  PRIVATE_KEY_RULE,
  ruleOfItem,
  ruleOfNamed,
  ruleOfNested,
  type TextRedactor,
} from "@plumbline/core";
import { isRecord } from "../input/fields.ts";

const LABEL = /\[(?:redacted|masked|hashed):[^[\]]*\]/g;

/** A secret in a value, without the secret. */
export interface SecretFound {
  /** The rule or detector that knows it. */
  readonly rule: string;
  /** The property it stands in (`user.token`); names with a secret in them are redacted. Empty for the value itself. */
  readonly field: string;
}

/** A value as it may be shown, and what was taken out of it. */
export interface RedactedValue {
  /** The very same value where nothing was found. */
  readonly value: unknown;
  readonly found: readonly SecretFound[];
}

/**
 * Applies the rules of the walk to a parsed JSON value. What is a label already stays. The whole value under a secret's name goes, whatever it is.
 */
export function redactValue(value: unknown, redactor: TextRedactor): RedactedValue {
  const found: SecretFound[] = [];
  return { value: walk(value, [], ""), found };

  function walk(item: unknown, path: readonly string[], field: string): unknown {
    if (redactor.hasPathRules && path.length > 0 && redactor.allows(path)) return allowed(item, path, field);
    if (typeof item === "string") return text(item, field);
    if (typeof item === "number" || typeof item === "bigint") {
      const digits = String(item);
      const redacted = text(digits, field);
      return redacted === digits ? item : redacted;
    }
    if (Array.isArray(item)) return list(item, path, field, false);
    return isRecord(item) ? entries(item, path, field) : item;
  }

  /** Stays as it is, the items of a list too; what has names below is asked for by these. */
  function allowed(item: unknown, path: readonly string[], field: string): unknown {
    if (Array.isArray(item)) return mapUnchanged(item, (each) => allowed(each, path, field));
    return isRecord(item) ? entries(item, path, field) : item;
  }

  function list(items: readonly unknown[], path: readonly string[], field: string, isNested: boolean): unknown {
    let wasInKey = false;
    const changed = items.flatMap((item, index): unknown[] => {
      wasInKey = isInKey(items[index - 1], item, wasInKey, (before) => redactor.find(before).length > 0);
      const place = { index, length: items.length, isNested, hasValues: () => hasValuesInTurn(items) };
      const rule = wasInKey ? PRIVATE_KEY_RULE : ruleOfItem(items[index - 1], item, place, redactor);
      if (rule !== undefined && !isNoValue(rule, undefined, item)) return replace(rule, item, field);
      return [Array.isArray(item) ? list(item, path, field, true) : walk(item, path, field)];
    });
    return changed.length === items.length && changed.every((item, index) => item === items[index]) ? items : changed;
  }

  /** What stands in the place of a secret: nothing where the rule says that it is left out. */
  function replace(rule: KeyRule, item: unknown, field: string): unknown[] {
    const replaced = redactor.replace(rule, textOf(item));
    if (replaced === item) return [item];
    found.push({ rule: rule.id, field });
    return replaced === undefined ? [] : [replaced];
  }

  function entries(map: Readonly<Record<string, unknown>>, path: readonly string[], field: string): unknown {
    let isChanged = false;
    const names = Object.entries(map).flatMap(([key, item]) => (pairRole(key) === "name" ? [namedBy(key, item)] : []));
    const walked = Object.entries(map).flatMap(([key, item]): [string, unknown][] => {
      const beside = names.length > 0 && pairRole(key) === "value" ? ruleOfNamed(key, names, redactor) : undefined;
      const below = ruleOfNested(path[path.length - 1] ?? "", key, redactor);
      const entry = redactEntry(key, item, [...path, key], field, beside ?? below, map);
      isChanged ||= entry === undefined || entry[0] !== key || entry[1] !== item;
      return entry === undefined ? [] : [entry];
    });
    return isChanged ? Object.fromEntries(walked) : map;
  }

  /** `undefined` where the rule says that the entry is left out. */
  function redactEntry(
    key: string,
    item: unknown,
    path: readonly string[],
    outer: string,
    beside: KeyRule | undefined,
    map: Readonly<Record<string, unknown>>,
  ): [string, unknown] | undefined {
    const { name } = redactor.key(key);
    // The words of a label (`[redacted:github-token]`) do not make its property a secret's.
    const rule = beside ?? redactor.key(key.replaceAll(LABEL, "")).rule;
    const field = outer === "" ? name : `${outer}.${name}`;
    for (const { detector } of redactor.find(key)) found.push({ rule: detector, field });
    const isAllowed = rule === undefined || (redactor.hasPathRules && redactor.allows(path));
    if (isAllowed || isNoValue(rule, key, item) || isTestCount(rule, key, item, () => Object.entries(map)))
      return [name, walk(item, path, field)];
    const [replaced] = replace(rule, item, field);
    return replaced === undefined ? undefined : [name, replaced];
  }

  function text(item: string, field: string): string {
    const secrets = redactor.find(item);
    for (const { detector } of secrets) found.push({ rule: detector, field });
    return secrets.length === 0 ? item : redactor.text(item);
  }
}

/** The array itself where no item changes. */
function mapUnchanged(items: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  const changed = items.map(change);
  return changed.every((item, index) => item === items[index]) ? items : changed;
}

/** What the redactor is shown of a value under a secret's name; `undefined` for what has no text. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "bigint" ||
    typeof value === "boolean"
    ? String(value)
    : undefined;
}
