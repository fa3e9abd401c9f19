import { ALNUM, BLANK } from "../character-class.ts";
import { isQuote, quotedEnd } from "../pair-syntax.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";

const MAX_PART = 128;

/** The forms of data source names in which the password stands under no name. */
export const connectionStringDetector: TextDetector = {
  id: "connection-string",
  group: "credentials",
  description:
    "Passwords in Oracle JDBC addresses, in data source names of MySQL drivers, and after IDENTIFIED BY and SET PASSWORD FOR in SQL",
  anchors: ["jdbc:oracle:", "@tcp(", "@unix(", "identified by ", "identified with ", "set password for "],
  match: (scan, at) => matchOracle(scan, at) || matchDsn(scan, at) || matchSql(scan, at),
  examples: () => ({
    catches: [
      `jdbc:oracle:thin:scott/tiger@db:1521:orcl`,
      `app:hunter2@tcp(127.0.0.1:3306)/shop`,
      `CREATE USER app IDENTIFIED BY 'hunter2'`,
      `ALTER USER app IDENTIFIED WITH sha2 BY 'hunter2'`,
      `SET PASSWORD FOR app = 'hunter2'`,
    ],
    leaves: ["jdbc:oracle:thin:@db:1521:orcl", "app@tcp(127.0.0.1:3306)/shop", "identified by its number"],
  }),
};

function matchOracle(scan: Scan, at: number): boolean {
  if (!scan.startsWith("jdbc:oracle:", at)) return false;
  const driverEnd = scan.skip(at + "jdbc:oracle:".length, ALNUM, 16);
  if (scan.code(driverEnd) !== COLON) return false;
  const slash = find(scan, driverEnd + 1, SLASH, driverEnd + MAX_PART);
  const sign = slash < 0 ? -1 : find(scan, slash + 1, AT, slash + MAX_PART);
  return sign > slash + 1 && scan.labelEnd(slash + 1) !== sign && scan.found(slash + 1, sign);
}

function matchDsn(scan: Scan, at: number): boolean {
  if (scan.code(at) !== AT) return false;
  let start = at;
  while (
    at - start < MAX_PART &&
    start > scan.floor &&
    isInside(scan.code(start - 1)) &&
    scan.code(start - 1) !== PAREN_OPEN
  )
    start--;
  scan.steps += at - start;
  const colon = find(scan, start, COLON, at);
  return colon >= 0 && colon + 1 < at && scan.labelEnd(colon + 1) !== at && scan.found(colon + 1, at);
}

function matchSql(scan: Scan, at: number): boolean {
  const statement = STATEMENTS.find(({ begins }) => scan.startsWith(begins, at));
  if (statement === undefined) return false;
  const end =
    statement.joint === ""
      ? at + statement.begins.length
      : jointEnd(scan, at + statement.begins.length, statement.joint);
  const open = scan.skip(end, BLANK, 8);
  if (end < 0 || !isQuote(scan.code(open))) return false;
  const close = quotedEnd(scan, open + 1, 0, scan.code(open));
  return close > open + 1 && scan.labelEnd(open + 1) !== close && scan.found(open + 1, close);
}

/** What each statement begins with, and what stands before its password, with a user or the way of hashing between. */
const STATEMENTS: readonly { readonly begins: string; readonly joint: string }[] = [
  { begins: "identified by ", joint: "" },
  { begins: "identified with ", joint: " by " },
  { begins: "set password for ", joint: " = " },
];

/** Behind the first `joint` in the line, -1 without one. */
function jointEnd(scan: Scan, from: number, joint: string): number {
  const stop = from + MAX_PART;
  let i = from;
  while (i < stop && scan.code(i) > 0x1f && !(scan.code(i) === 0x20 && scan.startsWith(joint, i))) i++;
  scan.steps += i - from;
  return i < stop && scan.code(i) > 0x1f ? i + joint.length : -1;
}

/** The first `sign` within the word that `from` stands in and before `to`, -1 without one. */
function find(scan: Scan, from: number, sign: number, to: number): number {
  const known = Math.min(to, scan.runEnd(-sign, from));
  let i = known;
  while (i < to && isInside(scan.code(i)) && scan.code(i) !== sign) i++;
  scan.steps += i - known;
  if (i > known) scan.noteRun(-sign, from, i);
  return i < to && scan.code(i) === sign ? i : -1;
}

function isInside(code: number): boolean {
  return code > 0x20 && !isQuote(code) && code !== 0x3c && code !== 0x3e;
}

const PAREN_OPEN = 0x28;
const SLASH = 0x2f;
const COLON = 0x3a;
const AT = 0x40;
