import { ALPHA, BASE64_URL, BLANK, DIGIT, DOT, EQUALS, LINE_END, PERCENT } from "../character-class.ts";
import type { KeyRules, NameClass } from "../key-rules.ts";
import { hasParameterBehind, isCode, isKeyword, isParameter, isVariable } from "../code-judgement.ts";
import { content, contentStart, isSecretContent } from "../markup.ts";
import { isBuildSecret, isHarmless, isPassParameter, isSlug, pastDefault } from "../harmless-value.ts";
import { calledWith, isMentioned, isOption, isPlainArgument } from "../mention.ts";
import { isLabelAlone } from "../labelled-value.ts";
import { nameEndOf, nameStartOf } from "../name-bounds.ts";
import { nameTokens } from "../name-tokens.ts";
import { isNestedSecret, isPart, parentName } from "../nested-names.ts";
import { listedWords } from "../listed-words.ts";
import { blockEnd, cutOffEnd, linesBelow, nestedEnd, shownEnd } from "../nested-value.ts";
import { findPartner, isNamingAttribute, skipIndex } from "../pair-partner.ts";
import { bareEnd, type Joint, NAME, readSeparator, type Separator, skipLineSign, skipQuote } from "../pair-syntax.ts";
import { matchQuoted, pastProperties, skipPrefix } from "../quoted-value.ts";
import type { Scan } from "../scan.ts";
import type { TextDetector } from "../text-detector.ts";
import { toldValue } from "../told-value.ts";
import { isAmount, isNoSecret, isPath, looksSecret } from "../value-judgement.ts";
import { wordStart } from "../word-start.ts";

/** Longer names are judged by their end. */
const MAX_NAME = 96;
const MAX_WORD = 24;

/** A shorter parameter of an address is none of the secrets that have harmless names. */
const MIN_QUERY_VALUE = 16;

/** Names and their values as text has them: `name = value`, `name: value`, `"name":"value"`, `name=value&`, `--name value`, `<name>value`. */
export function keyValueDetector(anchors: readonly string[], names: KeyRules): TextDetector {
  return {
    id: "key-value",
    group: "credentials",
    description:
      "Values under a secret's name in text: assignments, JSON at any depth of quoting, forms, query strings, options, XML",
    anchors,
    match: (scan, at) => matchPair(scan, at, names),
    examples: () => ({
      catches: [
        "password=hunter2",
        "db.password: hunter2",
        '{"apiKey":"0a1b2c3d","page":1}',
        '{\\"client_secret\\":\\"s3cr3t\\"}',
        "user=a&token=abc123&b=c",
        "run --db-password hunter2 --verbose",
        "<password>hunter2</password>",
        "Server=db;User Id=sa;Password=p;w,x;Encrypt=true",
        "your verification code is 493817",
        "Incorrect API key provided: Zq7hunter2x9Qw5T.",
        "login failed for bob with password h4nter2Qx9",
        "secret_key -> s3cr3tk3y",
        's:8:"password";s:7:"hunter2";',
        "<key>password</key><string>hunter2</string>",
        'password = """hunter2"""',
      ],
      leaves: [
        "password must have 8 characters",
        "Token expired",
        "keyboard=qwerty",
        "max_tokens=4096",
        "SyntaxError: Unexpected token: end of input",
        'password=""',
        "PWD=/srv/app",
        "Failed password for invalid user admin2 from 203.0.113.7",
        "password field2 is too short",
        "API key provided: see the documentation",
        "| password | changed at |",
        "at Token.parse (/app/token.ts:10:5)",
      ],
    }),
  };
}

