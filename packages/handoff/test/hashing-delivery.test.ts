import { createHash } from "node:crypto";
import type { HandoffManifest, PublishOutcome, StagedDelivery, VerificationLevel } from "@plumbline/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { toDiskError } from "../src/directory/delivery-failures.ts";
import { createDirectoryDestination } from "../src/index.ts";
import { tellingTrouble } from "../src/telling-trouble.ts";
import { createScene, type Scene, wrapDestination } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

/** Hashes what it is given, in a field of its own: none of its methods can be called without it. */
class HashingDelivery implements StagedDelivery {
  readonly ref: string;
  readonly #inner: StagedDelivery;
  readonly #hash = createHash("sha256");
  digests = 0;

  constructor(inner: StagedDelivery) {
    this.ref = inner.ref;
    this.#inner = inner;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    await this.#inner.write(chunk);
  }

  async digest(): Promise<string> {
    this.digests += 1;
    return this.#hash.digest("hex");
  }

  async verify(expected: { readonly sha256: string; readonly size: number }): Promise<VerificationLevel> {
    return this.#inner.verify(expected);
  }

  async publish(manifest: HandoffManifest): Promise<PublishOutcome> {
    return this.#inner.publish(manifest);
  }

  async abort(): Promise<void> {
    await this.#inner.abort();
  }
}

test.each([
  ["as it is", (staged: StagedDelivery) => staged],
  ["as one that tells trouble", (staged: StagedDelivery) => tellingTrouble(staged, toDiskError)],
])("a delivery that hashes is asked for its digest on itself: %s", async (_how, wrapped) => {
  const deliveries: HashingDelivery[] = [];
  const folder = createDirectoryDestination({ path: scene.to });
  const destination = wrapDestination(folder, {
    stage: async (request, signal) => {
      const staged = new HashingDelivery(await folder.stage(request, signal));
      deliveries.push(staged);
      return wrapped(staged);
    },
  });
  await scene.make("a.csv", "one");
  const { counts } = await scene.once({ destination });
  expect(counts).toMatchObject({ delivered: 1, aside: 0 });
  expect(deliveries.map(({ digests }) => digests)).toEqual([1]);
  expect(await scene.read("a.csv")).toBe("one");
});

test("a digest that fails for a disk in trouble is the place's failure", async () => {
  const staged = await createStaged();
  const failing = tellingTrouble(
    Object.assign(staged, { digest: async () => Promise.reject(Object.assign(new Error("it is"), { code: "EIO" })) }),
    toDiskError,
  );
  await expect(failing.digest?.()).rejects.toMatchObject({ name: "RetryableError", code: "EIO" });
  await failing.abort();
});

async function createStaged(): Promise<StagedDelivery> {
  const folder = createDirectoryDestination({ path: scene.to });
  await folder.start();
  const request = { name: "a.csv", size: undefined, overwrite: "never", owner: "test" } as const;
  return folder.stage(request, new AbortController().signal);
}
