import { isAscii, nameTokens } from "./name-tokens.ts";
import {
  ABOUT_WORDS,
  CAUTIOUS_NAMES,
  PASS_OWNERS,
  PASSWORD_ENDINGS,
  PUBLIC_NAMES,
  PUBLIC_RUNS,
  QUERY_NAMES,
  QUESTION_WORDS,
  SECRET_ENDINGS,
  SECRET_NAMES,
  SHORT_NAMES,
  STILL_SECRET,
} from "./secret-names.ts";
import { unveil } from "./unveil.ts";

/**
 * What a name says of its value: nothing, that it is a secret, that it is one that people choose (`password`: it may be a plain word), that it is one if it looks like one (`cautious`; in structured data that is
 * taken for granted), or that it is one where it is a parameter of an address (`query`).
 */
export type NameClass = "plain" | "password" | "secret" | "cautious" | "query";

/** Decides by a property's name alone whether its value is a secret. */
export interface KeyRules {
  /** Takes a microsecond: cache it by name. */
  classify(name: string): NameClass;
  /** Whether the name is a secret's because it was added. */
  isAdded(name: string): boolean;
  /** Whether any of the added names has letters that are not ASCII's. */
  readonly hasForeign: boolean;
}

/** The longest run of words that is compared. */
const MAX_RUN = 4;

const secretNames = new Set(SECRET_NAMES);
/** By their last character: nearly every word ends otherwise. */
const secretEndings: readonly (readonly string[] | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const endings = SECRET_ENDINGS.filter((ending) => ending.charCodeAt(ending.length - 1) === code);
  return endings.length === 0 ? undefined : endings;
});
const shortNames = new Set(SHORT_NAMES);
const passOwners = new Set(PASS_OWNERS);
const cautiousNames = new Set(CAUTIOUS_NAMES);
const aboutWords = new Set(ABOUT_WORDS);
const stillSecret = new Set(STILL_SECRET);
const questionWords = new Set(QUESTION_WORDS);
const publicNames = new Set(PUBLIC_NAMES);
const publicRuns = new Set(PUBLIC_RUNS);
const secretTails = tailsOf(SECRET_NAMES);
const publicTails = tailsOf(PUBLIC_RUNS);
const queryNames = new Set(QUERY_NAMES);

/** `added` and `allowed` are names in any spelling: an added one matches as a run of words, an allowed one as the whole name. */
export function createKeyRules(added: readonly string[], allowed: readonly string[]): KeyRules {
  const addedNames = new Set(added.map(joined).filter((name) => name.length > 0));
  const addedTails = tailsOf(addedNames);
  const allowedNames = new Set(allowed.map(joined));
  const longestAdded = Math.max(0, ...added.map((name) => nameTokens(name).length));
  const hasAdded = (tokens: readonly string[]): boolean =>
    addedNames.size > 0 && endOfRun(tokens, addedNames, addedTails, Math.max(MAX_RUN, longestAdded)) >= 0;
  return {
    hasForeign: added.some((name) => !isAscii(name)),
    classify(given) {
      const name = plainName(given);
      const tokens = nameTokens(name);
      if (tokens.length === 0) return "plain";
      const whole = tokens.join("");
      if (allowedNames.has(whole)) return "plain";
      if (hasAdded(tokens)) return "secret";
      return publicNames.has(name) ? "plain" : classifyByDefault(tokens, whole);
    },
    isAdded(given) {
      const tokens = nameTokens(plainName(given));
      return hasAdded(tokens) && !allowedNames.has(tokens.join(""));
    },
  };
}

function plainName(name: string): string {
  return hasEscape(name) ? (unveil(name)?.text ?? name) : name;
}

function classifyByDefault(tokens: readonly string[], whole: string): NameClass {
  const last = tokens[tokens.length - 1] ?? "";
  if (shortNames.has(whole)) return "cautious";
  if (last === "pass" && passOwners.has(tokens[tokens.length - 2] ?? "")) return "password";
  if (last === "auth" && tokens.length > 1) return "cautious";
  const end = Math.max(endOfRun(tokens, secretNames, secretTails, MAX_RUN), endOfEnding(tokens));
  if (end < 0) return queryNames.has(whole) ? "query" : "plain";
  const tail = tokens.slice(end + 1);
  if (tail.some((token) => aboutWords.has(token)) && !stillSecret.has(tokens.slice(-2).join(""))) return "plain";
  if (questionWords.has(tokens[0] ?? "") || endOfRun(tokens, publicRuns, publicTails, MAX_RUN) === end) return "plain";
  if (cautiousNames.has(last) || cautiousNames.has(tokens.slice(-2).join(""))) return "cautious";
  return PASSWORD_ENDINGS.some((ending) => whole.endsWith(ending)) ? "password" : "secret";
}

/** All that a name may end with: a run of words that is none of these is not gone on with. */
function tailsOf(names: Iterable<string>): ReadonlySet<string> {
  const tails = new Set<string>();
  for (const name of names) for (let at = 0; at < name.length; at++) tails.add(name.slice(at));
  return tails;
}

/** Where the last run of words ends that is one of `names`, -1 if there is none. */
function endOfRun(
  tokens: readonly string[],
  names: ReadonlySet<string>,
  tails: ReadonlySet<string>,
  maxRun: number,
): number {
  for (let end = tokens.length - 1; end >= 0; end--) {
    let run = "";
    for (let start = end; start >= 0 && start > end - maxRun; start--) {
      run = (tokens[start] ?? "") + run;
      if (!tails.has(run)) break;
      if (names.has(run)) return end;
    }
  }
  return -1;
}

/** Where the last word stands that ends like a secret's name. */
function endOfEnding(tokens: readonly string[]): number {
  for (let at = tokens.length - 1; at >= 0; at--) {
    const token = tokens[at] ?? "";
    const endings = secretEndings[token.charCodeAt(token.length - 1)];
    if (endings === undefined) continue;
    for (const ending of endings) if (token.endsWith(ending)) return at;
  }
  return -1;
}

/** What an escape begins with: a form's or an address's, JSON's, HTML's. */
function hasEscape(name: string): boolean {
  return name.includes("%") || name.includes("\\") || name.includes("&");
}

function joined(name: string): string {
  return nameTokens(name).join("");
}
