import { countResources } from "@plumbline/testing";
import { expect, test } from "vitest";
import { holdProcess } from "../src/hold-process.ts";

const timeouts = async (): Promise<number> => (await countResources()).get("Timeout") ?? 0;

test("a process has a reason to live until the promise has settled, either way", async () => {
  const before = await timeouts();
  let settle: ((error?: Error) => void) | undefined;
  for (const error of [undefined, new Error("no")]) {
    const promise = new Promise<void>((resolve, reject) => {
      settle = (reason) => (reason === undefined ? resolve() : reject(reason));
    });
    const held = holdProcess(promise).catch((reason: unknown) => reason);
    expect(await timeouts()).toBe(before + 1);
    settle?.(error);
    expect(await held).toBe(error);
    expect(await timeouts()).toBe(before);
  }
});
