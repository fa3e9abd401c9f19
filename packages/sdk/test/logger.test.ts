import type { EventInput } from "@plumbline/core";
import { describe, expect, test } from "vitest";
import { AmbientAttributes } from "../src/ambient-attributes.ts";
import { type EventPipeline, type LoggerHost, ScopedLogger } from "../src/logger.ts";
import { ScopeLevels } from "../src/scope-levels.ts";

/** A host that keeps what it is given. */
function createHost(): LoggerHost & { readonly events: EventInput[] } {
  const events: EventInput[] = [];
  const pipeline: EventPipeline = {
    isEnabled: () => true,
    emit: (event) => void events.push(event),
    emitAsync: async (event) => {
      events.push(event);
      return "id";
    },
    flush: async () => undefined,
  };
  return { pipeline, levels: new ScopeLevels(9, {}), ambient: new AmbientAttributes(), events };
}

function setUp(bound?: Record<string, unknown>) {
  const host = createHost();
  return { ...host, host, logger: new ScopedLogger(host, { name: "acme.db" }, bound) };
}

describe("events", () => {
  test("an event has its name, its attributes as they are, INFO and its scope", () => {
    const { logger, events } = setUp();
    const attributes = { a: 1 };
    logger.emit("shop.opened", attributes);
    expect(events).toEqual([{ name: "shop.opened", severity: 9, attributes, scope: { name: "acme.db" } }]);
    expect(events[0]?.attributes).toBe(attributes);
  });

  test("options give severity, body, error and time; what is no severity is INFO", () => {
    const { logger, events } = setUp();
    const error = new Error("x");
    logger.emit("a", undefined, { severity: "error", body: { b: 1 }, error, time: 5 });
    logger.emit("b", undefined, { severity: "loud" as never });
    expect(events[0]).toMatchObject({ severity: 17, body: { b: 1 }, error, time: 5 });
    expect(events[1]).toMatchObject({ severity: 9 });
  });

  test("emitAsync gives what the pipeline gives, and undefined for what is below the level", async () => {
    const { logger, host } = setUp();
    expect(await logger.emitAsync("a")).toBe("id");
    host.levels.set("acme", "error");
    expect(await logger.emitAsync("a")).toBeUndefined();
  });

  test("what is below the scope's level is not emitted, and a change is seen by the next call", () => {
    const { logger, host, events } = setUp();
    logger.log.debug("no");
    host.levels.set("acme.db", "debug");
    logger.log.debug("yes");
    host.levels.set("acme.db", "off");
    logger.log.fatal("no");
    logger.emit("no", {}, { severity: "fatal" });
    expect(events.map(({ body }) => body)).toEqual(["yes"]);
    expect(logger.isEnabled("fatal")).toBe(false);
  });
});

test("every method works without its object", async () => {
  const { logger, events } = setUp();
  const { emit, emitAsync, log, child, isEnabled } = logger;
  emit("a");
  await emitAsync("b");
  log.info("c");
  child({ d: 1 }).emit("d");
  expect(isEnabled("info")).toBe(true);
  expect(events.map(({ name, body }) => name ?? body)).toEqual(["a", "b", "c", "d"]);
});

describe("messages", () => {
  test.each([
    ["trace", 1],
    ["debug", 5],
    ["info", 9],
    ["warn", 13],
    ["error", 17],
    ["fatal", 21],
  ] as const)("log.%s has the severity %d, the message as its body, and no name", (method, severity) => {
    const { logger, host, events } = setUp();
    host.levels.set("*", "trace");
    logger.log[method]("hello", { a: 1 });
    expect(events).toEqual([
      { severity, body: "hello", attributes: { a: 1 }, error: undefined, scope: { name: "acme.db" } },
    ]);
  });

  test("an error as the second argument is the event's error", () => {
    const { logger, events } = setUp();
    const error = new TypeError("x");
    logger.log.error("failed", error);
    expect(events[0]).toMatchObject({ body: "failed", error, attributes: undefined });
  });

  test("an error as the message is body and error; with attributes beside it both are kept", () => {
    const { logger, events } = setUp();
    const error = new TypeError("x");
    logger.log.error(error, { a: 1 });
    expect(events[0]).toMatchObject({ body: "x", error, attributes: { a: 1 } });
  });

  test("an object as the message is the body", () => {
    const { logger, events } = setUp();
    logger.log.info({ a: [1] });
    expect(events[0]).toMatchObject({ body: { a: [1] }, error: undefined });
  });
});

