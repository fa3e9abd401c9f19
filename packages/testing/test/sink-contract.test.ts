import { createServer, type Server } from "node:net";
import { definePlugin, type EventLine, type Plugin } from "@plumbline/core";
import { afterEach, describe, expect, test } from "vitest";
import { sinkContract } from "../src/index.ts";
import { failuresOf } from "./run-contract.ts";
import { toyContract, toyPlugin, type ToyChange } from "./toy-sink.ts";

describe("a good sink keeps every rule", () => {
  test.each(sinkContract(toyContract(toyPlugin())))("$name", ({ run }) => run());

  test("also one without flush, and one that tries again by itself", async () => {
    const withoutFlush = toyPlugin((good) => ({
      start: () => good.start(),
      write: (batch, options) => good.write(batch, options),
      close: () => good.close(),
    }));
    expect(await failuresOf(sinkContract(toyContract(withoutFlush)))).toEqual(new Map());
    const patient = toyPlugin((good) => ({
      ...good,
      write: async (batch, options) => {
        try {
          return await good.write(batch, options);
        } catch {
          return good.write(batch, options);
        }
      },
    }));
    const { hang: _hang, ...contract } = toyContract(patient);
    expect(await failuresOf(sinkContract(contract))).toEqual(new Map());
  });
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
function leakServer(): void {
  servers.push(createServer().listen(0, "127.0.0.1"));
}

const once = "write: delivers every line once, in order, over many batches";
const odd = "write: delivers lines of any content and up to a mebibyte unchanged";
const ids = "write: delivers lines that have ids with their ids";
const kept = "write: neither changes the batch nor needs it any more when it has resolved";
const atOnce = "write: up to its concurrency at once, every line once";
const empty = "write: an empty batch is nothing";
const flushed = "flush: resolves with nothing written, repeated, and for every class";
const beforeClose = "close: what was written before it has arrived";
const asyncDispose = "asyncDispose: closes, where there is one";
const again = "failure: a refused batch is asked for again, and then arrives once";
const silent = "failure: says neither in the error nor in the diagnostics what the lines held";
const closeAfterFailure = "failure: close is safe after it";
const withoutStart = "close: is safe without start, and when repeated";
const afterStart = "close: is safe after start, when repeated, and when called twice at once";
const deadline = "deadline: a write under way and close both settle when the signal aborts";
const leaks = "leaks: nothing stays after close";
const declares = "sink: says what it takes and holds in the contract's terms";
const noEffect = "create: has no side effect";
const ownInstance = "create: gives an instance of its own each time";
const everyDelivery = [once, odd, ids, kept, atOnce, flushed, beforeClose];

type Good = Parameters<ToyChange>[0];
const afterWrite =
  (then: (batch: readonly EventLine[], good: Good, calls: number) => unknown): ToyChange =>
  (good) => {
    let calls = 0;
    return {
      ...good,
      write: async (batch, options) => {
        await good.write(batch, options);
        calls += 1;
        return (await then(batch, good, calls)) as undefined;
      },
    };
  };

describe("each planted fault is caught, by the rules that it breaks and no other", () => {
  test.each<[fault: string, change: ToyChange, broken: readonly string[]]>([
    [
      "throws on an empty batch",
      (good) => ({
        ...good,
        write: (batch, options) => {
          if (batch.length === 0) throw new TypeError("empty");
          return good.write(batch, options);
        },
      }),
      [empty],
    ],
    [
      "delivers something for an empty batch",
      (good, _context, store) => ({
        ...good,
        write: async (batch, options) => {
          await good.write(batch, options);
          if (batch.length === 0) store.lines.push("[]");
        },
      }),
      [empty],
    ],
    [
      "loses the last line of a large batch",
      (good) => ({
        ...good,
        write: (batch, options) => good.write(batch.length > 30 ? batch.slice(0, -1) : batch, options),
      }),
      [once],
    ],
    [
      "repeats the 100th line",
      (good, _context, store) => ({
        ...good,
        write: async (batch, options) => {
          const before = store.lines.length;
          await good.write(batch, options);
          const line = store.lines[99];
          if (before < 100 && line !== undefined) store.lines.push(line);
        },
      }),
      [once],
    ],
    [
      "turns a batch of 40 around",
      (good) => ({
        ...good,
        write: (batch, options) => good.write(batch.length === 40 ? batch.toReversed() : batch, options),
      }),
      [once],
    ],
    [
      "trims what it writes",
      (good, _context, store) => ({
        ...good,
        write: async (batch, options) => {
          await good.write(batch, options);
          store.lines.splice(
            0,
            store.lines.length,
            ...store.lines.map((line) => line.replaceAll("\\u2028", " ").replace(" trailing ", " trailing")),
          );
        },
      }),
      [odd],
    ],
    [
      "cuts long lines",
      (good, _context, store) => ({
        ...good,
        write: async (batch, options) => {
          await good.write(batch, options);
          store.lines.splice(0, store.lines.length, ...store.lines.map((line) => line.slice(0, 64 * 1024)));
        },
      }),
      [odd],
    ],
    [
      "writes lines without their ids",
      (good, _context, store) => ({
        ...good,
        write: async (batch, options) => {
          await good.write(batch, options);
          store.lines.splice(
            0,
            store.lines.length,
            ...store.lines.map((line) => line.replace(/^\{"id":"[^"]+",/, "{")),
          );
        },
      }),
      [ids],
    ],
    [
      "empties the batch that it was given",
      afterWrite((batch) => void (batch as EventLine[]).splice(0)),
      [beforeClose, odd, ids, kept],
    ],
    [
      "reads the batch after it has resolved",
      (good) => {
        let pending: (readonly EventLine[])[] = [];
        return {
          ...good,
          write: async (batch) => void pending.push(batch),
          flush: async () => {
            const batches = pending;
            pending = [];
            for (const batch of batches) await good.write(batch, { signal: new AbortController().signal });
          },
        };
      },
      [kept, beforeClose, again, deadline],
    ],
    ["never delivers", (good) => ({ ...good, write: () => undefined }), [...everyDelivery, again, deadline]],
    [
      "starts to mix lines when called at once more often than it says",
      (good, _context, store) => ({
        ...good,
        concurrency: 4,
        write: async (batch, options) => {
          const before = [...store.lines];
          await new Promise((resolve) => setImmediate(resolve));
          await good.write(batch, options);
          store.lines.splice(0, store.lines.length, ...before, ...batch.map((line) => line.line));
        },
      }),
      [atOnce],
    ],
    [
      "rejects good lines",
      afterWrite((batch) => ({ rejected: batch.length, reason: "no" })),
      [...everyDelivery, again, leaks].filter((name) => name !== empty),
    ],
    ["resolves with nonsense", afterWrite(() => 5), [...everyDelivery, empty, again, leaks]],
    [
      "says that more were refused than there were",
      afterWrite((batch) => ({ rejected: batch.length + 1, reason: "no" })),
      [...everyDelivery, empty, again, leaks],
    ],
    [
      "keeps what it refused, and delivers it twice",
      (good, _context, store) => ({
        ...good,
        write: async (batch, options) => {
          if (store.refusals > 0) store.lines.push(...batch.map((line) => line.line));
          await good.write(batch, options);
        },
      }),
      [again],
    ],
    [
      "says that what was refused was delivered",
      (good) => ({
        ...good,
        write: async (batch, options) => {
          try {
            await good.write(batch, options);
          } catch {
            return;
          }
        },
      }),
      [again, deadline],
    ],
    [
      "has refused batches dropped",
      (good) => ({
        ...good,
        write: async (batch, options) => {
          try {
            await good.write(batch, options);
          } catch (cause) {
            throw new Error("refused", { cause });
          }
        },
      }),
      [again],
    ],
    [
      "quotes the lines in its error",
      (good) => ({
        ...good,
        write: async (batch, options) => {
          try {
            await good.write(batch, options);
          } catch (cause) {
            if (cause instanceof Error) cause.message += batch[0]?.line;
            throw cause;
          }
        },
      }),
      [silent],
    ],
    [
      "quotes the lines in its diagnostics",
      (good, context) => ({
        ...good,
        write: (batch, options) => {
          context.diagnostics.debug(`writes ${batch[0]?.line}`);
          return good.write(batch, options);
        },
      }),
      [silent],
    ],
    [
      "fails to close after a failure",
      (good) => {
        let hasFailed = false;
        return {
          ...good,
          write: async (batch, options) => {
            try {
              await good.write(batch, options);
            } catch (error) {
              hasFailed = true;
              throw error;
            }
          },
          close: () => {
            if (hasFailed) throw new Error("broken");
          },
        };
      },
      [again, silent, closeAfterFailure, deadline],
    ],
    [
      "cannot be closed without having been started",
      (good) => {
        let isStarted = false;
        return {
          ...good,
          start: () => void (isStarted = true),
          close: () => {
            if (!isStarted) throw new Error("not started");
          },
        };
      },
      [withoutStart, declares, asyncDispose],
    ],
    [
      "cannot be closed twice",
      (good) => {
        let closed = 0;
        return {
          ...good,
          close: () => {
            closed += 1;
            if (closed > 1) throw new Error("closed already");
          },
        };
      },
      [withoutStart, afterStart, beforeClose, leaks, closeAfterFailure, deadline],
    ],
    [
      "hangs in flush when there is nothing to flush",
      (good) => ({ ...good, flush: () => new Promise<void>(() => undefined) }),
      [once, odd, ids, kept, atOnce, empty, flushed, again, leaks],
    ],
    [
      "fails to flush to the device",
      (good) => ({
        ...good,
        flush: (options) => {
          if (options?.durability === "fsynced") throw new Error("cannot");
        },
      }),
      [flushed],
    ],
    [
      "does not obey the signal",
      (good, _context, store) => ({
        ...good,
        write: (batch, options) => (store.hangs ? new Promise<void>(() => undefined) : good.write(batch, options)),
      }),
      [deadline],
    ],
    [
      "leaves a timer of the context's clock",
      (good, context) => ({ ...good, start: () => void context.clock.setTimer(() => undefined, 60_000) }),
      [leaks],
    ],
    ["leaves a server", (good) => ({ ...good, start: () => leakServer() }), [leaks]],
    [
      "opens a server in create",
      (good) => {
        leakServer();
        return good;
      },
      [noEffect, leaks],
    ],
    [
      "sets a timer in create",
      (good, context) => {
        context.clock.setTimer(() => undefined, 60_000);
        return good;
      },
      [noEffect, leaks],
    ],
    [
      "says something in create",
      (good, context) => {
        context.diagnostics.info("hello");
        return good;
      },
      [noEffect],
    ],
    [
      "asks for its folder in create",
      (good, context) => {
        expect(context.dataDir).toBeUndefined();
        return good;
      },
      [noEffect],
    ],
    ["takes signals that do not exist", (good) => ({ ...good, signals: ["profiles" as "logs"] }), [declares]],
    ["takes no signals", (good) => ({ ...good, signals: [] }), [declares]],
    ["holds something without a kind", (good) => ({ ...good, exclusive: ["4700"] }), [declares]],
    ["has a concurrency of nothing", (good) => ({ ...good, concurrency: 0 }), [declares]],
    ["disposes of nothing", (good) => Object.assign({ ...good }, { [Symbol.asyncDispose]: 5 }), [asyncDispose]],
    [
      "disposes of itself once only",
      (good) => {
        let disposed = 0;
        return Object.assign(
          { ...good },
          {
            [Symbol.asyncDispose]: () => {
              disposed += 1;
              if (disposed > 1) throw new Error("disposed already");
            },
          },
        );
      },
      [asyncDispose],
    ],
    [
      "leaves its timer when it is disposed of",
      (good, context) => {
        let timer: { cancel(): void } | undefined;
        return Object.assign(
          {
            ...good,
            start: () => void (timer = context.clock.setTimer(() => undefined, 60_000)),
            close: () => timer?.cancel(),
          },
          { [Symbol.asyncDispose]: () => undefined },
        );
      },
      [asyncDispose],
    ],
  ])("%s", async (_fault, change, broken) => {
    const failures = await failuresOf(sinkContract(toyContract(toyPlugin(change))));
    expect([...failures.keys()].sort()).toEqual([...broken].sort());
  });

  const plugin = toyPlugin();
  const create: typeof plugin.create = (options, context) => plugin.create(options, context);
  test.each<[fault: string, plugin: Plugin<"sink", never>, broken: readonly string[]]>([
    ["has no id", { ...plugin, id: "" } as unknown as Plugin<"sink", never>, ["plugin: a registry takes it"]],
    [
      "is made for another version",
      { ...plugin, apiVersion: 2 } as unknown as Plugin<"sink", never>,
      ["plugin: a registry takes it"],
    ],
  ])("%s", async (_fault, bad, broken) => {
    const failures = await failuresOf(sinkContract(toyContract(bad as unknown as typeof plugin)));
    expect([...failures.keys()]).toEqual(broken);
  });

  test("gives one instance to all", async () => {
    let instance: ReturnType<typeof create> | undefined;
    const bad = { ...plugin, create: (...given: Parameters<typeof create>) => (instance ??= create(...given)) };
    expect((await failuresOf(sinkContract(toyContract(bad)))).has(ownInstance)).toBe(true);
  });

  test("takes any options at all", async () => {
    const lenient = definePlugin({
      ...plugin,
      options: {
        "~standard": {
          version: 1,
          vendor: "toy",
          validate: (value: unknown) => ({ value: value as { store: never } }),
        },
      },
      create: (options: Parameters<typeof create>[0] | undefined, context) =>
        create(options ?? { store: { lines: [], refusals: 0, hangs: false } }, context),
    });
    expect([...(await failuresOf(sinkContract(toyContract(lenient as typeof plugin)))).keys()]).toEqual([
      "options: refuses an option that it does not have",
      "options: refuses invalid options (1 of 2)",
      "options: refuses invalid options (2 of 2)",
    ]);
  });

  test("refuses the options that a config would give it", async () => {
    const strict = {
      ...plugin,
      options: {
        "~standard": { version: 1 as const, vendor: "toy", validate: () => ({ issues: [{ message: "no" }] }) },
      },
    };
    const failures = await failuresOf(sinkContract(toyContract(strict)));
    expect(failures.get("options: takes what a config would give it")).toContain("do not fit: no");
    expect(failures.size).toBeGreaterThan(10);
  });
});
