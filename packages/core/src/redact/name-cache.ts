import type { KeyRules, NameClass } from "./key-rules.ts";

/** Names that are kept. A service has a few hundred; whoever sends more makes the cache start anew. */
const MAX_NAMES = 4096;

/** Names that are longer or have more digits are judged each time: they may be secrets themselves, which nothing here keeps. */
const MAX_NAME_LENGTH = 48;
const MAX_DIGITS = 3;

/** Remembers the class of ordinary names. */
export function cacheNames(rules: KeyRules): KeyRules {
  const classes = new Map<string, NameClass>();
  return {
    hasForeign: rules.hasForeign,
    isAdded: (name) => rules.isAdded(name),
    classify(name) {
      const known = classes.get(name);
      if (known !== undefined) return known;
      const found = rules.classify(name);
      if (isOrdinary(name)) {
        if (classes.size >= MAX_NAMES) classes.clear();
        classes.set(copy(name), found);
      }
      return found;
    },
  };
}

function isOrdinary(name: string): boolean {
  let digits = 0;
  for (let i = 0; i < name.length; i++) if (isDigit(name.charCodeAt(i))) digits++;
  return name.length <= MAX_NAME_LENGTH && digits <= MAX_DIGITS;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** A slice of a long text would keep all of it alive. */
function copy(name: string): string {
  return Array.from(name).join("");
}
