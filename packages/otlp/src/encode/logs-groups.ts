import type { LineText } from "./line-text.ts";
import type { ByteRange, LineScanner } from "./line-scanner.ts";
import type { FrameBytes, LogsForm, ResourceGroup, ScopeGroup } from "./logs-form.ts";
import { NOT_A_LINE, TextScanner } from "./scan-text.ts";

/** So many resources and scopes are kept encoded; a process has one resource and a few scopes. */
const MAX_KEPT = 256;
const EMPTY = Buffer.alloc(0);

interface Scope {
  readonly bytes: Buffer | undefined;
  readonly schemaUrl: string;
}

/**
 * Sorts the records of a request by resource and scope. Both are encoded once and kept; of a line whose resource is the same text, at the
 * end of the line, as that of the one before, not even the text is read.
 */
export class LogsGroups {
  readonly #text: LineText;
  readonly #form: LogsForm;
  readonly #scanner: LineScanner;
  readonly #scopeScanner: TextScanner;
  readonly #frame: FrameBytes;
  readonly #defaultSchemaUrl: string;
  readonly #resources = new Map<string, Buffer>();
  readonly #scopes = new Map<string, Scope>();
  readonly #groups = new Map<string, ResourceGroup>();
  readonly #scopeGroups = new Map<ResourceGroup, Map<string, ScopeGroup>>();
  #resource: ResourceGroup | undefined;
  #scope: ScopeGroup | undefined;
  /** Of the request, beside its records. */
  #frameBytes = 0;
  /** The scope's text in the line before, as bytes. */
  #scopeText: Buffer = EMPTY;
  /** `,"resource":{…}}`, as it ended the line before. */
  #tail: DataView | undefined;

  constructor(text: LineText, form: LogsForm, scanner: LineScanner, frame: FrameBytes, defaultSchemaUrl: string) {
    this.#text = text;
    this.#form = form;
    this.#scanner = scanner;
    this.#scopeScanner = new TextScanner(text);
    this.#frame = frame;
    this.#defaultSchemaUrl = defaultSchemaUrl;
  }

