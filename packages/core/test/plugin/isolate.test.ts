import { expect, test } from "vitest";
import { callIsolated, type Outcome } from "../../src/plugin/isolate.ts";
import { FakeClock } from "../fake-clock.ts";

const error = new Error("no");

test.each<[string, () => unknown, Outcome<unknown>]>([
  ["returns", () => 7, { kind: "returned", value: 7 }],
  ["resolves", async () => 8, { kind: "returned", value: 8 }],
  [
    "throws",
    () => {
      throw error;
    },
    { kind: "threw", error },
  ],
  ["rejects", () => Promise.reject(error), { kind: "threw", error }],
  [
    "throws nothing",
    () => {
      // eslint-disable-next-line typescript/only-throw-error -- a plugin may throw anything
      throw undefined;
    },
    { kind: "threw", error: undefined },
  ],
  [
    "returns a thenable whose then throws",
    () => ({
      // eslint-disable-next-line unicorn/no-thenable -- what a hostile plugin may return
      then() {
        throw error;
      },
    }),
    { kind: "threw", error },
  ],
  [
    "returns a thenable whose then cannot be read",
    () =>
      new Proxy(
        {},
        {
          get() {
            throw error;
          },
        },
      ),
    { kind: "threw", error },
  ],
  [
    "returns a thenable that settles twice",
    () => ({
      // eslint-disable-next-line unicorn/no-thenable -- what a hostile plugin may return
      then(ok: (value: number) => void, no: (e: Error) => void) {
        ok(1);
        no(error);
      },
    }),
    { kind: "returned", value: 1 },
  ],
])("a call that %s", async (_how, call, expected) => {
  const clock = new FakeClock();
  expect(await callIsolated(clock, 1000, call)).toEqual(expected);
  expect(clock.pending).toBe(0);
});

test("the synchronous part runs in the caller's tick", () => {
  let ran = false;
  void callIsolated(new FakeClock(), 1000, () => {
    ran = true;
  });
  expect(ran).toBe(true);
});

test("at the deadline the call is given up, and what it does later is told to whoever still wants to know", async () => {
  const clock = new FakeClock();
  let finish: (value: string) => void = () => undefined;
  let outcome: Outcome<string> | undefined;
  void callIsolated(
    clock,
    1000,
    () =>
      new Promise<string>((resolve) => {
        finish = resolve;
      }),
  ).then((given) => {
    outcome = given;
  });
  await clock.advance(999);
  expect(outcome).toBeUndefined();
  await clock.advance(1);
  expect(outcome?.kind).toBe("timedOut");
  finish("late");
  expect(outcome?.kind === "timedOut" && (await outcome.late)).toEqual({ kind: "returned", value: "late" });
});

test("a rejection after the deadline is nobody's unhandled rejection", async () => {
  const clock = new FakeClock();
  let fail: (error: Error) => void = () => undefined;
  const called = callIsolated(
    clock,
    10,
    () =>
      new Promise<string>((_resolve, reject) => {
        fail = reject;
      }),
  );
  await clock.advance(10);
  expect((await called).kind).toBe("timedOut");
  const unhandled: unknown[] = [];
  const listen = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", listen);
  fail(error);
  await clock.advance(10);
  process.off("unhandledRejection", listen);
  expect(unhandled).toEqual([]);
});
