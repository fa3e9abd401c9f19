import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { joinSignals } from "../src/joined-signal.ts";

test("aborts with the first of them, and with one that has aborted before", () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const { signal } = joinSignals(one.signal, other.signal);
  expect(signal.aborted).toBe(false);
  other.abort("given up");
  expect(signal.reason).toBe("given up");
  one.abort("later");
  expect(signal.reason).toBe("given up");
  expect(joinSignals(new AbortController().signal, one.signal).signal.reason).toBe("later");
});

test("nothing of it stays with one that lives on, once it has aborted or was let go of", () => {
  const [long, short] = [new AbortController(), new AbortController()];
  const released = joinSignals(long.signal, short.signal);
  joinSignals(long.signal, short.signal);
  expect(getEventListeners(long.signal, "abort")).toHaveLength(2);
  released.release();
  released.release();
  expect(getEventListeners(long.signal, "abort")).toHaveLength(1);
  short.abort();
  expect(getEventListeners(long.signal, "abort")).toHaveLength(0);
  expect(released.signal.aborted).toBe(false);
});