function matchPair(scan: Scan, at: number, names: KeyRules): boolean {
  if (at < scan.judgedUntil) return false;
  const nameEnd = nameEndOf(scan, at, names.hasForeign);
  scan.judgedUntil = nameEnd;
  const separator = readSeparator(scan, nameEnd);
  if (separator === undefined) return matchPartner(scan, nameEnd, names);
  if (isLabelAlone(scan, separator) || isHeader(scan, nameEnd, separator)) return false;
  const nameStart = startOfName(scan, nameEnd, names);
  const fitting = fittingJoint(scan, nameStart, nameEnd, separator);
  if (fitting === undefined) return matchPartner(scan, nameEnd, names);
  const isBlank = fitting.joint === "blank";
  const isMention = isBlank && !isOption(scan, nameStart, fitting);
  const told = isMention ? toldValue(scan, nameEnd) : undefined;
  if (isMention && told === undefined && !isMentioned(scan, nameEnd, fitting)) return false;
  const name = scan.text.slice(nameStart, nameEnd);
  const nameClass = classifyName(scan, nameStart, name, names);
  if (told !== undefined)
    return (nameClass === "password" || nameClass === "secret") && scan.found(told.start, told.end);
  if (nameClass === "plain" || (isMention && nameClass !== "password")) return false;
  if (nameClass === "query" && !isInAddress(scan, nameStart)) return false;
  if (isResource(scan, nameStart)) return false;
  if (fitting.joint === "call") {
    const called = nameClass === "password" ? calledWith(scan, fitting) : undefined;
    return called !== undefined && scan.found(called.start, called.end);
  }
  const isArgument = isBlank && nameClass === "password" && isPlainArgument(scan, nameStart, fitting);
  const given = isArgument ? tightly(fitting) : pastDefault(scan, nameStart, fitting);
  return given !== undefined && matchValue(scan, given, nameStart, name, nameClass);
}

/** What stands before a name tells whether it is an element's, or an attribute's that names one; `undefined` where it is neither and should be. */
function fittingJoint(scan: Scan, nameStart: number, nameEnd: number, separator: Separator): Separator | undefined {
  const before = scan.code(nameStart - 1);
  const isElement = before === 0x3c || before === 0x3a;
  if (separator.joint === "markup" && scan.code(nameEnd) !== 0x3c) return isElement ? separator : undefined;
  if (separator.joint === "attribute") return isNamingAttribute(scan, nameStart) ? separator : undefined;
  if (separator.joint !== "blank" || !isElement) return separator;
  const start = contentStart(scan, nameEnd);
  return start < 0 ? separator : { joint: "markup", end: start, quote: "" };
}

/**
 * The letter of an escape (`\napi_key=x`) is left out where what is behind it is a secret's name, or would be without its first word (`\nmax_token=5`): a
 * folder's may begin with such a letter.
 */
function startOfName(scan: Scan, nameEnd: number, names: KeyRules): number {
  const start = nameStartOf(scan, nameEnd, MAX_NAME, names.hasForeign);
  const behind = wordStart(scan, start);
  if (behind === start || behind >= nameEnd) return start;
  const name = scan.text.slice(behind, nameEnd);
  if (classOf(scan, name, names) !== "plain") return behind;
  const rest = nameTokens(name).slice(1).join("_");
  return rest !== "" && classOf(scan, rest, names) !== "plain" ? behind : start;
}

/** The name is a text itself, and its value another: in a list, or in an object of a name and a value. */
function matchPartner(scan: Scan, nameEnd: number, names: KeyRules): boolean {
  const end = skipIndex(scan, nameEnd);
  if (skipQuote(scan, end) === end) return false;
  const nameStart = nameStartOf(scan, nameEnd, MAX_NAME, names.hasForeign);
  const name = scan.text.slice(nameStart, nameEnd);
  const nameClass = classifyName(scan, nameStart, name, names);
  if (nameClass === "plain" || nameClass === "query") return false;
  const partner = findPartner(scan, nameStart, nameEnd);
  if (partner === undefined) return false;
  return matchValue(scan, partner.separator, nameStart, name, partner.isDoubtful ? "cautious" : nameClass);
}

/** `API key: x` and `verification code: x` have their names in two words. */
function classifyName(scan: Scan, nameStart: number, name: string, names: KeyRules): NameClass {
  const nameClass = classOf(scan, name, names);
  if (nameClass === "password" || nameClass === "secret" || nameClass === "cautious") return nameClass;
  if (isPart(name) && isNestedSecret(parentName(scan, nameStart), name)) return "secret";
  if (!scan.is(nameStart - 1, BLANK)) return nameClass;
  const before = wordStart(scan, scan.skipBack(nameStart - 1, NAME, MAX_WORD));
  const both =
    before < nameStart - 1 ? classOf(scan, scan.text.slice(before, nameStart + name.length), names) : "plain";
  return both === "plain" ? nameClass : both;
}

