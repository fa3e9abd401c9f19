import { describe, expect, test } from "vitest";
import type { EventDraft, EventInput } from "../../src/event.ts";
import type { NamedProcessor } from "../../src/pipeline/processor-chain.ts";
import type { Processor } from "../../src/plugin/processor.ts";
import { settlePromises } from "../fake-clock.ts";
import { expectAccounted, FakeJournal } from "../fake-parts.ts";
import { build, type Built } from "./build.ts";

interface BuiltChain extends Built {
  readonly journal: FakeJournal;
  /** What the writer was given. */
  readonly written: EventInput[];
}

function buildChain(...processors: readonly (Processor["process"] | Processor)[]): BuiltChain {
  const journal = new FakeJournal();
  const named = processors.map((processor, index): NamedProcessor => ({
    name: `p${index + 1}`,
    processor: typeof processor === "function" ? { process: processor } : processor,
  }));
  const built = build({ journal: { journal }, processors: named });
  const written: EventInput[] = [];
  built.writer.onWrite = (event) => void written.push(event);
  return { ...built, journal, written };
}

describe("a draft", () => {
  test("has the severity as a number and its own attributes without a prototype; the caller's stay as they are", () => {
    const attributes = { a: 1, constructor: "c" };
    const drafts: EventDraft[] = [];
    const { pipeline, written } = buildChain((draft) => {
      drafts.push({ ...draft, attributes: { ...draft.attributes } });
      draft.attributes["b"] = 2;
      return draft;
    });
    const error = new Error("x");
    pipeline.emit({ name: "n", severity: "warn", body: "b", attributes, error, time: 5, droppedAttributes: 3 });
    expect(drafts[0]).toEqual({
      name: "n",
      severity: 13,
      body: "b",
      attributes: { a: 1, constructor: "c" },
      error,
      time: 5,
      observedTime: undefined,
      trace: undefined,
      scope: undefined,
      droppedAttributes: 3,
      signal: "logs",
    });
    expect(written[0]?.attributes).toEqual({ a: 1, b: 2, constructor: "c" });
    expect(Object.getPrototypeOf(written[0]?.attributes)).toBeNull();
    expect(attributes).toEqual({ a: 1, constructor: "c" });
  });

  test("of an event without attributes has none, and __proto__ is a key like any other", () => {
    const { pipeline, written } = buildChain((draft) => draft);
    pipeline.emit({});
    pipeline.emit({ attributes: JSON.parse('{"__proto__":1}') as Record<string, unknown> });
    pipeline.emit({ attributes: new Map([["k", 1]]) });
    pipeline.emit({ attributes: "text" as never });
    expect(written.map(({ attributes }) => Object.entries(attributes ?? {}))).toEqual([
      [],
      [["__proto__", 1]],
      [["k", 1]],
      [],
    ]);
  });

  test("keeps a getter that throws as one, for the walk to say so", () => {
    const { pipeline, written } = buildChain((draft) => draft);
    pipeline.emit({
      attributes: {
        ok: 1,
        get bad(): never {
          throw new TypeError("no");
        },
      },
    });
    const attributes = { ...Object.getOwnPropertyDescriptors(written[0]?.attributes ?? {}) };
    expect(attributes["ok"]?.value).toBe(1);
    expect(() => attributes["bad"]?.get?.()).toThrow(TypeError);
    expect(Object.keys(attributes)).toEqual(["ok", "bad"]);
  });

  test("keeps attributes whose names cannot be read as they are", () => {
    const { pipeline, written } = buildChain((draft) => draft);
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("no");
        },
      },
    );
    pipeline.emit({ attributes: hostile });
    expect(written[0]?.attributes).toBe(hostile);
  });
});

describe("a chain", () => {
  test("runs in order, each on what the one before it gave, which may be another draft", () => {
    const { pipeline, written } = buildChain(
      (draft) => ({ ...draft, name: "second", attributes: { from: "first" } }),
      (draft) => {
        draft.attributes["name"] = draft.name;
        return draft;
      },
    );
    pipeline.emit({ name: "first" });
    expect(written[0]).toMatchObject({ name: "second", attributes: { from: "first", name: "second" } });
  });

  test("ends where one filters, which is counted under its name and accepted by no output", () => {
    const seen: string[] = [];
    const { pipeline, journal } = buildChain(
      (draft) => (draft.name === "a" ? undefined : draft),
      (draft) => (seen.push(String(draft.name)), draft),
    );
    pipeline.emit({ name: "a" });
    pipeline.emit({ name: "b" });
    expect(seen).toEqual(["b"]);
    const report = pipeline.report();
    expectAccounted(report);
    expect(report.intake).toMatchObject({ emitted: 2, filtered: 1, accepted: 1 });
    expect(report.processors).toEqual([
      { name: "p1", filtered: 1, failed: 0, bypassed: 0 },
      { name: "p2", filtered: 0, failed: 0, bypassed: 0 },
    ]);
    expect(journal.ledger.report()).toMatchObject({ accepted: 1 });
  });

  test("may raise a severity over a threshold that no output would have been reached by", () => {
    const journal = new FakeJournal();
    const processor: Processor = {
      process: (draft) => {
        draft.severity = 17;
        return draft;
      },
    };
    const { pipeline } = build({
      journal: { journal, minSeverity: 17 },
      processors: [{ name: "raise", processor }],
      minSeverity: 5,
    });
    expect([pipeline.isEnabled(4), pipeline.isEnabled(5)]).toEqual([false, true]);
    pipeline.emit({ severity: "info" });
    expect(journal.ledger.report()).toMatchObject({ delivered: 1 });
  });

  test("an emitAsync that is filtered resolves", async () => {
    const { pipeline } = buildChain(() => undefined);
    expect(await pipeline.emitAsync({})).toBeUndefined();
  });
});

