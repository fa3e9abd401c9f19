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

function copyAttributes(source: unknown): Record<string, unknown> {
  const copy = Object.create(null) as Record<string, unknown>;
  if (source instanceof Map) {
    for (const [key, value] of source) copy[String(key)] = value;
    return copy;
  }
  if (typeof source !== "object" || source === null) return copy;
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

function rethrow(error: unknown): () => never {
  return () => {
    throw error;
  };
}