/** A name that is not kept from text to text may still come again and again in one. */
function classOf(scan: Scan, name: string, names: KeyRules): NameClass {
  const known = scan.names.get(name);
  if (known !== undefined) return known;
  const found = names.classify(name);
  if (scan.names.size === MAX_KNOWN) scan.names.clear();
  scan.names.set(name, found);
  return found;
}

const MAX_KNOWN = 64;

/** `Authorization: …` and `Cookie: …` are headers, which have detectors of their own. These leave a value in quotes, as Node shows it. */
function isHeader(scan: Scan, nameEnd: number, { end: open }: Separator): boolean {
  if (scan.code(nameEnd) !== 0x3a || !HEADER_ENDS.has(scan.code(nameEnd - 1) | CASE_BIT)) return false;
  if (!HEADERS.some((header) => scan.startsWith(header, nameEnd - header.length))) return false;
  const start = skipQuote(scan, open);
  return start === open || !looksSecret(scan, start, bareEnd(scan, start));
}

const HEADERS: readonly string[] = ["cookie", "authorization"];
const HEADER_ENDS: ReadonlySet<number> = new Set(HEADERS.map((header) => header.charCodeAt(header.length - 1)));

function isInAddress(scan: Scan, nameStart: number): boolean {
  const before = scan.code(nameStart - 1);
  return before === 0x3f || before === 0x26 || before === 0x23;
}

/** `arn:aws:secretsmanager:eu-west-1:123456789012:secret:db`: the name of where one is kept. */
function isResource(scan: Scan, nameStart: number): boolean {
  return scan.code(nameStart - 1) === 0x3a && scan.startsWith("secret:", nameStart) && scan.is(nameStart - 2, DIGIT);
}

function matchValue(scan: Scan, given: Separator, nameStart: number, name: string, nameClass: NameClass): boolean {
  const separator = pastProperties(scan, given);
  const open = skipPrefix(scan, separator.end);
  const start = skipQuote(scan, open);
  if (isBuildSecret(scan, name, start)) return false;
  if (start > open) return matchQuoted(scan, open, start, nameClass);
  const backslashes = Math.max(0, separator.quote.length - 1);
  const first = scan.code(start);
  const isLabelled = scan.labelEnd(start) >= 0;
  if (separator.quote !== "" && (first === 0x7b || first === 0x5b)) {
    const nested = nestedEnd(scan, start, backslashes);
    const end = nested < 0 ? cutOffEnd(scan, start) : nested;
    if (end > start + 2) return scan.found(start, end, separator.quote);
  } else if (separator.quote === "" && nameClass !== "query" && !isLabelled) {
    const end = shownEnd(scan, start);
    if (end > start + 2) return scan.found(start, end);
    const below = (scan.is(start, LINE_END) ? linesBelow(scan, start) : undefined) ?? listedWords(scan, start, name);
    if (below !== undefined) return scan.found(below.start, below.end);
  }
  if (separator.joint === "markup" || separator.joint === "attribute") return matchContent(scan, separator, nameClass);
  const block = blockEnd(scan, start);
  if (block >= 0) return scan.found(start, block);
  if (!isLabelled && separator.joint !== "line" && isCode(scan, start) && !isGiven(scan, nameStart, start))
    return false;
  const end = valueEnd(scan, start, separator.joint);
  if (scan.labelEnd(start) === end) return false;
  const fits = fitsValue(scan, start, end, separator, nameClass) || isPassParameter(scan, name, nameStart, start, end);
  if (!fits || isNoSecret(scan, start, end)) return false;
  if (isVariable(scan, start, end) || isKeyword(scan, start, end)) return false;
  if (nameClass === "secret" && separator.quote === "" && isAmount(scan, start, end)) return false;
  if (isPath(scan, start, end) && name.toLowerCase().endsWith("pwd")) return false;
  if (isHarmless(scan, { name, nameStart, start, end, joint: separator.joint })) return false;
  return scan.found(start, end, separator.quote);
}

