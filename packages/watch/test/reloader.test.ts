import { RetryableError } from "@plumbline/core";
import { createFakeClock, type FakeClock } from "@plumbline/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { rejectedByTarget, type ApplyContext, type LoadContext } from "../src/index.ts";
import { setScene } from "./fake-watcher.ts";

let clock: FakeClock;
beforeEach(() => {
  clock = createFakeClock();
});

const text = (generation: { content: Buffer }): string => generation.content.toString();

/** An `apply` whose calls a test settles. */
function createTarget(): {
  apply: (config: string, context: ApplyContext<string>) => Promise<void>;
  calls: { config: string; context: ApplyContext<string>; succeed: () => void; fail: (error: Error) => void }[];
  running: () => number;
} {
  const calls: ReturnType<typeof createTarget>["calls"] = [];
  let running = 0;
  return {
    calls,
    running: () => running,
    apply(config, context) {
      running++;
      return new Promise<void>((resolve, reject) => {
        const succeed = (): void => {
          running--;
          resolve();
        };
        const fail = (error: Error): void => {
          running--;
          reject(error);
        };
        calls.push({ config, context, succeed, fail });
      });
    },
  };
}

describe("a reloader", () => {
  test("puts each generation in force once, in order, and says what it did", async () => {
    const applied: string[] = [];
    const { watcher, reloader, told } = setScene<string>(clock, {
      load: text,
      apply: (config) => void applied.push(config),
    });
    watcher.edit("a");
    await expect(reloader.start()).resolves.toEqual({ kind: "applied", generation: 1 });
    watcher.edit("b");
    await clock.advance(0);
    watcher.edit("a");
    await clock.advance(0);
    expect(applied).toEqual(["a", "b", "a"]);
    expect(told()).toEqual(["seen 1", "applied 1", "seen 2", "applied 2", "seen 3", "applied 3"]);
    expect(reloader.config).toBe("a");
    expect(reloader.status()).toMatchObject({ phase: { kind: "idle" }, seen: 3, validated: 3, applied: 3 });
    expect(reloader.report()).toMatchObject({ reloads: 3, reloadsFailed: 0, lastReloadSuccessful: true });
    await reloader.close();
    expect(clock.pendingTimers).toBe(0);
  });

  test("never calls apply while an earlier call has not settled, also when that ignores its signal", async () => {
    const target = createTarget();
    const { watcher, reloader, told } = setScene<string>(clock, { load: text, apply: target.apply });
    watcher.edit("a");
    const started = reloader.start();
    await clock.advance(0);
    watcher.edit("b");
    watcher.edit("c");
    await clock.advance(100);
    expect(target.calls).toHaveLength(1);
    expect(target.calls[0]?.context.signal.aborted).toBe(true);
    target.calls[0]?.succeed();
    await clock.advance(0);
    expect(target.calls.map(({ config }) => config)).toEqual(["a", "c"]);
    expect(target.running()).toBe(1);
    expect(target.calls[1]?.context.inForce).toBe("a");
    target.calls[1]?.succeed();
    await started;
    await clock.advance(0);
    expect(told()).toEqual(["seen 1", "seen 2", "seen 3", "applied 1", "applied 3"]);
    await reloader.close();
  });

  test("gives up an apply that hangs for newer content, and applies that at once", async () => {
    const target = createTarget();
    const hanging = (config: string, context: ApplyContext<string>): Promise<void> => {
      const call = target.apply(config, context);
      if (config === "hangs") {
        context.signal.addEventListener("abort", () => target.calls.at(-1)?.fail(new Error("gave up")));
      } else {
        target.calls.at(-1)?.succeed();
      }
      return call;
    };
    const { watcher, reloader, told } = setScene<string>(clock, { load: text, apply: hanging });
    watcher.edit("good");
    await reloader.start();
    watcher.edit("hangs");
    await clock.advance(500);
    watcher.edit("better");
    await clock.advance(0);
    expect(reloader.config).toBe("better");
    expect(told().slice(2)).toEqual(["seen 2", "seen 3", "superseded 2 by 3", "applied 3"]);
    expect(reloader.report()).toMatchObject({ reloads: 3, reloadsFailed: 0, reloadsCancelled: 1 });
    await reloader.close();
  });

  test("lets one apply through after three were given up in a row, so that a slow target is not starved", async () => {
    const target = createTarget();
    const apply = (config: string, context: ApplyContext<string>): Promise<void> => {
      const call = target.apply(config, context);
      const { fail } = target.calls.at(-1) ?? {};
      context.signal.addEventListener("abort", () => fail?.(new Error("gave up")));
      return call;
    };
    const { watcher, reloader } = setScene<string>(clock, { load: text, apply });
    watcher.edit("0");
    const started = reloader.start();
    for (let edit = 1; edit <= 10; edit++) {
      await clock.advance(100);
      watcher.edit(String(edit));
    }
    await clock.advance(100);
    expect(target.calls.map(({ config }) => config)).toEqual(["0", "1", "2", "3"]);
    expect(target.calls[3]?.context.signal.aborted).toBe(false);
    target.calls[3]?.succeed();
    await clock.advance(0);
    expect(target.calls.at(-1)?.config).toBe("10");
    target.calls.at(-1)?.succeed();
    await started;
    await clock.advance(0);
    expect(reloader.config).toBe("10");
    await reloader.close();
  });

  test.each(["load", "validate"] as const)(
    "lets one %s through in the same way, that edits come faster than it ends",
    async (slow) => {
      const applied: string[] = [];
      const wait = (signal: AbortSignal): Promise<void> =>
        new Promise((resolve) => {
          const timer = clock.setTimer(resolve, 120);
          signal.addEventListener("abort", () => timer.cancel());
        });
      const { watcher, reloader } = setScene<string>(clock, {
        async load(generation, { signal }) {
          if (slow === "load") await wait(signal);
          return text(generation);
        },
        async validate(_, { signal }) {
          if (slow === "validate") await wait(signal);
        },
        apply: (config) => void applied.push(config),
      });
      watcher.edit("0");
      const started = reloader.start();
      for (let edit = 1; edit <= 20; edit++) {
        await clock.advance(60);
        watcher.edit(String(edit));
      }
      await started;
      expect(applied.length).toBeGreaterThanOrEqual(3);
      for (let rest = 0; rest < 4; rest++) await clock.advance(120);
      expect(applied.at(-1)).toBe("20");
      for (let edit = 21; edit <= 24; edit++) watcher.edit(String(edit));
      await reloader.close();
      expect(clock.pendingTimers).toBe(0);
    },
  );

  test("abandons a load that hangs for newer content, and drops what comes of it", async () => {
    const late: ((config: string) => void)[] = [];
    const signals: AbortSignal[] = [];
    const applied: string[] = [];
    const load = (generation: { content: Buffer }, { signal }: LoadContext): string | Promise<string> => {
      signals.push(signal);
      const content = text(generation);
      return content === "hangs" ? new Promise((resolve) => void late.push(resolve)) : content;
    };
    const { watcher, reloader, told } = setScene<string>(clock, { load, apply: (config) => void applied.push(config) });
    watcher.edit("a");
    await reloader.start();
    watcher.edit("hangs");
    await clock.advance(0);
    watcher.edit("b");
    await clock.advance(0);
    for (const resolve of late) resolve("late");
    await clock.advance(0);
    expect(applied).toEqual(["a", "b"]);
    expect(signals[1]?.aborted).toBe(true);
    expect(told().slice(2)).toEqual(["seen 2", "seen 3", "superseded 2 by 3", "applied 3"]);
    await reloader.close();
  });

  test("keeps the last good config when load or validate refuses, and does not ask again until the content changes", async () => {
    let loads = 0;
    const { watcher, reloader, told } = setScene<string>(clock, {
      load(generation) {
        loads++;
        if (text(generation) === "broken") throw new TypeError("no config");
        return text(generation);
      },
      validate(config) {
        if (config === "invalid") throw new RangeError("out of range");
      },
      apply: () => undefined,
    });
    watcher.edit("good");
    await reloader.start();
    watcher.edit("broken");
    await clock.advance(100_000);
    expect(loads).toBe(2);
    expect(reloader.status()).toMatchObject({
      seen: 2,
      validated: 1,
      applied: 1,
      rejected: { generation: 2, stage: "load", code: "TypeError", message: "no config" },
      inForce: { generation: 1, source: "files" },
      isCertain: true,
    });
    watcher.edit("invalid");
    await clock.advance(0);
    const health = await reloader.health();
    expect(health.status).toBe("degraded");
    expect(health.reasons.join()).toContain("out of range");
    watcher.edit("good");
    await clock.advance(0);
    // What is in force was never touched: it is not applied again.
    expect(told().slice(2)).toEqual([
      "seen 2",
      "rejected 2 load TypeError",
      "seen 3",
      "rejected 3 validate RangeError",
      "seen 4",
      "unchanged 4",
    ]);
    expect(reloader.status()).toMatchObject({ applied: 4, rejected: undefined });
    expect((await reloader.health()).status).toBe("ok");
    await reloader.close();
  });

  test("tries a failed apply again, less and less often, and applies newer content without waiting", async () => {
    const times: number[] = [];
    const { watcher, reloader, events } = setScene<string>(clock, {
      load: text,
      apply(config) {
        times.push(clock.monotonicMs());
        if (config === "bad") throw new Error("no answer");
      },
      retry: { initialMs: 1000, maxMs: 4000 },
    });
    watcher.edit("good");
    await reloader.start();
    watcher.edit("bad");
    await clock.advance(16_000);
    expect(times).toEqual([0, 0, 1000, 3000, 7000, 11_000, 15_000]);
    expect(reloader.status()).toMatchObject({ phase: { kind: "retrying", attempt: 6 }, isCertain: false });
    watcher.edit("better");
    await clock.advance(0);
    expect(reloader.config).toBe("better");
    expect(events.at(-1)).toMatchObject({ kind: "applied", generation: 3, attempts: 1, tookMs: 0 });
    expect(reloader.report()).toMatchObject({ reloads: 8, reloadsFailed: 6, lastReloadSuccessful: true });
    await reloader.close();
  });

  test("after an apply that failed, content that was in force before is applied again", async () => {
    const applied: string[] = [];
    const { watcher, reloader } = setScene<string>(clock, {
      load: text,
      apply(config) {
        applied.push(config);
        if (config === "refused") throw rejectedByTarget("line 3");
      },
    });
    watcher.edit("good");
    await reloader.start();
    watcher.edit("refused");
    await clock.advance(60_000);
    expect(reloader.status()).toMatchObject({ rejected: { code: "PLB_WATCH_REJECTED", attempt: 1 }, isCertain: false });
    watcher.edit("good");
    await clock.advance(0);
    expect(applied).toEqual(["good", "refused", "good"]);
    expect(reloader.status().isCertain).toBe(true);
    await reloader.close();
  });

  test("a RetryableError of load or validate is tried again, not before its own time", async () => {
    let loads = 0;
    const { watcher, reloader } = setScene<string>(clock, {
      load(generation) {
        if (++loads === 2) throw new RetryableError("later", { retryAfterMs: 20_000 });
        return text(generation);
      },
      apply: () => undefined,
    });
    watcher.edit("a");
    await reloader.start();
    watcher.edit("b");
    await clock.advance(19_999);
    expect(loads).toBe(2);
    await clock.advance(1);
    expect(reloader.config).toBe("b");
    await reloader.close();
  });

  test("rejects after maxAttempts", async () => {
    const { watcher, reloader, told } = setScene<string>(clock, {
      load: text,
      apply(config) {
        if (config === "bad") throw new Error("no answer");
      },
      retry: { maxAttempts: 2 },
    });
    watcher.edit("good");
    await reloader.start();
    watcher.edit("bad");
    await clock.advance(100_000);
    expect(told().slice(3)).toEqual(["failed 2 apply Error", "rejected 2 apply Error"]);
    await reloader.close();
  });

  test("tells an apply that takes too long to give up, waits for it, says that it is stuck, and tries again", async () => {
    const target = createTarget();
    const { watcher, reloader, told } = setScene<string>(clock, {
      load: text,
      apply: target.apply,
      applyTimeoutMs: 5000,
      whenNothingIsGood: "wait",
    });
    watcher.edit("a");
    const started = reloader.start();
    await clock.advance(5000);
    expect(target.calls[0]?.context.signal.aborted).toBe(true);
    expect(reloader.status().phase).toMatchObject({ kind: "stuck", generation: 1 });
    expect((await reloader.health()).status).toBe("failed");
    await clock.advance(60_000);
    expect(target.calls).toHaveLength(1);
    target.calls[0]?.fail(new Error("at last"));
    await expect(started).resolves.toMatchObject({ kind: "failed", isFinal: false });
    expect(told()).toEqual(["seen 1", "failed 1 apply PLB_WATCH_TIMEOUT"]);
    await clock.advance(1000);
    expect(target.calls).toHaveLength(2);
    target.calls[1]?.succeed();
    await clock.advance(0);
    expect(reloader.config).toBe("a");
    await reloader.close();
  });

  test("a load that takes too long is tried again", async () => {
    let loads = 0;
    const { watcher, reloader, told } = setScene<string>(clock, {
      load: () => (++loads === 2 ? new Promise<string>(() => undefined) : String(loads)),
      apply: () => undefined,
      loadTimeoutMs: 2000,
    });
    watcher.edit("a");
    await reloader.start();
    watcher.edit("b");
    await clock.advance(3000);
    expect(told().slice(3)).toEqual(["failed 2 load PLB_WATCH_TIMEOUT", "applied 2"]);
    await reloader.close();
  });

  test("caps how often new content is applied, and applies the newest when it may", async () => {
    const applied: [string, number][] = [];
    const { watcher, reloader } = setScene<string>(clock, {
      load: text,
      apply: (config) => void applied.push([config, clock.monotonicMs()]),
      rate: { burst: 2, intervalMs: 1000 },
    });
    watcher.edit("0");
    await reloader.start();
    for (let edit = 1; edit <= 30; edit++) {
      watcher.edit(String(edit));
      await clock.advance(100);
    }
    await clock.advance(1000);
    expect(applied).toEqual([
      ["0", 0],
      ["1", 0],
      ["10", 1000],
      ["20", 2000],
      ["30", 3000],
    ]);
    await reloader.close();
  });

  test("close gives up what is under way, waits for apply, and rejects who waits", async () => {
    const target = createTarget();
    const { watcher, reloader } = setScene<string>(clock, { load: text, apply: target.apply });
    watcher.edit("a");
    const started = reloader.start();
    const ended = started.catch((error: unknown) => error);
    await clock.advance(0);
    let isClosed = false;
    const closing = reloader.close().then(() => (isClosed = true));
    await clock.advance(100);
    expect(target.calls[0]?.context.signal.aborted).toBe(true);
    expect(isClosed).toBe(false);
    target.calls[0]?.fail(new Error("gave up"));
    await closing;
    expect(await ended).toMatchObject({ code: "PLB_WATCH_CLOSED" });
    await expect(reloader.reload()).rejects.toMatchObject({ code: "PLB_WATCH_CLOSED" });
    expect(clock.pendingTimers).toBe(0);
    expect(reloader.status().phase.kind).toBe("stopped");
  });
});

