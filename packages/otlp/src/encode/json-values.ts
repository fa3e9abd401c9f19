import type { LineText } from "./line-text.ts";
import type { OutputBuffer } from "./output-buffer.ts";
import type { ValueWriter } from "./record-writer.ts";

const COMMA = 44;

/** Writes values as the AnyValues of OTLP/JSON. Each part of a list has a comma behind it, of which the last is taken back. */
export class JsonValues implements ValueWriter {
  readonly #text: LineText;
  readonly #out: OutputBuffer;

  constructor(text: LineText, out: OutputBuffer) {
    this.#text = text;
    this.#out = out;
  }

  string(from: number, to: number, escaped: boolean): void {
    this.#out.ascii('{"stringValue":');
    this.json(from, to, escaped);
    this.#out.ascii("}");
  }

  plainText(text: string): void {
    this.#out.ascii(`{"stringValue":"${text}"}`);
  }

  bool(value: boolean): void {
    this.#out.ascii(`{"boolValue":${value}}`);
  }

  int(value: number): void {
    this.#out.ascii(`{"intValue":"${value}"}`);
  }

  long(value: bigint): void {
    this.#out.ascii(`{"intValue":"${value}"}`);
  }

  double(value: number): void {
    const text = Object.is(value, -0) ? "-0" : `${value}`;
    this.#out.ascii(Number.isFinite(value) ? `{"doubleValue":${text}}` : `{"doubleValue":"${text}"}`);
  }

  nothing(): void {
    this.#out.ascii("{}");
  }

  bytes64(from: number, to: number): void {
    this.#out.ascii('{"bytesValue":"');
    this.#out.copy(from, to);
    this.#out.ascii('"}');
  }

  beginList(): void {
    this.#out.ascii('{"arrayValue":{"values":[');
  }

  beginItem(): void {
    // A value begins where the one before it ended.
  }

  endItem(): void {
    this.#out.byte(COMMA);
  }

  endList(): void {
    this.close("]}}");
  }

  beginMap(): void {
    this.#out.ascii('{"kvlistValue":{"values":[');
  }

  beginEntry(keyFrom: number, keyTo: number, escaped: boolean): void {
    this.#out.ascii('{"key":');
    this.json(keyFrom, keyTo, escaped);
    this.#out.ascii(',"value":');
  }

  endEntry(): void {
    this.#out.ascii("},");
  }

  textEntry(keyFrom: number, keyTo: number, from: number, to: number): void {
    this.beginEntry(keyFrom, keyTo, false);
    this.string(from, to, false);
    this.endEntry();
  }

  endMap(): void {
    this.close("]}}");
  }

  /** Ends what may have a comma behind its last part. */
  close(text: string): void {
    if (this.#out.bytes[this.#out.at - 1] === COMMA) this.#out.at -= 1;
    this.#out.ascii(text);
  }

  /** Copies a string of the line, which is JSON already. */
  json(from: number, to: number, escaped: boolean): void {
    if (escaped) {
      // A lone surrogate may stand there as an escape; OTLP knows none.
      const text = JSON.parse(`"${this.#text.text(from, to)}"`) as string;
      const json = JSON.stringify(Buffer.from(text).toString());
      this.#out.at += this.#out.bytes.write(json, this.#out.at, "utf8");
      return;
    }
    this.#out.byte(34);
    this.#out.copy(from, to);
    this.#out.byte(34);
  }
}
