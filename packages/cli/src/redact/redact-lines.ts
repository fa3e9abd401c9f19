import type { SecretFinding, TextRedactor } from "@plumbline/core";
import type { RawLine } from "@plumbline/jsonl";
import { isRecord } from "../input/fields.ts";
import { parseJson } from "../input/parse-json.ts";
import { outlineOf } from "../input/json-outline.ts";
import { isOpen, linesAtRest, linesToShow, WINDOW } from "./line-window.ts";
import { redactValue } from "./redact-value.ts";
import { writeJson } from "./write-json.ts";

/** What was found in the input. */
export interface InputFinding {
  /** 1 for the first line. */
  readonly line: number;
  /** 1 for the first UTF-16 code unit of the line; `undefined` where the line is JSON. */
  readonly column: number | undefined;
  /** Where the line is JSON: the property. */
  readonly field: string | undefined;
  readonly rule: string;
}

/** A stretch of input as it may be shown. */
export interface RedactedPart {
  readonly bytes: Uint8Array;
  readonly findings: readonly InputFinding[];
}

/** A key in PEM form goes over several lines, and only together do they look like one. Sources: RFC 7468; PGP's armour is alike. */
const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/;
const KEY_END = /-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/;
/** A key without an end is given up after so many lines. */
const MAX_KEY_LINES = 400;

/**
 * Redacts input: a line that is a JSON object or array by names and texts, all others together as text, in windows, since a name and its value may stand in lines of
 * their own. What holds no secret comes out byte for byte as it went in.
 */
export class LineRedactor {
  readonly #redactor: TextRedactor;
  /** Lines of text that are not shown yet. */
  #held: HeldLine[] = [];
  #size = 0;
  /** The size at which it is next tried to show some of them. */
  #nextSize = WINDOW;
  /** Lines since that in which a private key began; 0 outside of one. */
  #keyLines = 0;
  #line = 0;

  constructor(redactor: TextRedactor) {
    this.#redactor = redactor;
  }

