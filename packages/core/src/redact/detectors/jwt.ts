import { BASE64_URL, DOT, EQUALS, WORD } from "../character-class.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { goesOn } from "../word-start.ts";

/** RFC 7519, in the compact form of RFC 7515 and RFC 7516: three or five parts, the first of which is JSON that begins with `{"`. */
export const jwtDetector: TextDetector = {
  id: "jwt",
  group: "credentials",
  description: "JSON Web Tokens, signed or encrypted, also without a signature or cut off in the last part",
  anchors: ["eyJ"],
  hasExactAnchors: true,
  match: matchJwt,
  examples: () => {
    const part = (text: string): string => Buffer.from(text).toString("base64url");
    const token = [part('{"alg":"HS256","typ":"JWT"}'), part('{"sub":"1234567890"}'), "x".repeat(43)].join(".");
    return {
      catches: [token, `got ${token};`, `https://example.org/#id=${token}`],
      leaves: ["eyJ", "the prefix eyJ begins a JSON object", `heyJude.${"a".repeat(20)}`, part('{"page":2,"size":10}')],
    };
  },
};

function matchJwt(scan: Scan, at: number): boolean {
  if (scan.code(at) !== 0x65 || scan.code(at + 1) !== 0x79 || scan.code(at + 2) !== 0x4a) return false;
  if (goesOn(scan, at, WORD) || at < scan.tokenUntil) return false;
  const length = scan.text.length;
  const headerEnd = scan.skip(at, BASE64_URL | EQUALS, length);
  scan.tokenUntil = headerEnd; // what begins within ends there too, and is no more a token than this
  if (headerEnd - at < 12 || !scan.is(headerEnd, DOT)) return false;
  const payloadEnd = scan.skip(headerEnd + 1, BASE64_URL | EQUALS, length);
  if (payloadEnd - headerEnd < 2 && !scan.is(payloadEnd, DOT)) return false;
  return scan.found(at, scan.skip(payloadEnd, BASE64_URL | EQUALS | DOT, length));
}
