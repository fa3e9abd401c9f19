import type { TextRedactor } from "@plumbline/core";
import type { RawLine } from "@plumbline/jsonl";
import { isRecord } from "../input/fields.ts";
import { parseJson } from "../input/parse-json.ts";
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
 * Redacts input line by line: a line that is a JSON object or array by names and texts, any other as text. What holds no secret comes out byte for
 * byte as it went in. The lines of a private key are looked at together.
 */
export class LineRedactor {
  readonly #redactor: TextRedactor;
  #held: RawLine[] = [];
  #line = 0;

  constructor(redactor: TextRedactor) {
    this.#redactor = redactor;
  }

  /** Takes the next line; gives what can be shown by now. */
  take(line: RawLine): readonly RedactedPart[] {
    const text = decode(line);
    if (this.#held.length === 0 && !(KEY_BEGIN.test(text) && !KEY_END.test(text))) return [this.#redact([line])];
    this.#held.push(line);
    return KEY_END.test(text) || this.#held.length >= MAX_KEY_LINES ? this.end() : [];
  }

  /** What was held back, at the end of the input. */
  end(): readonly RedactedPart[] {
    const held = this.#held;
    this.#held = [];
    return held.length === 0 ? [] : [this.#redact(held)];
  }

  #redact(lines: readonly RawLine[]): RedactedPart {
    const first = this.#line + 1;
    this.#line += lines.length;
    const [only] = lines;
    if (only?.problem === "too-long") {
      // Only its beginning is known: what is not seen is not shown.
      const label = `[redacted: a line of ${only.size} bytes]${only.terminator}`;
      return { bytes: Buffer.from(label), findings: [{ line: first, column: 1, field: undefined, rule: "too-long" }] };
    }
    const asJson = lines.length === 1 && only !== undefined ? this.#redactJson(only, first) : undefined;
    return asJson ?? this.#redactText(lines, first);
  }

  #redactJson(line: RawLine, number: number): RedactedPart | undefined {
    const { text } = line;
    if (line.problem !== undefined || !/^\s*[[{]/.test(text)) return undefined;
    let parsed: unknown;
    try {
      parsed = parseJson(text);
    } catch {
      return undefined; // text that begins with a bracket
    }
    if (!isRecord(parsed) && !Array.isArray(parsed)) return undefined;
    const { value, found } = redactValue(parsed, this.#redactor);
    const shown = found.length === 0 ? text : writeJson(value);
    return {
      bytes: Buffer.from(shown + line.terminator),
      findings: found.map(({ rule, field }) => ({ line: number, column: undefined, field, rule })),
    };
  }

  #redactText(lines: readonly RawLine[], first: number): RedactedPart {
    const isUtf8 = lines.every((line) => line.problem === undefined);
    const text = lines.map((line) => decode(line) + line.terminator).join("");
    const secrets = this.#redactor.find(text);
    return {
      bytes: Buffer.from(secrets.length === 0 ? text : this.#redactor.text(text), isUtf8 ? "utf8" : "latin1"),
      findings: secrets.map(({ detector, start }) => {
        const before = text.slice(0, start).split("\n");
        return {
          line: first + before.length - 1,
          column: (before.at(-1)?.length ?? 0) + 1,
          field: undefined,
          rule: detector,
        };
      }),
    };
  }
}

/** What is not UTF-8 is read as Latin-1, which has a character for every byte: it comes out as it went in. */
function decode(line: RawLine): string {
  return line.problem === "not-utf8" ? line.bytes.toString("latin1") : line.text;
}