describe("attributes", () => {
  test("a call's win over a child's, those over the ones around", () => {
    const { logger, host, events } = setUp();
    const child = logger.child({ a: "child", b: "child" });
    host.ambient.run({ a: "around", b: "around", c: "around" }, () => {
      child.emit("x", { a: "call" });
      child.child({ b: "grandchild" }).log.info("y");
      logger.emit("z");
    });
    child.emit("outside");
    expect(events.map(({ attributes }) => attributes)).toEqual([
      { a: "call", b: "child", c: "around" },
      { a: "child", b: "grandchild", c: "around" },
      { a: "around", b: "around", c: "around" },
      { a: "child", b: "child" },
    ]);
  });

  test("of a Map are its entries", () => {
    const { logger, events } = setUp({ a: 1 });
    logger.emit("x", new Map([["b", 2]]));
    expect(events[0]?.attributes).toEqual({ a: 1, b: 2 });
  });

  test("those around hold across awaits, nest, and are each task's own", async () => {
    const { logger, host, events } = setUp();
    const task = (id: number): Promise<void> =>
      host.ambient.run({ id }, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        await host.ambient.run({ step: 2 }, async () => {
          await Promise.resolve();
          logger.emit("inner");
        });
        logger.emit("outer");
      });
    await Promise.all([task(1), task(2)]);
    const seen = events.map(({ name, attributes }) => `${name} ${JSON.stringify(attributes)}`).toSorted();
    expect(seen).toEqual(['inner {"id":1,"step":2}', 'inner {"id":2,"step":2}', 'outer {"id":1}', 'outer {"id":2}']);
  });

  test("with gives what the call returns, and lets through what it throws", async () => {
    const { host } = setUp();
    expect(host.ambient.run({}, () => 5)).toBe(5);
    expect(() =>
      host.ambient.run({}, () => {
        throw new Error("mine");
      }),
    ).toThrow("mine");
  });
});

describe("hostile input never throws", () => {
  const throws = (): never => {
    throw new Error("hostile");
  };
  const hostile = {
    "a throwing getter": Object.defineProperty({}, "x", { get: throws, enumerable: true }),
    "a Proxy that refuses everything": new Proxy(
      {},
      { get: throws, ownKeys: throws, getPrototypeOf: throws, has: throws, getOwnPropertyDescriptor: throws },
    ),
    "a number": 5 as never,
    "a text": "x" as never,
    null: null as never,
    "a revoked Proxy": revoked(),
    "an error whose message throws": Object.defineProperty(new Error("x"), "message", { get: throws }),
  };

  test.each(Object.entries(hostile))("%s", async (_, value) => {
    const { logger, host, events } = setUp();
    const child = logger.child(value);
    for (const each of [logger, child]) {
      each.emit("a", value);
      each.emit("a", { a: 1 }, value as never);
      each.emit(value as never);
      each.log.info(value);
      each.log.info("x", value);
      await each.emitAsync("a", value);
      host.ambient.run(value, () => each.emit("a", { kept: 1 }));
    }
    expect(events).toHaveLength(14);
    const last = events.filter((_event, index) => index % 7 === 6);
    for (const { attributes = {} } of last) {
      expect(Object.getOwnPropertyDescriptor(attributes, "kept")).toMatchObject({ value: 1 });
    }
  });

  function revoked(): object {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }
});
