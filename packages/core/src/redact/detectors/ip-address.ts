import { ALNUM, classOf, DIGIT, DOT, HEX, WORD } from "../character-class.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { goesOn } from "../word-start.ts";

/** Dotted quads. Loopback and unspecified addresses say nothing about anybody and stay. */
export const ipv4Detector: TextDetector = {
  id: "ipv4",
  group: "ip",
  description: "IPv4 addresses other than loopback and unspecified ones",
  anchors: [],
  numbers: "any",
  digits: [1, 3],
  match: matchIpv4,
  examples: () => ({
    catches: ["from 203.0.113.7 port 22", "203.0.113.7:8080"],
    leaves: ["127.0.0.1", "0.0.0.0", "version 1.2.3", "v1.2.3.4", "1.2.3.4.5", "256.1.1.1", "10.1.2.3-rc1"],
  }),
};

function matchIpv4(scan: Scan, at: number): boolean {
  let i = at;
  let first = 0;
  let all = 0;
  for (let part = 0; part < 4; part++) {
    if (part > 0) {
      if (!scan.is(i, DOT) || (part === 1 && goesOn(scan, at, WORD | DOT))) return false;
      i++;
    }
    const start = i;
    let value = 0;
    for (; i - start < 4; i++) {
      const digit = scan.code(i) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    scan.steps += i - start + 1;
    if (i === start || i - start > 3 || value > 255) return false;
    if (part === 0) first = value;
    all |= value;
  }
  if (first === LOOPBACK || all === 0) return false;
  if (scan.is(i, WORD) || (scan.is(i, DOT) && scan.is(i + 1, DIGIT))) return false;
  if (scan.code(i) === HYPHEN && scan.is(i + 1, ALNUM)) return false;
  return scan.found(at, i);
}

const LOOPBACK = 127;

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
    const code = scan.code(end);
    if (code === COLON) colons++;
    else if ((classOf(code) & (HEX | DOT)) === 0) break;
  }
  scan.steps += end - at;
  scan.addressUntil = end;
  if (colons < 2) return false;
  while (end > start && scan.is(end - 1, DOT)) end--;
  if (scan.code(end - 1) === COLON && scan.code(end - 2) !== COLON) end--;
  if (goesOn(scan, start, WORD) || scan.is(end, WORD)) return false;
  return isIpv6(scan, start, end) && scan.found(start, end);
}

function skipBackAddress(scan: Scan, at: number): number {
  let start = at;
  while (start > 0 && at - start < 5 && scan.is(start - 1, HEX)) start--;
  scan.steps += at - start;
  return start;
}

/** Between the two offsets stand hexadecimal digits, dots and colons alone. */
function isIpv6(scan: Scan, start: number, end: number): boolean {
  let groups = 0;
  let digits = 0;
  let dots = 0;
  let hasDigit = false;
  let isShortened = false;
  for (let i = start; i < end; i++) {
    const code = scan.code(i);
    if (code !== COLON) {
      if (code === DOT_SIGN) {
        dots++;
        digits = 0;
      } else {
        digits++;
        if (digits > MAX_GROUP) return false;
        if (code <= DIGIT_NINE) hasDigit = true;
        else if (dots > 0) return false;
      }
      continue;
    }
    if (dots > 0) return false; // a dotted quad stands at the end alone
    if (digits > 0) groups++;
    else if (i > start && scan.code(i - 1) !== COLON) return false;
    digits = 0;
    if (scan.code(i + 1) !== COLON || i + 1 >= end) {
      if (i === start || i + 1 === end) return false; // a single colon at an end
      continue;
    }
    if (isShortened) return false;
    isShortened = true;
    i++;
    if (scan.code(i + 1) === COLON && i + 1 < end) return false;
  }
  scan.steps += end - start;
  if (digits === 0 && dots > 0) return false;
  if (digits > 0) groups += dots > 0 ? 2 : 1;
  if (dots !== 0 && dots !== 3) return false;
  if (!isShortened) return groups === 8;
  return groups <= 7 && (dots > 0 || (groups >= 2 && hasDigit));
}

const MAX_GROUP = 4;
const DOT_SIGN = 0x2e;
const DIGIT_NINE = 0x39;
const HYPHEN = 0x2d;
const COLON = 0x3a;
