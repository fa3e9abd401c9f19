import { BLANK, HYPHEN, WORD } from "../character-class.ts";
import { headerEnd } from "../header-value.ts";
import { isQuote } from "../pair-syntax.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";

/** How far the first `=` may stand from the header's name. */
const MAX_NAME = 128;

/** RFC 6265 §4: all of a Cookie header; of a Set-Cookie header the cookie's value, and its attributes stay. */
export const cookieDetector: TextDetector = {
  id: "cookie",
  group: "credentials",
  description: "The value of a Cookie header in text, and the cookie's value in a Set-Cookie header",
  anchors: ["cookie:"],
  match: matchCookie,
  examples: () => ({
    catches: [
      "Cookie: sid=abc; theme=dark",
      "set-cookie: sid=abc; Path=/; HttpOnly",
      `curl -H "Cookie: a=b" https://example.org`,
    ],
    leaves: [
      "cookie: none",
      "Cookie: enabled",
      "set-cookie: sid=; Max-Age=0",
      "about the cookie: it has a name = and a value",
    ],
  }),
};

function matchCookie(scan: Scan, at: number): boolean {
  const isSet = scan.startsWith("set-", at - 4);
  const start = scan.skip(at + "cookie:".length, BLANK, 8);
  const nameEnd = scan.skip(start, WORD | HYPHEN | COOKIE_NAME, MAX_NAME);
  if (nameEnd === start || scan.code(nameEnd) !== 0x3d) return false;
  if (!isSet) {
    const end = headerEnd(scan, start);
    return end > nameEnd + 1 && scan.labelEnd(start) !== end && scan.found(start, end);
  }
  let valueEnd = nameEnd + 1;
  while (isCookieValue(scan.code(valueEnd))) valueEnd++;
  scan.steps += valueEnd - nameEnd;
  return valueEnd > nameEnd + 1 && scan.labelEnd(nameEnd + 1) !== valueEnd && scan.found(nameEnd + 1, valueEnd);
}

function isCookieValue(code: number): boolean {
  return code >= 0x20 && code !== 0x3b && code !== 0x5c && !isQuote(code);
}

/** `.` and `%`, as in `connect.sid` and `connect%2Esid`. */
const COOKIE_NAME = 64 | 4096;