describe("a processor that fails", () => {
  const spoil = (draft: EventDraft): void => {
    draft.name = "spoilt";
    draft.severity = 24;
    draft.attributes["spoilt"] = true;
    delete draft.attributes["a"];
  };

  test.each<[string, Processor["process"]]>([
    [
      "throws",
      (draft) => {
        spoil(draft);
        throw new Error("no");
      },
    ],
    [
      "throws nothing",
      (draft) => {
        spoil(draft);
        // eslint-disable-next-line typescript/only-throw-error -- a plugin may throw anything
        throw undefined;
      },
    ],
    [
      "returns null",
      (draft) => {
        spoil(draft);
        return null as never;
      },
    ],
    [
      "returns true",
      (draft) => {
        spoil(draft);
        return true as never;
      },
    ],
    [
      "returns a draft without attributes",
      (draft) => {
        spoil(draft);
        return { ...draft, attributes: undefined } as never;
      },
    ],
    [
      "returns a draft of no severity",
      (draft) => {
        spoil(draft);
        return { ...draft, severity: 0 } as never;
      },
    ],
    [
      "spoils the draft that it returns",
      (draft) => {
        spoil(draft);
        draft.severity = "high" as never;
        return draft;
      },
    ],
    [
      "returns a draft whose getters throw",
      (draft) => {
        spoil(draft);
        return new Proxy(draft, {
          get: () => {
            throw new Error("no");
          },
        });
      },
    ],
  ])("%s: the draft goes on as it was before it, with what others had changed", (_how, process) => {
    const { pipeline, written, diagnostics } = buildChain(
      (draft) => {
        draft.attributes["first"] = true;
        return draft;
      },
      process,
      (draft) => {
        draft.attributes["last"] = true;
        return draft;
      },
    );
    pipeline.emit({ name: "n", severity: "warn", attributes: { a: 1 } });
    expect(written[0]).toMatchObject({ name: "n", severity: 13 });
    expect(written[0]?.attributes).toEqual({ a: 1, first: true, last: true });
    expect(pipeline.report().processors[1]).toMatchObject({ failed: 1, filtered: 0 });
    pipeline.emit({ name: "n" });
    expect(diagnostics.messages).toHaveLength(1);
  });

  test("is asynchronous: refused, and its rejection ends no process", async () => {
    const { pipeline, journal } = buildChain((async () => {
      throw new Error("later");
    }) as never);
    pipeline.emit({ name: "a" });
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", listen);
    await settlePromises();
    await settlePromises();
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
    expect(journal.names).toEqual(["a"]);
    expect(pipeline.report().processors[0]).toMatchObject({ failed: 1 });
  });

  test("on each of ten events is passed by for a while, then tried again, longer each time", async () => {
    let calls = 0;
    const { pipeline, clock, journal } = buildChain(() => {
      calls += 1;
      throw new Error("no");
    });
    for (let i = 0; i < 15; i++) pipeline.emit({});
    expect(calls).toBe(10);
    expect(pipeline.report().processors[0]).toMatchObject({ failed: 10, bypassed: 5 });
    await clock.advance(1000);
    pipeline.emit({});
    pipeline.emit({});
    expect(calls).toBe(11);
    await clock.advance(1999);
    pipeline.emit({});
    expect(calls).toBe(11);
    await clock.advance(1);
    pipeline.emit({});
    expect(calls).toBe(12);
    expect(journal.names).toHaveLength(19);
    expectAccounted(pipeline.report());
  });

  test("now and then is never passed by", () => {
    let calls = 0;
    const { pipeline } = buildChain((draft) => {
      calls += 1;
      if (calls % 2 === 0) throw new Error("no");
      return draft;
    });
    for (let i = 0; i < 100; i++) pipeline.emit({});
    expect(calls).toBe(100);
  });

  test("a read-only one is given no copy to spoil: it gets the draft that goes on", () => {
    const drafts: EventDraft[] = [];
    const { pipeline, written } = buildChain({
      readOnly: true,
      process: (draft) => {
        drafts.push(draft);
        throw new Error("no");
      },
    });
    pipeline.emit({ name: "a" });
    expect(written[0]).toBe(drafts[0]);
  });
});

describe("closing", () => {
  test("closes each processor once, whatever its close does", async () => {
    const closes: string[] = [];
    const { pipeline, clock, diagnostics } = buildChain(
      { process: (draft) => draft, close: () => void closes.push("a") },
      {
        process: (draft) => draft,
        close: () => {
          closes.push("b");
          throw new TypeError("no");
        },
      },
      { process: (draft) => draft, close: () => new Promise(() => void closes.push("c")) },
      { process: (draft) => draft },
    );
    const closed = pipeline.close();
    await clock.advance(1000);
    await closed;
    expect(closes).toEqual(["a", "b", "c"]);
    expect(diagnostics.messages).toEqual([
      "plumbline: p2: close failed (TypeError)",
      "plumbline: p3: close failed (PLB_PLUGIN_TIMEOUT)",
    ]);
  });
});
