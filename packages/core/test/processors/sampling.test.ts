import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { EventDraft } from "../../src/event.ts";
import { createDraft } from "../../src/pipeline/draft.ts";
import { parsePluginOptions } from "../../src/plugin/plugin-options.ts";
import { createRegistry } from "../../src/plugin/registry.ts";
import { createSamplingProcessor, sampling } from "../../src/processors/sampling.ts";
import type { SeverityNumber } from "../../src/severity.ts";

const draftOf = (traceId?: string, severity: SeverityNumber = 9): EventDraft =>
  createDraft({ trace: traceId === undefined ? undefined : { traceId, spanId: "1".repeat(16), flags: 1 } }, severity);
const traceOf = (last14: string): string => `${"a".repeat(18)}${last14}`;

afterEach(() => {
  vi.restoreAllMocks();
});

describe("with a trace", () => {
  test("the id's last 56 bits decide, whatever the draw: kept when not below (1 - ratio) of them", () => {
    const half = createSamplingProcessor({ ratio: 0.5, keepMinSeverity: "never" }, () => 0);
    expect(half.process(draftOf(traceOf("7fffffffffffff")))).toBeUndefined();
    expect(half.process(draftOf(traceOf("80000000000000")))).toBeDefined();
    const quarter = createSamplingProcessor({ ratio: 0.25, keepMinSeverity: "never" }, () => 0);
    expect(quarter.process(draftOf(traceOf("bfffffffffffff")))).toBeUndefined();
    expect(quarter.process(draftOf(traceOf("c0000000000000")))).toBeDefined();
  });

  test("what a smaller ratio keeps, a larger one keeps too", () => {
    for (let i = 0; i < 200; i++) {
      const draft = draftOf(
        traceOf(
          Math.floor(i * 0x5555_5555_55)
            .toString(16)
            .padStart(14, "0")
            .slice(-14),
        ),
      );
      const kept = [0.1, 0.4, 0.9].map(
        (ratio) => createSamplingProcessor({ ratio, keepMinSeverity: "never" }).process(draft) !== undefined,
      );
      expect(kept).toEqual(kept.toSorted((a, b) => Number(a) - Number(b)));
    }
  });

  test("the active span's trace counts where the event names none", () => {
    const spanContext = { traceId: traceOf("ffffffffffffff"), spanId: "1".repeat(16), traceFlags: 1 };
    vi.spyOn(context, "active").mockReturnValue(trace.setSpanContext(ROOT_CONTEXT, spanContext));
    const processor = createSamplingProcessor({ ratio: 0.1, keepMinSeverity: "never" }, () => 0);
    expect(processor.process(draftOf())).toBeDefined();
    expect(processor.process(draftOf(traceOf("00000000000000")))).toBeUndefined();
  });

  test.each(["", "0".repeat(32), "x".repeat(32), "A".repeat(32), "abc"])(
    "%j is no trace: each event is drawn",
    (traceId) => {
      expect(
        createSamplingProcessor({ ratio: 0.5, keepMinSeverity: "never" }, () => 0.9).process(draftOf(traceId)),
      ).toBeDefined();
      expect(
        createSamplingProcessor({ ratio: 0.5, keepMinSeverity: "never" }, () => 0.1).process(draftOf(traceId)),
      ).toBeUndefined();
    },
  );
});

test("without a trace the share that is kept is the ratio", () => {
  let drawn = 0;
  const processor = createSamplingProcessor({ ratio: 0.3, keepMinSeverity: "never" }, () => (drawn++ % 1000) / 1000);
  let kept = 0;
  for (let i = 0; i < 1000; i++) if (processor.process(draftOf()) !== undefined) kept += 1;
  expect(kept).toBe(300);
});

test("0 keeps nothing and 1 everything", () => {
  for (const draw of [0, 0.5, 1 - Number.EPSILON]) {
    expect(
      createSamplingProcessor({ ratio: 0, keepMinSeverity: "never" }, () => draw).process(draftOf()),
    ).toBeUndefined();
    expect(
      createSamplingProcessor({ ratio: 1, keepMinSeverity: "never" }, () => draw).process(draftOf()),
    ).toBeDefined();
  }
});

test("from its severity on everything is kept, and no draft is changed", () => {
  const processor = createSamplingProcessor({ ratio: 0, keepMinSeverity: 17 });
  const draft = draftOf(undefined, 17);
  const before = structuredClone(draft);
  expect(processor.process(draft)).toBe(draft);
  expect(draft).toEqual(before);
  expect(processor.process(draftOf(undefined, 16))).toBeUndefined();
});

describe("the plugin", () => {
  test("is one that a registry takes", () => {
    expect(createRegistry().add(sampling, "core").id).toBe("@plumbline/core/sampling");
  });

  test("reads its options, with ERROR as what is always kept", async () => {
    expect(await parsePluginOptions(sampling, { ratio: 0.25 })).toEqual({ ratio: 0.25, keepMinSeverity: 17 });
    expect(await parsePluginOptions(sampling, { ratio: 1, keepMinSeverity: "Warn" })).toEqual({
      ratio: 1,
      keepMinSeverity: 13,
    });
    expect(await parsePluginOptions(sampling, { ratio: 0, keepMinSeverity: "never" })).toEqual({
      ratio: 0,
      keepMinSeverity: "never",
    });
  });

  test.each([
    [undefined, "ratio: expected a number from 0 to 1"],
    [{ ratio: 1.1 }, "ratio: expected a number from 0 to 1"],
    [{ ratio: "0.5" }, "ratio: expected a number from 0 to 1"],
    [{ ratio: Number.NaN }, "ratio: expected a number from 0 to 1"],
    [
      { ratio: 1, keepMinSeverity: "loud" },
      "keepMinSeverity: expected a severity (trace … fatal4, or 1 to 24) or never",
    ],
    [{ ratio: 1, rate: 1 }, "rate: is not an option; the options are ratio, keepMinSeverity"],
    [[], "expected an object with ratio, keepMinSeverity"],
    ["0.5", "expected an object with ratio, keepMinSeverity"],
  ])("%j is refused: %s", async (options, said) => {
    await expect(parsePluginOptions(sampling, options)).rejects.toThrow(said);
  });

  test("every issue is given at once", async () => {
    await expect(parsePluginOptions(sampling, { rate: 1, keepMinSeverity: 25 })).rejects.toMatchObject({
      details: { issues: [{ path: ["rate"] }, { path: ["ratio"] }, { path: ["keepMinSeverity"] }] },
    });
  });
});
