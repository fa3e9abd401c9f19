import type { PickupItem } from "@plumbline/core";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { createUnitPickup } from "../src/index.ts";
import { createScene, type Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

/** What a pick-up of units gives out, one by one; `undefined` at its end. */
function take(options: { readonly once?: boolean } = {}): () => Promise<PickupItem | undefined> {
  const stop = new AbortController();
  const pickup = createUnitPickup({ path: scene.from, pollMs: 5, ...options });
  const items = pickup.items(stop.signal)[Symbol.asyncIterator]();
  onTestFinished(async () => {
    stop.abort();
    await pickup.close();
    await items.return?.();
  });
  return async () => {
    const { done, value } = await items.next();
    return done === true ? undefined : value;
  };
}

async function unit(...names: readonly string[]): Promise<void> {
  for (const name of [...names, "meta.json"]) await scene.make(`u/${name}`, name);
}

test("a file that changed on the way is given out again, and none that is under way", async () => {
  await unit("a", "b");
  const next = take();
  const first = await next();
  const other = await next();
  expect([first?.name, other?.name]).toEqual(["u/a", "u/b"]);
  first?.changed?.();
  const again = await next();
  expect(again).toMatchObject({ name: "u/a", key: first?.key });
  await again?.settle();
  await other?.settle();
  expect(await next()).toMatchObject({ name: "u/meta.json" });
});

test("a file that comes to a unit is given out, and none that is under way; the last comes after them all", async () => {
  await unit("b");
  const next = take();
  const first = await next();
  expect(first).toMatchObject({ name: "u/b" });
  await scene.make("u/c", "c");
  const late = await next();
  expect(late).toMatchObject({ name: "u/c" });
  await first?.settle();
  await late?.settle();
  expect(await next()).toMatchObject({ name: "u/meta.json" });
});

test("a file that was set aside has another try when its unit changes", async () => {
  await unit("b");
  const next = take();
  const first = await next();
  first?.abandon?.();
  await scene.make("u/c", "c");
  expect(await next()).toMatchObject({ name: "u/b", key: first?.key });
  expect(await next()).toMatchObject({ name: "u/c" });
});

test("with `once` it ends when every file is delivered, however often one changes on the way, the last too", async () => {
  await unit("a");
  const next = take({ once: true });
  for (const name of ["u/a", "u/meta.json"]) {
    const first = await next();
    expect(first).toMatchObject({ name });
    first?.changed?.();
    const again = await next();
    expect(again).toMatchObject({ name, key: first?.key });
    await again?.settle();
  }
  expect(await next()).toBeUndefined();
});
