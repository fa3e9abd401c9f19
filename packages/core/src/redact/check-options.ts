import { coreError } from "../error-codes.ts";
import { type OwnPattern, ownPatternDetector } from "./detectors/own-pattern.ts";
import { nameTokens } from "./name-tokens.ts";
import { PatternError } from "./pattern-syntax.ts";
import type { RedactionAction, RedactionOptions } from "./redaction-options.ts";

/** What is wrong with an option, and where. */
export interface OptionIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The ids that options may name. */
export interface KnownIds {
  readonly detectors: readonly string[];
  readonly groups: readonly string[];
  /** The rule for property names. */
  readonly keyRule: string;
}

const ACTIONS: readonly RedactionAction[] = ["redact", "mask", "hash", "remove"];

/** NIST SP 800-107: a key of HMAC should have at least half the digest's length. */
const MIN_HASH_KEY_BYTES = 16;

const MAX_ID_LENGTH = 32;

/**
 * Refuses options that would silently do nothing or less than they say.
 *
 * @throws PlumblineError PLB_REDACT_OPTIONS_INVALID, PLB_REDACT_HASH_KEY
 */
export function checkOptions(options: RedactionOptions, known: KnownIds): void {
  const issues = [
    ...checkNames(options.keys ?? [], "keys"),
    ...checkNames(options.allowKeys ?? [], "allowKeys"),
    ...checkPaths(options.allow ?? []),
    ...checkSwitches(options.detectors ?? {}, known),
    ...checkActions(options.actions ?? {}, options, known),
    ...checkPatterns(options.patterns ?? [], known),
    ...checkExtraDetectors(options, known),
  ];
  if (issues.length > 0) {
    const message = issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    throw coreError("PLB_REDACT_OPTIONS_INVALID", {
      message: `The redaction options cannot be put in force: ${message}`,
      details: { issues },
    });
  }
  const hashes = Object.values(options.actions ?? {}).includes("hash");
  const { hashKey } = options;
  if ((hashes || hashKey !== undefined) && (hashKey === undefined || Buffer.byteLength(hashKey) < MIN_HASH_KEY_BYTES)) {
    throw coreError("PLB_REDACT_HASH_KEY");
  }
}

function checkNames(names: readonly string[], option: string): OptionIssue[] {
  return names.flatMap((name, i) =>
    nameTokens(name).join("").length >= 2
      ? []
      : [{ path: [option, i], message: "a name needs at least two letters, of scripts in Unicode's first plane" }],
  );
}

function checkPaths(paths: readonly string[]): OptionIssue[] {
  return paths.flatMap((path, i) =>
    path.split(".").every((part) => part.length > 0)
      ? []
      : [{ path: ["allow", i], message: "a path is names with one dot between each two" }],
  );
}

function checkSwitches(switches: Readonly<Record<string, boolean>>, known: KnownIds): OptionIssue[] {
  const ids = [...known.detectors, ...known.groups];
  return Object.keys(switches).flatMap((id) =>
    ids.includes(id) ? [] : [{ path: ["detectors", id], message: unknownId(id, ids) }],
  );
}

function checkActions(
  actions: Readonly<Record<string, RedactionAction>>,
  { extraDetectors = [], patterns = [] }: RedactionOptions,
  known: KnownIds,
): OptionIssue[] {
  const own = [...patterns, ...extraDetectors].map(({ id }) => id);
  const ids = ["default", known.keyRule, ...known.detectors, ...known.groups, ...own];
  return Object.entries(actions).flatMap(([id, action]) => {
    if (!ids.includes(id)) return [{ path: ["actions", id], message: unknownId(id, ids) }];
    return ACTIONS.includes(action)
      ? []
      : [{ path: ["actions", id], message: `expected one of ${ACTIONS.join(", ")}` }];
  });
}

function checkPatterns(patterns: readonly OwnPattern[], known: KnownIds): OptionIssue[] {
  const taken = takenIds(known);
  return patterns.flatMap((pattern, i) => {
    const found = checkId(pattern.id, ["patterns", i], taken);
    try {
      ownPatternDetector(pattern);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      found.push({ path: ["patterns", i, "pattern"], message: `${error.message} (character ${error.at + 1})` });
    }
    return found;
  });
}

function takenIds(known: KnownIds): Set<string> {
  return new Set([known.keyRule, ...known.detectors, ...known.groups, "default"]);
}

function checkId(id: string, path: readonly (string | number)[], taken: Set<string>): OptionIssue[] {
  const found: OptionIssue[] = [];
  if (!isId(id)) found.push({ path, message: "an id has lower-case letters, digits and hyphens, at most 32" });
  else if (taken.has(id)) found.push({ path, message: `the id ${id} is taken` });
  taken.add(id);
  return found;
}

function checkExtraDetectors({ extraDetectors = [], patterns = [] }: RedactionOptions, known: KnownIds): OptionIssue[] {
  const taken = takenIds(known);
  for (const { id } of patterns) taken.add(id);
  return extraDetectors.flatMap(({ id, anchors }, i) => {
    const path = ["extraDetectors", i];
    const found = checkId(id, path, taken);
    if (anchors.length === 0) found.push({ path, message: "a detector needs an anchor" });
    if (!anchors.every(isAnchor))
      found.push({ path, message: "an anchor needs two characters, one of which is no digit" });
    return found;
  });
}

function isId(id: string): boolean {
  if (id.length === 0 || id.length > MAX_ID_LENGTH) return false;
  return Array.from(id).every((character) => "abcdefghijklmnopqrstuvwxyz0123456789-".includes(character));
}

function isAnchor(anchor: string): boolean {
  return anchor.length >= 2 && Array.from(anchor).some((character) => character < "0" || character > "9");
}

function unknownId(id: string, ids: readonly string[]): string {
  const nearest = ids.find((candidate) => candidate.startsWith(id.slice(0, 3)));
  return `no detector or group is called ${id}${nearest === undefined ? "" : `; did you mean ${nearest}?`}`;
}
