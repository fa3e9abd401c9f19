import type { EventDraft, EventInput } from "../event.ts";
import type { SeverityNumber } from "../severity.ts";

/** The fields of a draft, to go back to. */
export type DraftSnapshot = Readonly<EventDraft>;

/**
 * A draft of an event, for processors. Attributes are copied one level deep into an object without a prototype; one whose getter throws
 * keeps throwing the same, so that the walk says so in its place. What has no names to be read (a hostile Proxy) stays as it is, for the walk to refuse.
 */
export function createDraft(event: EventInput, severity: SeverityNumber): EventDraft {
  return {
    name: event.name,
    severity,
    body: event.body,
    attributes: copyAttributes(event.attributes),
    error: event.error,
    time: event.time,
    observedTime: event.observedTime,
    trace: event.trace,
    scope: event.scope,
    droppedAttributes: event.droppedAttributes ?? 0,
    signal: event.signal ?? "logs",
  };
}

/** What a processor may change, copied before it runs. */
export function snapshotDraft(draft: EventDraft): DraftSnapshot {
  return { ...draft, attributes: copyAttributes(draft.attributes) };
}

/**
 * Spread and then stripped of its prototype: an object that is made without one is a dictionary to V8, and several times slower to fill and
 * to read.
 */
function copyAttributes(source: unknown): Record<string, unknown> {
  if (typeof source !== "object" || source === null) return withoutPrototype({});
  try {
    if (source instanceof Map) return withoutPrototype(Object.fromEntries<unknown>(source));
    return withoutPrototype({ ...source });
  } catch {
    return copyOneByOne(source);
  }
}

function copyOneByOne(source: object): Record<string, unknown> {
  const copy: Record<string, unknown> = withoutPrototype({});
  let keys: readonly string[];
  try {
    keys = Object.keys(source);
  } catch {
    return source as Record<string, unknown>; // the walk meets the same error, and says so in the line
  }
  for (const key of keys) {
    try {
      copy[key] = (source as Record<string, unknown>)[key];
    } catch (error) {
      Object.defineProperty(copy, key, { enumerable: true, configurable: true, get: rethrow(error) });
    }
  }
  return copy;
}

function withoutPrototype(attributes: Record<string, unknown>): Record<string, unknown> {
  return Object.setPrototypeOf(attributes, null) as Record<string, unknown>;
}

function rethrow(error: unknown): () => never {
  return () => {
    throw error;
  };
}
