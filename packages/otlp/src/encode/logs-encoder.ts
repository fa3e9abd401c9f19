import type { EventLine } from "@plumbline/core";
import { assembleJson, JSON_FRAME } from "./json-assemble.ts";
import { JsonRecord } from "./json-record.ts";
import { LineScanner } from "./line-scanner.ts";
import { LineText } from "./line-text.ts";
import type { AssembleRequest, FrameBytes, LogsForm } from "./logs-form.ts";
import { LogsGroups } from "./logs-groups.ts";
import { assembleProto, PROTO_FRAME } from "./proto-assemble.ts";
import { ProtoRecord } from "./proto-record.ts";
import type { EncodedRequest, RequestEncoder, RequestEncoderOptions } from "./request-encoder.ts";
import { NOT_A_LINE } from "./scan-text.ts";

/** Makes an encoder that reads lines byte by byte and writes the request without an object in between. */
export function createLogsEncoder(options: RequestEncoderOptions = {}): RequestEncoder {
  const text = new LineText();
  return options.form === "json"
    ? new Encoder(text, new JsonRecord(text), assembleJson, JSON_FRAME, options.schemaUrl ?? "")
    : new Encoder(text, new ProtoRecord(text), assembleProto, PROTO_FRAME, options.schemaUrl ?? "");
}

class Encoder implements RequestEncoder {
  readonly #text: LineText;
  readonly #form: LogsForm;
  readonly #assemble: AssembleRequest;
  readonly #scanner: LineScanner;
  readonly #groups: LogsGroups;

  constructor(text: LineText, form: LogsForm, assemble: AssembleRequest, frame: FrameBytes, schemaUrl: string) {
    this.#text = text;
    this.#form = form;
    this.#assemble = assemble;
    this.#scanner = new LineScanner(text, form);
    this.#groups = new LogsGroups(text, form, this.#scanner, frame, schemaUrl);
  }

  encode(lines: readonly EventLine[], from: number, maxBytes: number): EncodedRequest {
    this.#form.clear();
    this.#groups.clear();
    let records = 0;
    let invalid = 0;
    let end = from;
    for (; end < lines.length; end++) {
      const line = lines[end];
      if (line === undefined) break;
      const start = this.#form.at;
      const verdict = this.#add(line, records === 0 ? Number.POSITIVE_INFINITY : maxBytes);
      if (verdict !== "added") this.#form.rewind(start);
      if (verdict === "full") break; // it is encoded again, into the next request
      if (verdict === "added") records += 1;
      else invalid += 1;
    }
    this.#text.release();
    const body =
      records === 0
        ? Buffer.alloc(0)
        : this.#assemble(this.#form.bytes.subarray(0, this.#form.at), this.#groups.resources);
    return { body, end, records, invalid };
  }

  #add(line: EventLine, maxBytes: number): "added" | "full" | "invalid" {
    const from = this.#form.at;
    this.#text.load(line);
    let tail = this.#groups.knownTail();
    if (!this.#scanner.scan(line, tail === 0 ? 0 : this.#text.end - tail)) return "invalid";
    if (tail > 0 && this.#scanner.schemaUrl.to > 0) {
      // The resource alone does not tell the group then: it is read after all.
      this.#form.rewind(from);
      tail = 0;
      if (!this.#scanner.scan(line, 0)) return "invalid";
    }
    const to = this.#form.at;
    try {
      const isKnown = tail > 0 && this.#scanner.resource.to === 0;
      return this.#groups.add(from, to, isKnown, maxBytes) ? "added" : "full";
    } catch (error) {
      if (error !== NOT_A_LINE) throw error;
      return "invalid";
    }
  }
}
