import { ALNUM, BASE64_SIGN, DIGIT, DOT, HYPHEN, PERCENT, TILDE, WORD } from "../character-class.ts";
import { isQuote } from "../pair-syntax.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { looksSecret } from "../value-judgement.ts";

/** A user's name of this length that looks like a token is one. */
const MIN_TOKEN = 20;

/** A bare slash, question mark or number sign in a password is followed no further than this. */
const MAX_TAIL = 256;

/** RFC 3986 §3.2.1: `scheme://user:password@host`. Connection strings of databases and brokers are such addresses. */
export const urlPasswordDetector: TextDetector = {
  id: "url-password",
  group: "credentials",
  description:
    "The password, or a token instead of a user's name, in an address of any scheme (https, postgres, mysql, mongodb, redis, amqp); the password in one that begins with its slashes",
  anchors: ["//", "\\/\\/"],
  match: (scan, at) => (scan.code(at - 1) === COLON ? matchUserInfo(scan, at - 1) : matchRelative(scan, at)),
  examples: () => {
    const address = (scheme: string, info: string): string => `${scheme}://${info}@db.example.org:5432/shop`;
    return {
      catches: [
        address("postgres", "app:hunter2"),
        address("redis", ":hunter2"),
        address("postgres", "bob:x'y9secretpw"),
        address("mongodb+srv", "app:p%40ss/word"),
        address("https", "0a1b2c3d".repeat(4)),
        address("https", "0a1b2c3d:x-oauth-basic"),
        address("postgres", "app:hun ter2"),
        'src="//app:hunter2@example.org/a.js"',
      ],
      leaves: [
        "https://example.org:8080/@user",
        "ssh://git@example.org/repo.git",
        "http://[::1]:8080/a:b@c",
        "see https://example.org/a:b@c",
        "from 'http://example.org:8080' to 'bob@example.org'",
        "['https://example.org:x','a@b.example']",
        "https://example.org:443 and bob@example.org",
        "https://example.org:x bob@example.org",
        "// see: ask@example.org",
        "//bazel:target@repo",
      ],
    };
  },
};

function matchUserInfo(scan: Scan, at: number): boolean {
  if (!scan.is(at - 1, ALNUM | HYPHEN | DOT | BASE64_SIGN)) return false;
  const from = at + (scan.code(at + 1) === BACKSLASH ? 5 : 3); // JSON may escape its slashes
  if (scan.code(from) === SQUARE_OPEN) return false; // an IPv6 host
  let colon = -1;
  let sign = -1;
  let slash = -1;
  let i = from;
  for (; ; i++) {
    const code = scan.code(i);
    if (endsAddress(code)) {
      const isInPassword = sign < 0 && slash < 0 && colon >= 0 && mayStandInPassword(code);
      const next = isInPassword && scan.skip(colon + 1, DIGIT, 6) < i ? behind(scan, i, code) : -1;
      if (next < 0) break;
      i = next;
      sign = next;
      continue;
    }
    if (code === AT) sign = i;
    else if (code === COLON) {
      if (scan.code(i + 1) === SLASH && scan.code(i + 2) === SLASH) break; // another address begins
      if (colon < 0) colon = i;
    } else if (code === SLASH || code === QUESTION || code === NUMBER) {
      // The authority ends here, unless the password has a bare slash: then a colon stands before it and no port does.
      if (sign >= 0 || colon < 0 || scan.skip(colon + 1, DIGIT, 6) === i) break;
      if (slash < 0) slash = i;
    }
    if (slash >= 0 && i - slash > MAX_TAIL) break;
  }
  scan.steps += i - from;
  if (sign < 0) return false;
  if (colon < 0 || colon > sign)
    return (
      sign - from >= MIN_TOKEN &&
      scan.labelEnd(from) !== sign &&
      looksSecret(scan, from, sign) &&
      scan.found(from, sign)
    );
  if (sign === colon + 1)
    return looksSecret(scan, from, colon) && scan.labelEnd(from) !== colon && scan.found(from, colon);
  // The token stands in the user's place, and the word says so.
  if (scan.startsWith("x-oauth-basic@", colon + 1)) return scan.labelEnd(from) !== colon && scan.found(from, colon);
  if (scan.labelEnd(colon + 1) === sign) return false;
  return scan.found(colon + 1, sign);
}

