import type { KeyRule, Redactor } from "../../src/redact/redactor.ts";

/** Takes out one word wherever it stands, and all values under names that contain `password`. */
export function fakeRedactor(word: string, options: Partial<Redactor> = {}): Redactor & { readonly texts: string[] } {
  const texts: string[] = [];
  const rule: KeyRule = { id: "key" };
  const clean = (text: string): string => text.replaceAll(word, "[redacted:word]");
  const counts: Record<string, number> = {};
  return {
    texts,
    key: (name) => ({
      name: clean(name),
      rule: /password/i.test(name) ? rule : undefined,
    }),
    text(value) {
      texts.push(value);
      return clean(value);
    },
    replace: ({ id }) => `[redacted:${id}]`,
    hasPathRules: false,
    allows: () => false,
    counts: () => counts,
    ...options,
  };
}

/** A secret that stands whole in no file. */
export function plantedSecret(): string {
  return ["hunter", "two", "hunter"].join("2");
}
