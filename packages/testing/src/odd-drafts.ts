import type { EventDraft } from "@plumbline/core";

/** A draft as a processor gets it, with what a test wants to be different. */
export function createTestDraft(changes: Partial<EventDraft> = {}): EventDraft {
  return {
    name: "test.event",
    severity: 9,
    body: undefined,
    attributes: Object.assign(Object.create(null) as Record<string, unknown>, { "http.status_code": 200 }),
    error: undefined,
    time: undefined,
    observedTime: undefined,
    trace: undefined,
    scope: undefined,
    droppedAttributes: 0,
    signal: "logs",
    ...changes,
  };
}

/** Drafts as a service's own code may cause them: nothing in them is checked yet. What callers own is frozen. */
export function createOddDrafts(): readonly { readonly what: string; readonly draft: EventDraft }[] {
  const attributes = (entries: object): Record<string, unknown> => {
    const bare = Object.create(null) as Record<string, unknown>;
    Object.defineProperties(bare, Object.getOwnPropertyDescriptors(entries));
    return bare;
  };
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  const throwing = {
    get secret(): never {
      throw new Error("a getter of the caller's");
    },
  };
  const refuse = (): never => {
    throw new Error("a trap of the caller's");
  };
  const hostile = new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse, getOwnPropertyDescriptor: refuse });
  const odd: Record<string, Partial<EventDraft>> = {
    "no name": { name: undefined },
    "an empty name": { name: "" },
    "no attributes": { attributes: attributes({}) },
    "attributes with names of Object.prototype": {
      attributes: attributes(JSON.parse('{"__proto__":1,"constructor":2,"hasOwnProperty":3,"toString":4}') as object),
    },
    "attributes of every type": {
      attributes: attributes({
        big: 1n,
        symbol: Symbol("s"),
        call: () => 1,
        date: new Date(Number.NaN),
        map: new Map([[{}, 1]]),
        bytes: new Uint8Array([0, 255]),
        nothing: undefined,
        none: null,
        nan: Number.NaN,
      }),
    },
    "an attribute whose getter throws": { attributes: attributes(throwing) },
    "a cycle": { attributes: attributes({ cycle: Object.freeze(cycle) }), body: cycle },
    "a hostile Proxy": { attributes: attributes({ hostile }), body: hostile },
    "frozen nested values": {
      attributes: attributes({ user: Object.freeze({ id: 7, roles: Object.freeze(["a"]) }) }),
      body: Object.freeze({ text: "frozen" }),
    },
    "a body that is a symbol": { body: Symbol("body") },
    "an error that is none": { error: "thrown text" },
    "an error with itself as its cause": { error: selfCaused() },
    "a trace and a scope": {
      trace: Object.freeze({ traceId: "0".repeat(31) + "1", spanId: "0".repeat(15) + "1", flags: 1 }),
      scope: Object.freeze({ name: "scope", version: "1" }),
    },
    "a time far away": { time: 8.64e15, observedTime: -1n },
    "a span": { signal: "traces" },
    "a metric": { signal: "metrics" },
  };
  return Object.entries(odd).map(([what, changes]) => ({ what, draft: createTestDraft(changes) }));
}

function selfCaused(): Error {
  const error = new Error("caused by itself");
  error.cause = error;
  return error;
}
