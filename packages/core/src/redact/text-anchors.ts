import { nameTokens } from "./name-tokens.ts";

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

/** The anchors at which text is searched for secret names: the built-in pieces, and the longest word of each added name. */
export function nameAnchors(added: readonly string[]): string[] {
  const longest = added.map((name) =>
    nameTokens(name).reduce((best, token) => (token.length > best.length ? token : best), ""),
  );
  const known = longest.filter((token) => token.length >= 2 && !BUILT_IN.some((anchor) => token.includes(anchor)));
  return [...BUILT_IN, ...new Set(known)];
}
