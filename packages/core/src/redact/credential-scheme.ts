/** Authentication schemes of RFC 9110 §11.1 after which credentials stand as one word, and what some services use like them. */
const SCHEMES: ReadonlySet<string> = new Set(["bearer", "basic", "token", "digest", "apikey", "dpop", "negotiate"]);

/** Whether the word, in any case, is an authentication scheme's name. */
export function isCredentialScheme(word: string): boolean {
  return word.length <= 9 && SCHEMES.has(word.toLowerCase());
}
