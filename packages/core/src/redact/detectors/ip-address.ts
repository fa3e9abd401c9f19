import { ALNUM, DIGIT, DOT, HEX, WORD } from "../character-class.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";

/** Dotted quads. Loopback and unspecified addresses say nothing about anybody and stay. */
export const ipv4Detector: TextDetector = {
  id: "ipv4",
  group: "ip",
  description: "IPv4 addresses other than loopback and unspecified ones",
  anchors: [],
  numbers: "any",
  match: matchIpv4,
  examples: () => ({
    catches: ["from 203.0.113.7 port 22", "203.0.113.7:8080"],
    leaves: ["127.0.0.1", "0.0.0.0", "version 1.2.3", "v1.2.3.4", "1.2.3.4.5", "256.1.1.1", "10.1.2.3-rc1"],
  }),
};

function matchIpv4(scan: Scan, at: number): boolean {
  if (scan.is(at - 1, WORD | DOT)) return false;
  const end = quadEnd(scan, at);
  if (end < 0 || scan.is(end, WORD) || (scan.is(end, DOT) && scan.is(end + 1, DIGIT))) return false;
  if (scan.code(end) === HYPHEN && scan.is(end + 1, ALNUM)) return false;
  const first = scan.text.slice(at, scan.skip(at, DIGIT, 3));
  return first !== "127" && scan.text.slice(at, end) !== "0.0.0.0" && scan.found(at, end);
}

/** The end of a dotted quad, -1 if none begins at `at`. */
function quadEnd(scan: Scan, at: number): number {
  let i = at;
  for (let part = 0; part < 4; part++) {
    if (part > 0) {
      if (!scan.is(i, DOT)) return -1;
      i++;
    }
    const end = scan.skip(i, DIGIT, 4);
    if (end === i || end - i > 3 || Number.parseInt(scan.text.slice(i, end), 10) > 255) return -1;
    i = end;
  }
  return i;
}

/** RFC 4291 §2.2, all its forms. */
export const ipv6Detector: TextDetector = {
  id: "ipv6",
  group: "ip",
  description: "IPv6 addresses other than loopback and unspecified ones",
  anchors: [":"],
  match: matchIpv6,
  examples: () => ({
    catches: ["from 2001:db8::1 port 22", "[2001:db8:0:0:0:0:0:1]:443", "::ffff:203.0.113.7", "fe80::1%eth0"],
    leaves: ["::1", "::", "12:34:56", "std::vector", "Foo::Bar", "00:1b:44:11:3a:b7", "a::b"],
  }),
};

const MAX_IPV6 = 48;

function matchIpv6(scan: Scan, at: number): boolean {
  if (at < scan.addressUntil) return false;
  const start = skipBackAddress(scan, at);
  let end = at;
  let colons = 0;
  for (; end - start < MAX_IPV6; end++) {
    if (scan.code(end) === COLON) colons++;
    else if (!scan.is(end, HEX | DOT)) break;
  }
  scan.steps += end - at;
  scan.addressUntil = end;
  if (colons < 2) return false;
  while (end > start && scan.is(end - 1, DOT)) end--;
  if (scan.code(end - 1) === COLON && scan.code(end - 2) !== COLON) end--;
  if (scan.is(start - 1, WORD) || scan.is(end, WORD)) return false;
  return isIpv6(scan.text.slice(start, end)) && scan.found(start, end);
}

function skipBackAddress(scan: Scan, at: number): number {
  let start = at;
  while (start > 0 && at - start < 5 && scan.is(start - 1, HEX)) start--;
  scan.steps += at - start;
  return start;
}

function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2 || text === "::" || text === "::1") return false;
  const parts = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = parts[parts.length - 1] ?? "";
  const hasQuad = last.includes(".");
  const groups = hasQuad ? parts.slice(0, -1) : parts;
  if (!groups.every((group) => group.length >= 1 && group.length <= 4 && isHex(group))) return false;
  if (hasQuad && last.split(".").length !== 4) return false;
  const count = groups.length + (hasQuad ? 2 : 0);
  if (halves.length === 1) return count === 8;
  return count <= 7 && (hasQuad || (groups.length >= 2 && groups.some(hasDigit)));
}

function isHex(text: string): boolean {
  return Array.from(text).every((character) => "0123456789abcdefABCDEF".includes(character));
}

function hasDigit(text: string): boolean {
  return Array.from(text).some((character) => character >= "0" && character <= "9");
}

const HYPHEN = 0x2d;
const COLON = 0x3a;
