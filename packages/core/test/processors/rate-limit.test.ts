import { diag } from "@opentelemetry/api";
import { describe, expect, test } from "vitest";
import { createDraft } from "../../src/pipeline/draft.ts";
import { createPluginInstance } from "../../src/plugin/plugin-instance.ts";
import { parsePluginOptions } from "../../src/plugin/plugin-options.ts";
import type { Processor } from "../../src/plugin/processor.ts";
import { createRegistry } from "../../src/plugin/registry.ts";
import { createRateLimitProcessor, rateLimit, type RateLimitOptions } from "../../src/processors/rate-limit.ts";
import { FakeClock } from "../fake-clock.ts";

function limiter(options: Partial<RateLimitOptions>): {
  readonly clock: FakeClock;
  readonly pass: (count: number, name?: string) => number;
} {
  const clock = new FakeClock();
  const processor = createRateLimitProcessor({ perSecond: 10, burst: undefined, per: "all", ...options }, clock);
  const pass = (count: number, name?: string): number => passed(processor, count, name);
  return { clock, pass };
}

function passed(processor: Processor, count: number, name: string | undefined): number {
  let through = 0;
  for (let i = 0; i < count; i++) if (processor.process(createDraft({ name }, 9)) !== undefined) through += 1;
  return through;
}

describe("the rate", () => {
  test("a burst at once, then as many as are refilled, and never more than a burst is saved up", async () => {
    const { clock, pass } = limiter({ perSecond: 10, burst: 5 });
    expect(pass(20)).toBe(5);
    await clock.advance(99);
    expect(pass(5)).toBe(0);
    await clock.advance(1);
    expect(pass(5)).toBe(1);
    await clock.advance(1000);
    expect(pass(20)).toBe(5);
    await clock.advance(3_600_000);
    expect(pass(20)).toBe(5);
  });

  test("without a burst it is one second's worth, at least one event", async () => {
    expect(limiter({ perSecond: 10 }).pass(100)).toBe(10);
    const { clock, pass } = limiter({ perSecond: 0.1 });
    expect(pass(5)).toBe(1);
    await clock.advance(9_999);
    expect(pass(5)).toBe(0);
    await clock.advance(1);
    expect(pass(5)).toBe(1);
  });

  test("in the long run it is what was asked for, however the time is cut up", async () => {
    const { clock, pass } = limiter({ perSecond: 7, burst: 2 });
    let through = 0;
    for (let i = 0; i < 1000; i++) {
      through += pass(1);
      await clock.advance(33);
    }
    expect(through).toBeGreaterThanOrEqual(Math.floor(0.033 * 7 * 999));
    expect(through).toBeLessThanOrEqual(Math.ceil(0.033 * 7 * 1000) + 1);
  });
});

describe("per name", () => {
  test("each has its own limit; events without a name share one", () => {
    const { pass } = limiter({ burst: 2, per: "name" });
    expect([pass(5, "a"), pass(5, "b"), pass(5), pass(5, "a")]).toEqual([2, 2, 2, 0]);
  });

  test("of all events together otherwise", () => {
    const { pass } = limiter({ burst: 2 });
    expect([pass(5, "a"), pass(5, "b"), pass(5)]).toEqual([2, 0, 0]);
  });

  test("names are bounded: too many share one limit, and those that were quiet are forgotten", async () => {
    const { clock, pass } = limiter({ perSecond: 1, burst: 2, per: "name" });
    for (let i = 0; i < 1024; i++) expect(pass(2, `n${i}`)).toBe(2);
    expect(pass(5, "late1") + pass(5, "late2")).toBe(2);
    await clock.advance(1000);
    expect(pass(5, "late1") + pass(5, "late2")).toBe(1); // nobody has refilled: still shared
    await clock.advance(1000);
    expect([pass(5, "late1"), pass(5, "late2"), pass(5, "n0")]).toEqual([2, 2, 2]);
  });
});

describe("the plugin", () => {
  test("is one that a registry takes, and limits by the context's clock", async () => {
    const clock = new FakeClock();
    const plugin = createRegistry().add(rateLimit, "core");
    const options = await parsePluginOptions(rateLimit, { perSecond: 2 });
    const context = {
      name: "limit",
      clock,
      diagnostics: diag,
      resource: {},
      dataDir: undefined,
      baseDir: ".",
      journal: undefined,
      signal: new AbortController().signal,
    };
    const processor = createPluginInstance(rateLimit, options, context);
    expect(plugin.id).toBe("@plumbline/core/rate-limit");
    expect(passed(processor, 10, undefined)).toBe(2);
    await clock.advance(500);
    expect(passed(processor, 10, undefined)).toBe(1);
  });

  test("reads its options", async () => {
    expect(await parsePluginOptions(rateLimit, { perSecond: 0.5 })).toEqual({
      perSecond: 0.5,
      burst: undefined,
      per: "all",
    });
    expect(await parsePluginOptions(rateLimit, { perSecond: 5, burst: 9, per: "name" })).toEqual({
      perSecond: 5,
      burst: 9,
      per: "name",
    });
  });

  test.each([
    [{}, "perSecond: expected a number above 0"],
    [{ perSecond: 0 }, "perSecond: expected a number above 0"],
    [{ perSecond: Number.POSITIVE_INFINITY }, "perSecond: expected a number above 0"],
    [{ perSecond: 1, burst: 0.5 }, "burst: expected a number of at least 1"],
    [{ perSecond: 1, per: "host" }, "per: expected one of all, name"],
    [{ perSecond: 1, limit: 2 }, "limit: is not an option; the options are perSecond, burst, per"],
  ])("%j is refused: %s", async (options, said) => {
    await expect(parsePluginOptions(rateLimit, options)).rejects.toThrow(said);
  });
});
