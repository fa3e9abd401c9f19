import { ALPHA, classOf } from "./character-class.ts";
import { isAscii, isForeignLetter, nameTokens } from "./name-tokens.ts";

/** Pieces of words, one of which every name has that the built-in rules take for a secret's. */
const BUILT_IN: readonly string[] = [
  "pass",
  "psw",
  "pwd",
  "pw",
  "secret",
  "token",
  "key",
  "auth",
  "cred",
  "cookie",
  "jwt",
  "jwk",
  "sess",
  "connect.sid",
  "cvv",
  "cvc",
  "cvn",
  "csc",
  "ssn",
  "card",
  "ccnumber",
  "mnemonic",
  "phrase",
  "otp",
  "code",
  "pin",
  "bearer",
  "secur",
  "connection",
  "connstr",
  "iban",
  "sig",
  "hmac",
  "sas",
  "motdepasse",
  "samlre",
  "_pat",
];

/** The anchors at which text is searched for secret names: the built-in pieces, and the longest word of each added name, where it has other letters than ASCII's as it is written. */
export function nameAnchors(added: readonly string[]): string[] {
  const longest = added.flatMap((name) => (isAscii(name) ? [longestOf(nameTokens(name))] : spellings(name)));
  const known = longest.filter((token) => token.length >= 2 && !BUILT_IN.some((anchor) => token.includes(anchor)));
  return [...BUILT_IN, ...new Set(known)];
}

function longestOf(words: readonly string[]): string {
  return words.reduce((best, word) => (word.length > best.length ? word : best), "");
}

/** Anchors are compared without case in ASCII alone. In a text's plain view look-alikes are ASCII. */
function spellings(name: string): string[] {
  const word = longestOf(writtenWords(name));
  const written = [
    word,
    word.toLowerCase(),
    word.toUpperCase(),
    word.charAt(0).toUpperCase() + word.slice(1).toLowerCase(),
  ];
  return written.flatMap((each) => [each, longestOf(nameTokens(each))]);
}

/** Runs of letters, of any script. */
function writtenWords(name: string): string[] {
  const words: string[] = [""];
  for (let i = 0; i < name.length; i++) {
    const isLetter = isForeignLetter(name.charCodeAt(i)) || (classOf(name.charCodeAt(i)) & ALPHA) !== 0;
    if (isLetter) words.push(`${words.pop() ?? ""}${name.charAt(i)}`);
    else words.push("");
  }
  return words;
}