/** A parameter of an address, a form or a connection string is given as it is: no code, whatever it looks like. */
function isGiven(scan: Scan, nameStart: number, start: number): boolean {
  if (scan.code(start - 1) !== 0x3d) return false;
  return isParameter(scan, nameStart) || hasParameterBehind(scan, bareEnd(scan, start));
}

function matchContent(scan: Scan, { joint, end: from }: Separator, nameClass: NameClass): boolean {
  const { start, end } = content(scan, from);
  if (scan.labelEnd(start) === end || isNoSecret(scan, start, end)) return false;
  if (joint === "attribute" && !isSecretContent(scan, start, end)) return false;
  if (nameClass === "query" || (nameClass === "cautious" && !looksSecret(scan, start, end))) return false;
  return scan.found(start, end);
}

function valueEnd(scan: Scan, start: number, joint: Joint): number {
  if (joint === "line") return lineEnd(scan, start);
  return wordEnd(scan, start);
}

/** What stands where prose could stand must look like a secret, or at least end the line and not look like prose. */
function fitsValue(scan: Scan, start: number, end: number, { joint }: Separator, nameClass: NameClass): boolean {
  if (nameClass === "query") return isLongWord(scan, start, end);
  if (nameClass !== "cautious" && joint !== "loose" && joint !== "spoken" && joint !== "blank") return true;
  if (looksSecret(scan, start, end)) return true;
  return nameClass === "password" && joint === "loose" && endsLine(scan, start, end) && !isProse(scan, start, end);
}

/** No prose is made of what stands before it: a plain word is a value there too. */
function tightly({ end, quote }: Separator): Separator {
  return { joint: "tight", end, quote };
}

/** The end of a bare value; where it is the name of a scheme (`Bearer abc`), of the word after it. */
function wordEnd(scan: Scan, start: number): number {
  const label = scan.labelEnd(start);
  const end = bareEnd(scan, Math.max(start, label));
  if (label >= 0 || end - start > 6 || !SCHEME_BEGINNINGS.has(scan.code(start) | CASE_BIT) || !scan.is(end, BLANK))
    return end;
  const isScheme = SCHEMES.some((scheme) => end - start === scheme.length && scan.startsWith(scheme, start));
  return isScheme ? bareEnd(scan, scan.skip(end, BLANK, 4)) : end;
}

const SCHEMES: readonly string[] = ["bearer", "basic", "token", "digest"];
const SCHEME_BEGINNINGS: ReadonlySet<number> = new Set(SCHEMES.map((scheme) => scheme.charCodeAt(0)));
const CASE_BIT = 0x20;

/** The end of the line, also where the line's end is escaped. */
function lineEnd(scan: Scan, start: number): number {
  let i = start;
  while (scan.code(i) >= 0 && skipLineSign(scan, i) === i) i++;
  scan.steps += i - start;
  return i;
}

function isLongWord(scan: Scan, start: number, valueEnd: number): boolean {
  const end = scan.is(valueEnd - 1, DOT) ? valueEnd - 1 : valueEnd;
  return (
    end - start >= MIN_QUERY_VALUE &&
    scan.skip(start, BASE64_URL | EQUALS | PERCENT, end - start) === end &&
    !isSlug(scan, start, end) &&
    looksSecret(scan, start, end)
  );
}

/** Whether nothing but punctuation stands behind the value in its line or clause. */
function endsLine(scan: Scan, start: number, end: number): boolean {
  const after = scan.code(end);
  const isClosed = after === 0x2c || after === 0x3b || after === 0x29 || after === 0x7d || after === 0x5d;
  const comment = scan.is(end, BLANK) ? scan.skip(end, BLANK, 32) : end;
  if (end - start >= 4 && scan.code(comment) === 0x23 && comment > end && scan.is(comment + 1, BLANK)) return true;
  return end - start >= 4 && (after < 0 || scan.is(end, LINE_END) || isClosed || after === 0x5c);
}

/** A last word that prose ends with: `NAME_IN_CAPITALS`, `kebab-case-words`, `a.b.c()`, `accepted`. */
function isProse(scan: Scan, start: number, end: number): boolean {
  if (scan.startsWith("ed", end - 2)) return true;
  return scan.skip(start, ALPHA, end - start) < end;
}