/** RFC 3986 §4.2: `//user:password@host` in the place of an address, as pages and connection strings have it. What a comment says is mostly no password. */
function matchRelative(scan: Scan, at: number): boolean {
  const from = at + (scan.code(at) === BACKSLASH ? 4 : 2);
  const colon = scan.skip(from, USER, MAX_USER);
  const before = scan.code(at - 1);
  if (scan.code(colon) !== COLON || colon === from || scan.is(at - 1, WORD | DOT) || before === SLASH) return false;
  let i = colon + 1;
  const limit = i + MAX_REST;
  while (i < limit && scan.code(i) !== AT && scan.code(i) !== SLASH && !endsAddress(scan.code(i))) i++;
  scan.steps += i - colon;
  if (scan.code(i) !== AT || i === colon + 1 || !scan.is(i + 1, ALNUM) || scan.labelEnd(colon + 1) === i) return false;
  const isAddress = isQuote(before) || before === EQUALS_SIGN || before === PAREN_OPEN || before === AT;
  return (isAddress || looksSecret(scan, colon + 1, i)) && scan.found(colon + 1, i);
}

/** RFC 3986 §3.2.1, without what parts the user from the password. */
const USER: number = WORD | HYPHEN | DOT | TILDE | PERCENT;
const MAX_USER = 64;

/** RFC 3986 §3.2.1 allows the apostrophe, which `URL` leaves as it is. A blank should be escaped, which people forget. */
function mayStandInPassword(code: number): boolean {
  return code === 0x27 || code === 0x3c || code === SPACE;
}

function behind(scan: Scan, at: number, code: number): number {
  return code === SPACE ? signBehindBlank(scan, at) : signBehind(scan, at);
}

/**
 * Where the `@` stands behind a password of two words with one blank between; -1 where that cannot be told from an address that has ended and something
 * else, as from an e-mail address: behind the host a port or a path must begin.
 */
function signBehindBlank(scan: Scan, at: number): number {
  let i = at + 1;
  while (i - at < MAX_REST && scan.code(i) !== AT && !endsAddress(scan.code(i)) && scan.code(i) !== SLASH) i++;
  scan.steps += i - at;
  if (scan.code(i) !== AT || i === at + 1) return -1;
  const host = scan.skip(i + 1, ALNUM | HYPHEN | DOT, MAX_REST);
  const isHost = host > i + 1 && (scan.code(host) === SLASH || (scan.code(host) === COLON && scan.is(host + 1, DIGIT)));
  return isHost ? i : -1;
}

/** Where the `@` stands behind a password that goes on with the sign at `at`; -1 where that closes what the address stands in. */
function signBehind(scan: Scan, at: number): number {
  let i = at;
  const limit = at + MAX_REST;
  for (; i < limit && scan.code(i) !== AT; i++) {
    const code = scan.code(i);
    if (mayStandInPassword(code) && code !== SPACE ? !scan.is(i + 1, ALNUM) : endsAddress(code) || code === SLASH)
      break;
  }
  scan.steps += i - at;
  return scan.code(i) === AT && scan.is(i + 1, ALNUM) ? i : -1;
}

/** Characters of a password behind such a sign. */
const MAX_REST = 128;

function endsAddress(code: number): boolean {
  return (
    code <= 0x20 || code === 0x22 || code === 0x27 || code === 0x60 || code === 0x3c || code === 0x3e || code === 0x5c
  );
}

const SPACE = 0x20;
const NUMBER = 0x23;
const PAREN_OPEN = 0x28;
const SLASH = 0x2f;
const COLON = 0x3a;
const EQUALS_SIGN = 0x3d;
const QUESTION = 0x3f;
const AT = 0x40;
const SQUARE_OPEN = 0x5b;
const BACKSLASH = 0x5c;