describe("reload()", () => {
  test("applies what is in force again only by force, and tells the outcome", async () => {
    const applied: string[] = [];
    const { watcher, reloader } = setScene<string>(clock, {
      load: text,
      apply: (config) => void applied.push(config),
    });
    watcher.edit("a");
    await reloader.start();
    await expect(reloader.reload()).resolves.toEqual({ kind: "unchanged", generation: 1 });
    await expect(reloader.reload({ force: true })).resolves.toEqual({ kind: "applied", generation: 1 });
    expect(applied).toEqual(["a", "a"]);
    watcher.isMissing = true;
    await expect(reloader.reload()).resolves.toMatchObject({ kind: "nothing" });
    await reloader.close();
  });

  test("tries what waits for its next attempt at once", async () => {
    let isDown = false;
    const { watcher, reloader } = setScene<string>(clock, {
      load: text,
      apply() {
        if (isDown) throw new Error("down");
      },
    });
    watcher.edit("a");
    await reloader.start();
    isDown = true;
    watcher.edit("b");
    await clock.advance(0);
    await expect(reloader.reload()).resolves.toMatchObject({ kind: "failed", isFinal: false });
    isDown = false;
    await expect(reloader.reload()).resolves.toEqual({ kind: "applied", generation: 2 });
    await reloader.close();
  });

  test("environment variables that were named or read are part of what is in force", async () => {
    const env: Record<string, string | undefined> = { NAMED: "1", READ: "1", OTHER: "1" };
    let applies = 0;
    const { watcher, reloader, events } = setScene<string>(clock, {
      load: (_generation, context) => context.variable("READ") ?? "",
      apply: () => void applies++,
      env,
      environment: ["NAMED"],
    });
    watcher.edit("a");
    await reloader.start();
    env["OTHER"] = "2";
    await expect(reloader.reload()).resolves.toMatchObject({ kind: "unchanged" });
    env["READ"] = "2";
    await expect(reloader.reload()).resolves.toMatchObject({ kind: "applied" });
    env["NAMED"] = "2";
    await expect(reloader.reload()).resolves.toMatchObject({ kind: "applied" });
    expect(applies).toBe(3);
    const fingerprints = events.flatMap((event) => (event.kind === "applied" ? [event.fingerprint] : []));
    expect(new Set(fingerprints).size).toBe(3);
    await reloader.close();
  });

  test("included files are part of what is in force, and those of a refused config are watched until it is corrected", async () => {
    const load = async (generation: { content: Buffer }, context: LoadContext): Promise<string> => {
      const [, path = ""] = text(generation).split(" ");
      const { content } = await context.include(path);
      if (content === undefined) throw new Error("nothing included");
      return content.toString();
    };
    const { watcher, reloader, told } = setScene<string>(clock, { load, apply: () => undefined });
    watcher.onDisk.set("/one", "1");
    watcher.edit("include /one");
    await reloader.start();
    watcher.edit("include /two");
    await clock.advance(0);
    expect([...watcher.included.keys()].sort()).toEqual(["/one", "/two"]);
    watcher.onDisk.set("/two", "2");
    watcher.included.set("/two", "2");
    watcher.edit("include /two");
    await clock.advance(0);
    expect(reloader.config).toBe("2");
    expect(told().slice(2)).toEqual(["seen 2", "rejected 2 load Error", "seen 3", "applied 3"]);
    await reloader.close();
  });
});
