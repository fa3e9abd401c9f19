import { BLANK, DOT, HYPHEN, PERCENT, WORD } from "../character-class.ts";
import { headerEnd } from "../header-value.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";

/** How far the first `=` may stand from the header's name. */
const MAX_NAME = 128;

/** RFC 6265 §4. Several cookies may stand in one Set-Cookie value, joined by commas: all of it goes. */
export const cookieDetector: TextDetector = {
  id: "cookie",
  group: "credentials",
  description: "The value of a Cookie or Set-Cookie header in text",
  anchors: ["cookie:"],
  match: matchCookie,
  examples: () => ({
    catches: [
      "Cookie: sid=abc; theme=dark",
      "set-cookie: sid=abc; Path=/; HttpOnly",
      `curl -H "Cookie: a=b" https://example.org`,
    ],
    leaves: ["cookie: none", "Cookie: enabled", "about the cookie: it has a name = and a value"],
  }),
};

function matchCookie(scan: Scan, at: number): boolean {
  const start = scan.skip(at + "cookie:".length, BLANK, 8);
  const nameEnd = scan.skip(start, COOKIE_NAME, MAX_NAME);
  if (nameEnd === start || scan.code(nameEnd) !== 0x3d) return false;
  const end = headerEnd(scan, start);
  return end > nameEnd + 1 && scan.found(start, end);
}

/** RFC 6265 has more; these are what frameworks use, `connect.sid` and `connect%2Esid` among them. */
const COOKIE_NAME: number = WORD | HYPHEN | DOT | PERCENT;
