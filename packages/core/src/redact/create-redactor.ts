import { adaptDetector } from "./adapt-detector.ts";
import { checkOptions } from "./check-options.ts";
import { DETECTOR_GROUPS, PLAIN_DETECTORS } from "./default-detectors.ts";
import { decodeText, encodedDetector, isUserAndPassword, MIN_LENGTH as MIN_ENCODED } from "./detectors/encoded.ts";
import { keyValueDetector } from "./detectors/key-value.ts";
import { ownPatternDetector } from "./detectors/own-pattern.ts";
import { createKeyRules, type KeyRules } from "./key-rules.ts";
import { Labels, REMOVED } from "./label.ts";
import { cacheNames } from "./name-cache.ts";
import { createPathRules, type PathRules } from "./path-rules.ts";
import type { RedactionAction, RedactionOptions } from "./redaction-options.ts";
import type { KeyRule, KeyVerdict, Redactor } from "./redactor.ts";
import type { SecretRange } from "./secret-range.ts";
import type { DetectorDescription, TextDetector } from "./text-detector.ts";
import { nameAnchors } from "./text-anchors.ts";
import { TextScanner } from "./text-scanner.ts";

/** Where a secret stands, without the secret. Offsets count UTF-16 code units. */
export interface SecretFinding {
  readonly detector: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** A redactor that can also say where it would redact. */
export interface TextRedactor extends Redactor {
  /** The secrets in a text, in order. What is already redacted is none. Counts nothing. */
  find(text: string): SecretFinding[];
}

/** Verdicts that are kept; whoever sends more names makes the cache start anew. */
const MAX_VERDICTS = 4096;
const MAX_KEPT_NAME = 96;

/** Text beside a secret may only be known for one when a label stands there. A text with secrets is therefore read again until no more are found. */
const MAX_ROUNDS = 8;

/** So far from a label it may make known what is a secret, as a rule. */
const NEAR = 512;

/** Base64 of base64 is looked into, no deeper. */
const MAX_ENCODINGS = 2;

/** The rule for property names. */
const KEY_RULE: KeyRule = { id: "key" };
/** The same for those of the team's own. */
const OWN_KEY_RULE: KeyRule = { id: KEY_RULE.id, isOwn: true };

/** All detectors that are built in, those included that are off by default. */
export const BUILT_IN_DETECTORS: readonly DetectorDescription[] = [
  keyValueDetector([], createKeyRules([], [])),
  ...PLAIN_DETECTORS,
];

/**
 * Makes a redactor. Without options: every built-in rule but the groups that are off.
 *
 * @throws PlumblineError PLB_REDACT_OPTIONS_INVALID with `details.issues` (`path`, `message`); PLB_REDACT_HASH_KEY
 */
export function createRedactor(options: RedactionOptions = {}): TextRedactor {
  checkRedactionOptions(options);
  return new RuleRedactor(options);
}

/**
 * Refuses the options that {@link createRedactor} refuses, and makes no redactor: that costs milliseconds.
 *
 * @throws PlumblineError PLB_REDACT_OPTIONS_INVALID with `details.issues` (`path`, `message`); PLB_REDACT_HASH_KEY
 */
export function checkRedactionOptions(options: RedactionOptions): void {
  checkOptions(options, {
    detectors: BUILT_IN_DETECTORS.map(({ id }) => id),
    groups: Object.keys(DETECTOR_GROUPS),
    keyRule: KEY_RULE.id,
  });
}

/** What was taken out by one detector. */
interface Tally {
  readonly id: string;
  total: number;
  /** What stands in the place of its secrets, where that is always the same. */
  label: string | undefined;
}

class RuleRedactor implements TextRedactor {
  readonly hasPathRules: boolean;
  isPlain = false;
  readonly #scanner: TextScanner;
  readonly #labels: Labels;
  readonly #actions: ReadonlyMap<string, RedactionAction>;
  readonly #allowedValues: ReadonlySet<string>;
  readonly #paths: PathRules;
  readonly #names: KeyRules;
  readonly #verdicts = new Map<string, KeyVerdict>();
  readonly #tallies = new Map<string, Tally>();
  /** Whose secret was taken out last: mostly it is the same again. */
  #tally: Tally = { id: "", total: 0, label: undefined };
  readonly #decodes: boolean;
  /** Where the first of the labels begins that were written last, and where the last of them ends. */
  #labelledFrom = 0;
  #labelledTo = 0;

