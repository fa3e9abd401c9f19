import { parsePluginOptions, RetryableError, type EventLine, type Sink } from "@plumbline/core";
import { createFakeClock, createTestContext, createTestLines, type TestContext } from "@plumbline/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseRetryAfter } from "../src/answer.ts";
import { openFarSide, type FarSide } from "../src/far-side.ts";
import { webhook } from "../src/index.ts";

async function open(
  options: object = {},
): Promise<{ farSide: FarSide; sink: Sink; context: TestContext; clock: ReturnType<typeof createFakeClock> }> {
  const farSide = await openFarSide();
  onTestFinished(() => farSide.close());
  const clock = createFakeClock();
  const context = createTestContext({ clock });
  const sink = webhook.create(await parsePluginOptions(webhook, { url: farSide.url, ...options }), context);
  return { farSide, sink, context, clock };
}

const write = async (sink: Sink, batch: readonly EventLine[]): Promise<unknown> =>
  sink.write(batch, { signal: new AbortController().signal });
const rejection = async (sink: Sink): Promise<unknown> => {
  try {
    return await write(sink, createTestLines(3));
  } catch (error) {
    return error;
  }
};

test("a batch is one request of JSON lines, with the headers of the config", async () => {
  const token = ["held", "in", "a", "header"].join("-");
  const { farSide, sink } = await open({ headers: { Authorization: `Bearer ${token}` } });
  const lines = createTestLines(3);
  expect(await write(sink, lines)).toBeUndefined();
  expect(farSide.lines).toEqual(lines.map((line) => line.line));
  expect(farSide.requests).toMatchObject([
    { authorization: `Bearer ${token}`, "content-type": "application/x-ndjson; charset=utf-8" },
  ]);
});

test.each([408, 425, 429, 500, 502, 503, 599])("status %i has the batch sent again", async (status) => {
  const { farSide, sink } = await open();
  farSide.answer({ status, headers: { "retry-after": "7" } }, { status });
  expect(await rejection(sink)).toSatisfy((error) => RetryableError.isInstance(error) && error.retryAfterMs === 7000);
  expect(await rejection(sink)).toSatisfy(
    (error) => RetryableError.isInstance(error) && error.retryAfterMs === undefined,
  );
  expect(await write(sink, createTestLines(1))).toBeUndefined();
});

test.each([400, 401, 404, 410, 413])(
  "status %i refuses the batch for good, and says so to be counted",
  async (status) => {
    const { farSide, sink } = await open();
    farSide.answer({ status, body: "because" });
    const error = await rejection(sink);
    expect(error).toMatchObject({ code: "WEBHOOK_REFUSED", status });
    expect(RetryableError.isInstance(error)).toBe(false);
  },
);

test("a redirect is not followed", async () => {
  const { farSide, sink } = await open();
  farSide.answer({ status: 307, headers: { location: farSide.url } });
  expect(RetryableError.isInstance(await rejection(sink))).toBe(true);
  expect(farSide.requests).toHaveLength(1);
});

describe("what an answer says beside its status", () => {
  test.each<[string, unknown]>([
    ['{"rejected":2,"reason":"too old"}', { rejected: 2, reason: "too old" }],
    ['{"rejected":99}', { rejected: 3, reason: "unknown" }],
    ['{"rejected":0}', undefined],
    ['{"rejected":"2"}', undefined],
    ["null", undefined],
    ["ok", undefined],
    ["", undefined],
    [`{"rejected":1,"reason":"${"x".repeat(100_000)}"}`, undefined],
  ])("%.40s", async (body, result) => {
    const { farSide, sink } = await open();
    farSide.answer({ status: 200, body });
    expect(await write(sink, createTestLines(3))).toEqual(result);
  });
});

test("a webhook that is gone has the batch sent again, and its address is not told", async () => {
  const { farSide, sink } = await open();
  await farSide.close();
  const error = await rejection(sink);
  expect(RetryableError.isInstance(error)).toBe(true);
  expect(String(error)).toContain(new URL(farSide.url).host);
  expect(String(error)).not.toContain("/hook");
});

test("one that does not answer in time has it sent again, and the timer is gone in either case", async () => {
  const { farSide, sink, clock, context } = await open({ timeoutMs: 300 });
  farSide.answer({ hang: true });
  const hanging = rejection(sink);
  await expect.poll(() => farSide.requests.length).toBe(1);
  await clock.advance(300);
  const error = await hanging;
  expect([RetryableError.isInstance(error), String(error)]).toEqual([
    true,
    expect.stringContaining("did not answer within 300 ms"),
  ]);
  await write(sink, createTestLines(1));
  expect(context.pendingTimers).toBe(0);
});

test("the deadline of one write ends that write", async () => {
  const { farSide, sink } = await open();
  farSide.answer({ hang: true });
  const abort = new AbortController();
  const hanging = sink.write(createTestLines(1), { signal: abort.signal });
  await expect.poll(() => farSide.requests.length).toBe(1);
  abort.abort();
  await expect(hanging).rejects.toSatisfy((error) => RetryableError.isInstance(error));
});

test.each<[string | null, number | undefined]>([
  ["0", 0],
  [" 120 ", 120_000],
  ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
  ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
  ["soon", undefined],
  ["-5 minutes", undefined],
  ["9".repeat(30), undefined],
  ["", undefined],
  [null, undefined],
])("Retry-After %j is %s ms", (header, expected) => {
  expect(parseRetryAfter(header, Date.UTC(2026, 0, 1))).toBe(expected);
});

test.each<[string, object]>([
  ["url", { url: "nowhere" }],
  ["url", { url: "file:///etc" }],
  ["headers", { url: "http://h/", headers: [] }],
  ["headers.a b", { url: "http://h/", headers: { "a b": "x" } }],
  ["headers.a", { url: "http://h/", headers: { a: 5 } }],
  ["headers.a", { url: "http://h/", headers: { a: "line\nfeed" } }],
  ["timeoutMs", { url: "http://h/", timeoutMs: "5s" }],
  ["timoutMs", { url: "http://h/", timoutMs: 5 }],
])("options: %s is refused with its place in %j", async (path, options) => {
  await expect(parsePluginOptions(webhook, options)).rejects.toMatchObject({
    code: "PLB_PLUGIN_OPTIONS_INVALID",
    details: { issues: [{ path: path.split(".") }] },
  });
});
