import {
  FILE_BOUNDS,
  type LocatedEntry,
  type LocatedValue,
  type ReadOutcome,
  type TextFault,
} from "./located-value.ts";

const WORDS = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/**
 * Reads one JSON value with the place of each part. `JSON.parse` would do but for the places: it names none, or a
 * stretch of the text itself, which may be a secret.
 * Source: RFC 8259.
 */
export function readJson(text: string): ReadOutcome {
  try {
    return { value: new JsonReader(text).document(), faults: [] };
  } catch (error) {
    if (error instanceof JsonFault) return { value: undefined, faults: [error.fault] };
    throw error;
  }
}

class JsonFault extends Error {
  readonly fault: TextFault;
  constructor(message: string, offset: number, kind: TextFault["kind"] = "syntax") {
    super(message);
    this.fault = { kind, message, offset };
  }
}

class JsonReader {
  readonly #space = /[ \t\n\r]*/y;
  readonly #number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
  readonly #quoted = /"[^"\\\p{Cc}]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\p{Cc}]*)*"/uy;
  readonly #text: string;
  #at = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): LocatedValue {
    const value = this.#value(0);
    this.#take(this.#space);
    if (this.#at < this.#text.length) throw new JsonFault("the file goes on after the end of its value", this.#at);
    return value;
  }

  #value(depth: number): LocatedValue {
    this.#take(this.#space);
    const offset = this.#at;
    this.#values += 1;
    if (this.#values > FILE_BOUNDS.maxValues || depth > FILE_BOUNDS.maxDepth) {
      throw new JsonFault("the file holds more values, or nests deeper, than any config does", offset, "bounds");
    }
    const first = this.#text[offset];
    if (first === "{") return this.#map(offset, depth);
    if (first === "[") return this.#list(offset, depth);
    if (first === '"') return { kind: "scalar", value: this.#string(), offset, end: this.#at };
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, offset)) continue;
      this.#at += word.length;
      return { kind: "scalar", value, offset, end: this.#at };
    }
    const number = this.#take(this.#number);
    if (number === "")
      throw new JsonFault(
        first === undefined ? "the file ends where a value should stand" : "no JSON value begins here",
        offset,
      );
    return { kind: "scalar", value: Number(number), offset, end: this.#at };
  }

  #map(offset: number, depth: number): LocatedValue {
    const entries: LocatedEntry[] = [];
    this.#at += 1;
    if (this.#closes("}")) return { kind: "map", entries, offset };
    for (;;) {
      this.#take(this.#space);
      const keyOffset = this.#at;
      if (this.#text[keyOffset] !== '"') throw new JsonFault("a key in double quotes should stand here", keyOffset);
      const key = this.#string();
      this.#take(this.#space);
      if (this.#text[this.#at] !== ":") throw new JsonFault("a colon should stand here", this.#at);
      this.#at += 1;
      entries.push({ key, offset: keyOffset, value: this.#value(depth + 1) });
      if (this.#closes("}")) return { kind: "map", entries, offset };
      this.#comma("}");
    }
  }

  #list(offset: number, depth: number): LocatedValue {
    const items: LocatedValue[] = [];
    this.#at += 1;
    if (this.#closes("]")) return { kind: "list", items, offset };
    for (;;) {
      items.push(this.#value(depth + 1));
      if (this.#closes("]")) return { kind: "list", items, offset };
      this.#comma("]");
    }
  }

  #string(): string {
    const offset = this.#at;
    const token = this.#take(this.#quoted);
    if (token === "")
      throw new JsonFault("this string is not closed, or holds a bad escape or a raw line break", offset);
    return JSON.parse(token) as string; // what #quoted matches is always a JSON string
  }

  #closes(bracket: string): boolean {
    this.#take(this.#space);
    if (this.#text[this.#at] !== bracket) return false;
    this.#at += 1;
    return true;
  }

  #comma(bracket: string): void {
    if (this.#text[this.#at] !== ",") throw new JsonFault(`a comma or ${bracket} should stand here`, this.#at);
    this.#at += 1;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += match.length;
    return match;
  }
}