  /** Takes the next line; gives what can be shown by now. */
  take(line: RawLine): readonly RedactedPart[] {
    const text = decode(line);
    const isKey = this.#keyLines > 0 || (KEY_BEGIN.test(text) && !KEY_END.test(text));
    const parsed = isKey || line.problem !== undefined ? undefined : parse(text);
    if ((parsed !== undefined && !this.#isAwaited()) || line.problem === "too-long") {
      const before = this.end();
      this.#line += 1;
      return [...before, parsed === undefined ? tooLong(line, this.#line) : this.#redactJson(line, parsed)];
    }
    // Text in UTF-8 and bytes that are none are written otherwise.
    const before = this.#held[0] !== undefined && this.#held[0].raw.problem !== line.problem ? this.end() : [];
    this.#held.push({ raw: line, text: text + line.terminator, parsed });
    this.#size += text.length + line.terminator.length;
    this.#keyLines = isKey && !KEY_END.test(text) && this.#keyLines < MAX_KEY_LINES ? this.#keyLines + 1 : 0;
    return [...before, ...this.#grown()];
  }

  /** What can be shown when no more lines come for a while. */
  rest(): readonly RedactedPart[] {
    return this.#keyLines > 0 ? [] : this.#show(linesAtRest(this.#texts(), this.#redactor));
  }

  /** What was held back, at the end of the input. */
  end(): readonly RedactedPart[] {
    this.#keyLines = 0;
    return this.#show(this.#held.length);
  }

  /** Whether a line that is JSON by itself may belong to the text before it, as the items of a list that is laid out for people do. */
  #isAwaited(): boolean {
    const last = this.#held.at(-1);
    return last !== undefined && isOpen(last.text, this.#redactor);
  }

  #texts(): string[] {
    return this.#held.map(({ text }) => text);
  }

  #grown(): readonly RedactedPart[] {
    if (this.#keyLines > 0 || this.#size < this.#nextSize) return [];
    const count = linesToShow(this.#texts(), this.#redactor);
    if (count === 0) this.#nextSize = 2 * this.#size;
    return this.#show(count);
  }

  /** Shows the first `count` of the lines that are held. */
  #show(count: number): readonly RedactedPart[] {
    if (count === 0) return [];
    const lines = this.#held.slice(0, count);
    this.#held = this.#held.slice(count);
    this.#size = this.#held.reduce((sum, { text }) => sum + text.length, 0);
    this.#nextSize = this.#size + WINDOW;
    const first = this.#line + 1;
    this.#line += count;
    return [this.#redactText(lines, first)];
  }

  #redactJson(line: RawLine, parsed: ParsedLine): RedactedPart {
    const number = this.#line;
    if (parsed.hasRepeatedNames) {
      const part = this.#redactRepeated(line, number);
      if (part !== undefined) return part;
    }
    const { value, found } = redactValue(parsed.value, this.#redactor);
    const shown = found.length === 0 ? line.text : writeJson(value);
    return {
      bytes: Buffer.from(shown + line.terminator),
      findings: found.map(({ rule, field }) => ({ line: number, column: undefined, field, rule })),
    };
  }

  /** Of the values under a name that an object has twice only the last is parsed: as text, all are seen. `undefined` where nothing is found so. */
  #redactRepeated(line: RawLine, number: number): RedactedPart | undefined {
    const findings = placesOf([line.text], this.#redactor.find(line.text), number);
    if (findings.length === 0) return undefined;
    const text = this.#redactor.text(line.text);
    const parsed = parse(text);
    const { value, found } = redactValue(parsed?.value, this.#redactor);
    return {
      bytes: Buffer.from((found.length === 0 ? text : writeJson(value)) + line.terminator),
      findings: [...findings, ...found.map(({ rule, field }) => ({ line: number, column: undefined, field, rule }))],
    };
  }

  #redactText(lines: readonly HeldLine[], first: number): RedactedPart {
    const given = lines.map(({ text }) => text);
    const secrets = this.#redactor.find(given.join(""));
    const findings = placesOf(given, secrets, first);
    const known = linesWithin(given, secrets);
    const texts = lines.map((line, index) => {
      const isKnown = known.has(index);
      if (isKnown && line.parsed === undefined) return line.text;
      const alone = this.#redactAlone(line, first + index);
      if (!isKnown) findings.push(...alone.findings);
      return alone.text;
    });
    const text = texts.join("");
    return {
      bytes: Buffer.from(findings.length === 0 ? text : this.#redactor.text(text), encodingOf(lines)),
      findings: findings.toSorted((a, b) => a.line - b.line),
    };
  }

  /** A line by itself: one that is JSON by its names, one that is a word by what it encodes. */
  #redactAlone({ raw, text, parsed }: HeldLine, line: number): AloneLine {
    if (parsed !== undefined) {
      const { value, found } = redactValue(parsed.value, this.#redactor);
      const findings = found.map(({ rule, field }) => ({ line, column: undefined, field, rule }));
      return { text: found.length === 0 ? text : writeJson(value) + raw.terminator, findings };
    }
    if (!isWord(text)) return { text, findings: [] };
    const word = text.trimEnd();
    const findings = this.#redactor
      .find(word)
      .map(({ detector: rule }) => ({ line, column: 1, field: undefined, rule }));
    return { text: findings.length === 0 ? text : this.#redactor.text(word) + text.slice(word.length), findings };
  }
}

/** Shorter words are no base64 that is looked into. */
const MIN_WORD = 12;

/** Whether a line is one word, and so may be base64, which is known where a value is nothing else. */
function isWord(line: string): boolean {
  return line.length >= MIN_WORD && !line.includes(" ");
}

/** What is not UTF-8 was read as Latin-1. */
function encodingOf([first]: readonly HeldLine[]): "utf8" | "latin1" {
  return first?.raw.problem === undefined ? "utf8" : "latin1";
}

/** Where the secrets, which are given in order, begin in these lines. */
function placesOf(lines: readonly string[], secrets: readonly SecretFinding[], first: number): InputFinding[] {
  let index = 0;
  let lineStart = 0;
  return secrets.map(({ detector, start }) => {
    for (; index < lines.length - 1; index++) {
      const next = lineStart + (lines[index]?.length ?? 0);
      if (next > start) break;
      lineStart = next;
    }
    return { line: first + index, column: start - lineStart + 1, field: undefined, rule: detector };
  });
}

/** Which of these lines have a part of a secret. */
function linesWithin(lines: readonly string[], secrets: readonly SecretFinding[]): ReadonlySet<number> {
  const within = new Set<number>();
  let at = 0;
  let next = 0;
  for (const [index, { length }] of lines.entries()) {
    for (; (secrets[next]?.end ?? Infinity) <= at; next++);
    if ((secrets[next]?.start ?? Infinity) < at + length) within.add(index);
    at += length;
  }
  return within;
}

/** A line of text, and what it is if it is JSON by itself. */
interface HeldLine {
  readonly raw: RawLine;
  /** With its end. */
  readonly text: string;
  readonly parsed: ParsedLine | undefined;
}

/** A line that was looked at by itself. */
interface AloneLine {
  readonly text: string;
  readonly findings: readonly InputFinding[];
}

interface ParsedLine {
  readonly value: unknown;
  readonly hasRepeatedNames: boolean;
}

/** The JSON object or array that a line is; `undefined` of any other line, and where it is nested too deep. */
function parse(line: string): ParsedLine | undefined {
  if (!/^\s*[[{]/.test(line)) return undefined;
  try {
    const value = parseJson(line);
    if (!isRecord(value) && !Array.isArray(value)) return undefined;
    const { isDeep, hasRepeatedNames } = outlineOf(line, value);
    return isDeep ? undefined : { value, hasRepeatedNames };
  } catch {
    return undefined; // text that begins with a bracket
  }
}

/** Only its beginning is known: what is not seen is not shown. */
function tooLong(line: RawLine, number: number): RedactedPart {
  const label = `[redacted: a line of ${line.size} bytes]${line.terminator}`;
  return { bytes: Buffer.from(label), findings: [{ line: number, column: 1, field: undefined, rule: "too-long" }] };
}

/** What is not UTF-8 is read as Latin-1, which has a character for every byte: it comes out as it went in. */
function decode(line: RawLine): string {
  return line.problem === "not-utf8" ? line.bytes.toString("latin1") : line.text;
}
