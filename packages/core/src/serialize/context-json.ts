import type { Scope, TraceContext } from "../event.ts";
import { activeSpan, isValidTrace } from "../trace-context.ts";
import { flatCopy, quote, wellFormed } from "./write-string.ts";

const MAX_SCOPES = 256;

/** Writes where an event comes from: its trace and its scope. Keeps the texts of the last trace and of all scopes. */
export class ContextJson {
  readonly #safe: (text: string) => string;
  readonly #scopes = new Map<string, { readonly version: string | undefined; readonly json: string }>();
  #traceId = "";
  #spanId = "";
  #flags = 0;
  #traceJson = "";

  /** `safe` gives text as it may be written, not longer than it may be. */
  constructor(safe: (text: string) => string) {
    this.#safe = safe;
  }

  /** `,"trace_id":"…","span_id":"…","flags":1` of the given or the active span; nothing when it is not valid. Flags of 0 are left out. */
  trace(given: TraceContext | undefined): string {
    if (given !== undefined) return this.#traceOf(given.traceId, given.spanId, given.flags);
    const span = activeSpan();
    return span === undefined ? "" : this.#traceOf(span.traceId, span.spanId, span.traceFlags);
  }

  #traceOf(traceId: string, spanId: string, flags: number): string {
    if (traceId === this.#traceId && spanId === this.#spanId && flags === this.#flags) return this.#traceJson;
    if (!isValidTrace({ traceId, spanId })) return "";
    const flagsJson = Number.isInteger(flags) && flags > 0 && flags <= 255 ? `,"flags":${flags}` : "";
    const json = flatCopy(`,"trace_id":"${traceId}","span_id":"${spanId}"${flagsJson}`);
    this.#traceId = flatCopy(traceId);
    this.#spanId = flatCopy(spanId);
    this.#flags = flags;
    this.#traceJson = json;
    return json;
  }

  /** `,"scope":{"name":"…","version":"…"}` */
  scope(scope: Scope): string {
    const { name, version } = scope;
    const known = this.#scopes.get(name);
    if (known !== undefined && known.version === version) return known.json;
    const safeName = this.#text(name);
    const safeVersion = version === undefined ? undefined : this.#text(version);
    const versionJson = safeVersion === undefined ? "" : `,"version":${quote(safeVersion)}`;
    const json = flatCopy(`,"scope":{"name":${quote(safeName)}${versionJson}}`);
    // What is written other than it was given is not kept: the table must not hold what was taken out of a line.
    if (safeName === name && safeVersion === version) {
      if (this.#scopes.size >= MAX_SCOPES) this.#scopes.clear();
      this.#scopes.set(safeName, { version: safeVersion, json });
    }
    return json;
  }

  #text(raw: string): string {
    return flatCopy(wellFormed(this.#safe(raw)));
  }
}
