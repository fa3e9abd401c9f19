import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../../src/limits.ts";
import type { Processor } from "../../src/plugin/processor.ts";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import { createLineWriter } from "../../src/serialize/write-line.ts";
import { FakeClock } from "../fake-clock.ts";
import { deliveringSink, expectAccounted } from "../fake-parts.ts";
import { build, type Built } from "./build.ts";

const passOn: Processor = { process: (draft) => draft };

/** The real walk and redactor between a processor and a sink. */
function buildReal(processors: readonly Processor[]): Built & { readonly lines: () => readonly string[] } {
  const sink = deliveringSink();
  const redactor = createRedactor();
  const writer = createLineWriter({
    clock: new FakeClock(),
    limits: DEFAULT_LIMITS,
    redactor,
    resource: { "service.name": "test" },
  });
  const built = build({
    writer,
    redactor,
    processors: processors.map((processor, index) => ({ name: `p${index}`, processor })),
    outputs: [{ name: "out", sink, batch: { maxDelayMs: 0 } }],
  });
  return { ...built, lines: () => sink.calls.flatMap(({ batch }) => batch.map(({ line }) => line)) };
}

test("an event is the same line with a processor that changes nothing and without one", async () => {
  const error = new Error("outer", { cause: new TypeError("inner") });
  const event = {
    name: "checkout.completed",
    severity: "warn",
    body: { nested: [1, 2n, new Uint8Array([1])] },
    attributes: { count: 3, list: [true, null], password: "hush", map: new Map([["k", new Date(0)]]) },
    error,
    time: 1_795_000_000_000,
    droppedAttributes: 2,
    scope: { name: "s", version: "1" },
    trace: { traceId: "a".repeat(32), spanId: "b".repeat(16), flags: 1 },
  } as const;
  const [plain, processed] = [buildReal([]), buildReal([passOn, { ...passOn, readOnly: true }])];
  for (const { pipeline } of [plain, processed]) {
    pipeline.emit(event);
    await pipeline.flush();
  }
  expect(processed.lines()).toEqual(plain.lines());
  expect(plain.lines()[0]).toContain('"count":3');
  expect(plain.lines()[0]).not.toContain("hush");
  expect(plain.pipeline.report().redacted).not.toEqual({});
});

test("what is hostile reads the same after a processor: one whole line each, and emit does not throw", async () => {
  const thrower = {
    get bad(): never {
      throw new TypeError("no");
    },
    good: 1,
  };
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const hostile = [thrower, proxy, new Map([["k", 1]]), [1, 2], "text", null, 7] as never[];
  const [plain, processed] = [buildReal([]), buildReal([passOn])];
  for (const { pipeline } of [plain, processed]) {
    for (const attributes of hostile) pipeline.emit({ name: "n", attributes, time: 0 });
    await pipeline.flush();
    expectAccounted(pipeline.report());
    expect(pipeline.report().outputs).toMatchObject([{ accepted: hostile.length, delivered: hostile.length }]);
  }
  const parsed = processed.lines().map((line): unknown => JSON.parse(line));
  expect(parsed).toHaveLength(hostile.length);
  for (const index of [0, 1, 2]) expect(processed.lines()[index]).toBe(plain.lines()[index]);
});

test("a getter that emits, as a lazy field that logs, costs its own event and leaves the other whole", async () => {
  const { pipeline, lines } = buildReal([]);
  const attributes = {
    before: 1,
    get lazy(): string {
      pipeline.emit({ name: "inner" });
      return "loaded";
    },
    after: 2,
  };
  pipeline.emit({ name: "outer", attributes });
  await pipeline.flush();
  expect(lines()).toHaveLength(1);
  expect(JSON.parse(lines()[0] ?? "")).toMatchObject({
    name: "outer",
    attributes: { before: 1, lazy: "loaded", after: 2 },
  });
  expect(pipeline.report().intake).toMatchObject({ emitted: 2, accepted: 1, dropped: { reentrant: 1 } });
});

test("the text of a sink's error is redacted in the diagnostics", async () => {
  const { pipeline, diagnostics } = buildReal([]);
  const secret = ["Bearer", "x".repeat(8) + "9".repeat(24)].join(" ");
  const bad = deliveringSink();
  bad.auto = (call) => call.reject(new Error(`refused: Authorization: ${secret}`));
  await pipeline.reconfigure({
    writer: createLineWriter({
      clock: new FakeClock(),
      limits: DEFAULT_LIMITS,
      redactor: undefined,
      resource: undefined,
    }),
    redactor: createRedactor(),
    processors: [],
    outputs: [{ name: "bad", sink: bad, batch: { maxDelayMs: 0 } }],
  });
  pipeline.emit({ name: "a" });
  await pipeline.flush();
  expect(diagnostics.messages[0]).toMatch(/^plumbline: bad: write failed and its events were dropped: refused: /);
  expect(diagnostics.messages[0]).not.toContain("9999");
});
