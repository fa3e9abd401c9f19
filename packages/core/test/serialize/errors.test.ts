import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import type { LineWriter } from "../../src/serialize/write-line.ts";
import { fakeRedactor, plantedSecret } from "./fake-redactor.ts";
import { createWriter, roundTrip, writtenJson } from "./writer.ts";

/** An error with a stack that does not depend on where it is made. */
function errorOf(name: string, message: string, options?: ErrorOptions): Error {
  const error = new Error(message, options);
  error.name = name;
  error.stack = `${name}: ${message}\n    at here`;
  return error;
}

function attributesOf(error: unknown, attributes?: Record<string, unknown>): unknown {
  return roundTrip({ error, attributes }).attributes;
}

function stackOf(error: unknown, writer: LineWriter = createWriter()): string {
  const stack = roundTrip({ error }, writer).attributes["exception.stacktrace"];
  return typeof stack === "string" ? stack : "";
}

function failing(message: string): never {
  throw new Error(message);
}

describe("the error of an event", () => {
  test("becomes exception.*, with all its causes in the stack", () => {
    const error = errorOf("A", "a", { cause: errorOf("B", "b", { cause: errorOf("C", "c") }) });
    expect(attributesOf(error)).toEqual({
      "exception.type": "A",
      "exception.message": "a",
      "exception.stacktrace": "A: a\n    at here\nCaused by: B: b\n    at here\nCaused by: C: c\n    at here",
    });
  });

  test("shows the errors of an aggregate", () => {
    const aggregate = Object.assign(new AggregateError([errorOf("B", "b"), "text"], "a"), {
      stack: "AggregateError: a",
    });
    expect(attributesOf(aggregate)).toMatchObject({
      "exception.type": "AggregateError",
      "exception.stacktrace": 'AggregateError: a\nError 1 of 2: B: b\n    at here\nError 2 of 2: "text"',
    });
  });

  test.each<[string, unknown, Record<string, unknown>]>([
    ["text", "boom", { "exception.message": "boom" }],
    ["a number", 5, { "exception.type": "number", "exception.message": "5" }],
    [
      "an object",
      { code: 5, password: "x" },
      { "exception.type": "Object", "exception.message": '{"code":5,"password":"[redacted:key]"}' },
    ],
    [
      "an object with a message",
      { name: "Odd", message: "m" },
      { "exception.type": "Odd", "exception.message": "m", "exception.stacktrace": "Odd: m" },
    ],
    [
      "a cause that is no error",
      errorOf("A", "a", { cause: { password: "x", b: 1 } }),
      { "exception.stacktrace": 'A: a\n    at here\nCaused by: {"password":"[redacted:key]","b":1}' },
    ],
    ["a cause that is null", errorOf("A", "a", { cause: null }), { "exception.stacktrace": "A: a\n    at here" }],
    [
      "an error without a stack",
      Object.assign(errorOf("A", "a"), { stack: undefined }),
      { "exception.stacktrace": "A: a" },
    ],
  ])("may be %s", (_, error, expected) => {
    const event = roundTrip({ error }, createWriter({ redactor: fakeRedactor("-") }));
    expect(event.attributes).toMatchObject(expected);
  });

  test.each([undefined, null])("may be %s: then there is none", (error) => {
    expect(attributesOf(error, { a: 1 })).toEqual({ a: 1 });
  });

  test("has the name of its class when it has none of its own", () => {
    class HttpError extends Error {}
    expect(attributesOf(new HttpError("m"))).toMatchObject({ "exception.type": "HttpError" });
    expect(attributesOf(new TypeError("m"))).toMatchObject({ "exception.type": "TypeError" });
    expect(attributesOf(runInNewContext("new RangeError('m')"))).toMatchObject({
      "exception.type": "RangeError",
      "exception.message": "m",
    });
  });

  test("gives way to attributes of the same name", () => {
    expect(attributesOf(errorOf("A", "a"), { "exception.type": "mine", b: 1 })).toEqual({
      "exception.message": "a",
      "exception.stacktrace": "A: a\n    at here",
      "exception.type": "mine",
      b: 1,
    });
  });

  test("may be its own cause, and have very many", () => {
    const own = errorOf("A", "a");
    own.cause = own;
    expect(attributesOf(own)).toMatchObject({ "exception.stacktrace": "A: a\n    at here\nCaused by: [Circular]" });
    let chain = errorOf("E", "e");
    for (let n = 0; n < 10_000; n++) chain = errorOf("E", "e", { cause: chain });
    const stack = stackOf(chain);
    expect(stack.match(/Caused by/gu)).toHaveLength(16);
    expect(stack).toMatch(/Caused by: \[chain limit\]$/u);
  });

  test("may be hostile in every part", () => {
    const hostile = new Error("x");
    for (const key of ["stack", "name", "message", "cause", "errors", "constructor", "code"]) {
      Object.defineProperty(hostile, key, { get: () => failing("never shown"), enumerable: true });
    }
    const { line } = createWriter().write({ error: hostile, body: hostile }, 9);
    expect(line).not.toContain("never shown");
    expect(line).toContain('"exception.message":"[Getter threw: Error]"');
  });

  test("may be a proxy that throws, or is revoked", () => {
    const { proxy, revoke } = Proxy.revocable(new Error("x"), {});
    revoke();
    for (const error of [proxy, new Proxy(new Error("x"), { get: () => failing("never shown") })]) {
      const writer = createWriter();
      expect(writer.write({ error }, 9).line).not.toContain("never shown");
      expect(writer.counts()).toMatchObject({ failed: 0 });
    }
  });

  test("hides the secrets of all its texts", () => {
    const secret = plantedSecret();
    const error = Object.assign(new Error(`a ${secret}`, { cause: new AggregateError([new Error(secret)], secret) }), {
      name: secret,
    });
    const { line } = createWriter({ redactor: fakeRedactor(secret) }).write({ error }, 9);
    expect(line).toContain("Caused by: AggregateError");
    expect(line).not.toContain(secret);
  });

  test("is read once, each part of it", () => {
    const reads: string[] = [];
    const error = new Proxy(errorOf("A", "a", { cause: "c" }), {
      get(target, key, receiver) {
        reads.push(String(key));
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
    createWriter().write({ error }, 9);
    expect(reads.filter((key, index) => reads.indexOf(key) !== index)).toEqual([]);
    expect(reads).toContain("stack");
  });

  test("has a stack of bounded length", () => {
    const writer = createWriter({ limits: { maxStringLength: 50 } });
    const stack = stackOf(errorOf("A", "a", { cause: errorOf("B", "b".repeat(100)) }), writer);
    expect(stack.length).toBeLessThan(90);
    expect(stack).toMatch(/\.\.\.\[truncated \d+\]$/u);
  });
});

describe("an error as a value", () => {
  test("is a map of what it has, with its causes and the primitives hung on it", () => {
    const error = Object.assign(errorOf("A", "a", { cause: errorOf("B", "b") }), {
      code: "ENOENT",
      errno: -2,
      request: { big: 1 },
    });
    expect(writtenJson(error)).toEqual({
      type: "A",
      message: "a",
      stacktrace: "A: a\n    at here",
      code: "ENOENT",
      errno: -2,
      cause: { type: "B", message: "b", stacktrace: "B: b\n    at here" },
    });
  });

  test("may be an aggregate, of another realm, or its own cause", () => {
    const aggregate = new AggregateError([errorOf("B", "b")], "a");
    expect(writtenJson(aggregate)).toMatchObject({ type: "AggregateError", errors: [{ type: "B" }] });
    expect(writtenJson(runInNewContext("new TypeError('m')"))).toMatchObject({ type: "TypeError", message: "m" });
    const own = errorOf("A", "a");
    own.cause = { list: [own] };
    expect(writtenJson(own)).toMatchObject({ cause: { list: ["[Circular]"] } });
  });
});