  /** Begins a request. */
  clear(): void {
    this.#groups.clear();
    this.#scopeGroups.clear();
    this.#resource = undefined;
    this.#scope = undefined;
    this.#tail = undefined;
    this.#frameBytes = this.#frame.request;
    if (this.#resources.size > MAX_KEPT) this.#resources.clear();
    if (this.#scopes.size > MAX_KEPT) this.#scopes.clear();
  }

  /** Those that hold a record: one that was begun for a line that did not come in holds none. */
  get resources(): readonly ResourceGroup[] {
    return [...this.#groups.values()].filter(({ scopes }) => scopes.length > 0);
  }

  /** How many bytes at the line's end are the resource that is known already; 0 when they are not. */
  knownTail(): number {
    return this.#tail !== undefined && this.#text.endsWith(this.#tail) ? this.#tail.byteLength : 0;
  }

  /**
   * Puts the record that was scanned last, from `from` to before `to`, where it belongs. `false`: the request would have more than `maxBytes` then, and ends before it.
   * Throws {@link NOT_A_LINE}.
   */
  add(from: number, to: number, isTailKnown: boolean, maxBytes: number): boolean {
    const { scope } = this.#scanner;
    const group = isTailKnown && this.#resource !== undefined ? this.#resource : this.#findResource();
    const isSameScope = group === this.#resource && this.#scope !== undefined && this.#isScopeText(scope);
    this.#resource = group;
    const target = isSameScope && this.#scope !== undefined ? this.#scope : this.#findScope(group, scope);
    this.#scope = target;
    const { ranges } = target;
    if (to + this.#frameBytes > maxBytes) {
      if (ranges.length === 0) group.scopes.pop(); // begun for this line
      return false;
    }
    if (ranges.length > 0 && ranges.at(-1) === from) ranges[ranges.length - 1] = to;
    else ranges.push(from, to);
    return true;
  }

  #isScopeText({ from, to }: ByteRange): boolean {
    const known = this.#scopeText;
    if (to - from !== known.length) return false;
    const { bytes } = this.#text;
    for (let i = 0; i < known.length; i++) if (known[i] !== bytes[from + i]) return false;
    return true;
  }

  #findResource(): ResourceGroup {
    const { resource, schemaUrl, tailFrom } = this.#scanner;
    const text = this.#text.text(resource.from, resource.to);
    const url = schemaUrl.to === 0 ? this.#defaultSchemaUrl : this.#text.text(schemaUrl.from, schemaUrl.to);
    // A schema URL stands elsewhere in the line: the resource alone does not tell the group then.
    const hasTail = tailFrom > 0 && schemaUrl.to === 0;
    this.#tail = hasTail ? this.#text.tail(tailFrom) : undefined;
    const key = `${url}\n${text}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { resource: text === "" ? undefined : this.#encodeResource(text, resource), schemaUrl: url, scopes: [] };
      this.#frameBytes += this.#frame.resource(group.resource, url);
      this.#groups.set(key, group);
      this.#scopeGroups.set(group, new Map());
    }
    return group;
  }

  #encodeResource(text: string, range: ByteRange): Buffer {
    let bytes = this.#resources.get(text);
    if (bytes === undefined) {
      this.#form.beginResource(range.to - range.from);
      this.#scanner.entriesIn(range);
      bytes = this.#form.endResource();
      this.#resources.set(text, bytes);
    }
    return bytes;
  }

  #findScope(resource: ResourceGroup, range: ByteRange): ScopeGroup {
    const text = this.#text.text(range.from, range.to);
    const groups = this.#scopeGroups.get(resource) ?? new Map<string, ScopeGroup>();
    let group = groups.get(text);
    if (group === undefined) {
      const { bytes, schemaUrl } = this.#scopeOf(text, range);
      this.#frameBytes += this.#frame.scope(bytes, schemaUrl);
      group = { scope: bytes, schemaUrl, ranges: [] };
      groups.set(text, group);
      resource.scopes.push(group);
    }
    this.#scopeText = Buffer.from(text);
    return group;
  }

  #scopeOf(text: string, range: ByteRange): Scope {
    if (text === "") return { bytes: undefined, schemaUrl: "" };
    let scope = this.#scopes.get(text);
    if (scope === undefined) {
      scope = this.#encodeScope(range);
      this.#scopes.set(text, scope);
    }
    return scope;
  }

  #encodeScope(range: ByteRange): Scope {
    const form = this.#form;
    const input = this.#scopeScanner;
    let schemaUrl = "";
    let isNamed = false;
    form.beginScope(range.to - range.from);
    input.at = range.from + 1;
    while (input.peek() !== 125) {
      input.string();
      const field = this.#text.text(input.from, input.to);
      input.take(58);
      if (field === "name" || field === "version" || field === "schema_url") {
        input.string();
        if (field === "name") {
          isNamed = true;
          form.scopeName(input.from, input.to, input.escaped);
        } else if (field === "version") form.scopeVersion(input.from, input.to, input.escaped);
        else schemaUrl = this.#text.text(input.from, input.to);
      } else if (field === "attributes") {
        if (input.peek() !== 123) throw NOT_A_LINE;
        const from = input.at;
        input.skip(1000);
        form.beginScopeAttributes();
        this.#scanner.entriesIn({ from, to: input.at });
        form.endScopeAttributes();
      } else if (field === "dropped_attributes") {
        input.peek();
        const from = input.at;
        input.skip(0);
        const count = Number(this.#text.ascii(from, input.at));
        if (!Number.isInteger(count) || count < 0) throw NOT_A_LINE;
        form.scopeDroppedAttributes(count);
      } else {
        input.skip(1000);
      }
      if (input.peek() === 44) input.at += 1;
    }
    if (!isNamed) throw NOT_A_LINE;
    return { bytes: form.endScope(), schemaUrl };
  }
}