  constructor(options: RedactionOptions) {
    const { keys = [], allowKeys = [], allow = [], patterns = [], extraDetectors = [] } = options;
    this.#names = cacheNames(createKeyRules(keys, allowKeys));
    const builtIn = [keyValueDetector(nameAnchors(keys), this.#names), ...PLAIN_DETECTORS];
    const ids = [KEY_RULE, ...builtIn, ...patterns, ...extraDetectors].map(({ id }) => id);
    this.#labels = new Labels(ids, options.hashKey);
    const active = builtIn.filter((detector) => isOn(detector, options.detectors ?? {}));
    const own = [...patterns.map(ownPatternDetector), ...extraDetectors.map(adaptDetector)];
    this.#scanner = new TextScanner([...active, ...own], this.#labels);
    this.#decodes = active.includes(encodedDetector);
    this.#actions = actionsById(options.actions ?? {}, builtIn);
    this.#allowedValues = new Set(options.allowValues);
    this.#paths = createPathRules(allow);
    this.hasPathRules = allow.length > 0;
  }

  key(name: string): KeyVerdict {
    const known = this.#verdicts.get(name);
    if (known !== undefined) return known;
    const written = this.text(name);
    const verdict: KeyVerdict = { name: written, rule: this.#ruleOf(name) };
    if (written === name && name.length <= MAX_KEPT_NAME) {
      if (this.#verdicts.size >= MAX_VERDICTS) this.#verdicts.clear();
      this.#verdicts.set(name, verdict);
    }
    return verdict;
  }

  #ruleOf(name: string): KeyRule | undefined {
    const nameClass = this.#names.classify(name);
    if (nameClass === "plain" || nameClass === "query") return undefined;
    return this.#names.isAdded(name) ? OWN_KEY_RULE : KEY_RULE;
  }

  text(value: string): string {
    // Most values are a word or an id.
    if (value.length < MIN_ENCODED && this.#scanner.skims(value)) {
      this.isPlain = this.#scanner.isPlain;
      return value;
    }
    const ranges = this.#ranges(value);
    if (ranges.length === 0) return value;
    let text = this.#without(ranges, value);
    if (text === value) return value;
    for (let round = 1; round < MAX_ROUNDS; round++) {
      const next = this.#again(text);
      if (next === text) return text;
      text = next;
    }
    this.isPlain = false; // the last text has not been looked at
    return text;
  }

  /** Looks near the labels first where these are in one place, and at the whole text when that finds nothing. */
  #again(text: string): string {
    const from = Math.max(0, this.#labelledFrom - NEAR);
    const to = Math.min(text.length, this.#labelledTo + NEAR);
    if (to - from < text.length / 2) {
      const next = this.#without(this.#scanner.find(text, from, to), text);
      if (next !== text) return next;
    }
    return this.#without(this.#ranges(text), text);
  }

  #isAllowed(text: string, start: number, end: number): boolean {
    return this.#allowedValues.size > 0 && this.#allowedValues.has(text.slice(start, end));
  }

  /** The text with labels in the place of these. */
  #without(ranges: readonly SecretRange[], value: string): string {
    if (ranges.length === 0) return value;
    const parts: string[] = [];
    let from = 0;
    let grown = 0;
    for (const { start, end, detector, wrap } of ranges) {
      if (this.#isAllowed(value, start, end)) continue;
      const tally = this.#count(detector);
      const label = tally.label ?? this.#replacement(tally, value.slice(start, end)) ?? REMOVED;
      parts.push(value.slice(from, start), wrap === "" ? label : wrap + label + wrap);
      if (from === 0) this.#labelledFrom = start;
      grown += label.length + 2 * wrap.length - (end - start);
      this.#labelledTo = end + grown;
      from = end;
    }
    if (from === 0) return value;
    parts.push(value.slice(from));
    return parts.join(""); // a flat copy: a concatenation of slices would keep the raw text reachable
  }

  replace(rule: KeyRule, value: string | undefined): string | undefined {
    if (
      value !== undefined &&
      ((this.#allowedValues.size > 0 && this.#allowedValues.has(value)) || this.#isLabel(value))
    )
      return value;
    const tally = this.#count(rule.id);
    return tally.label ?? this.#replacement(tally, value ?? "");
  }

  #isLabel(value: string): boolean {
    return value.charCodeAt(0) === 0x5b && this.#labels.endOf(value, 0) === value.length;
  }

  allows(path: readonly string[]): boolean {
    return this.#paths.allows(path);
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(Array.from(this.#tallies, ([id, { total }]) => [id, total]));
  }

  find(text: string): SecretFinding[] {
    return this.#ranges(text)
      .filter(({ start, end }) => !this.#isAllowed(text, start, end))
      .map(({ start, end, detector }) => ({ detector, start, end }));
  }

  #ranges(text: string): readonly SecretRange[] {
    const ranges = this.#scanner.find(text);
    this.isPlain = this.#scanner.isPlain;
    if (ranges.length > 0 || !this.#decodes || !this.#isEncodedSecret(text, MAX_ENCODINGS)) return ranges;
    return [{ start: 0, end: text.length, detector: encodedDetector.id, wrap: "" }];
  }

  #isEncodedSecret(value: string, depth: number): boolean {
    const text = decodeText(value);
    if (text === undefined) return false;
    if (isUserAndPassword(text) || this.#scanner.find(text).length > 0) return true;
    return depth > 1 && this.#isEncodedSecret(text, depth - 1);
  }

  #count(id: string): Tally {
    if (this.#tally.id !== id) {
      this.#tally = this.#tallies.get(id) ?? { id, total: 0, label: undefined };
      this.#tallies.set(id, this.#tally);
    }
    this.#tally.total += 1;
    return this.#tally;
  }

  #replacement(tally: Tally, secret: string): string | undefined {
    const { id } = tally;
    const action = this.#actions.get(id) ?? this.#actions.get("default") ?? "redact";
    if (action === "remove") return undefined;
    if (action === "mask") return this.#labels.masked(id, secret);
    if (action === "hash") return this.#labels.hashed(id, secret);
    tally.label = this.#labels.redacted(id);
    return tally.label;
  }
}

function isOn(detector: TextDetector, switches: Readonly<Record<string, boolean>>): boolean {
  return switches[detector.id] ?? switches[detector.group] ?? DETECTOR_GROUPS[detector.group].on;
}

/** A detector's own action beats its group's, and that the default one. */
function actionsById(
  actions: Readonly<Record<string, RedactionAction>>,
  detectors: readonly TextDetector[],
): ReadonlyMap<string, RedactionAction> {
  const byId = new Map<string, RedactionAction>();
  for (const { id, group } of detectors) {
    const action = actions[group];
    if (action !== undefined) byId.set(id, action);
  }
  for (const [id, action] of Object.entries(actions)) byId.set(id, action);
  return byId;
}
