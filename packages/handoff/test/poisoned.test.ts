import { existsSync } from "node:fs";
import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, createSystemClock, type Pickup, type PickupItem, RetryableError } from "@plumbline/core";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { createDirectoryDestination, createManifest, createUploader, type UploaderOptions } from "../src/index.ts";
import { AtomicDelivery } from "../src/directory/atomic-delivery.ts";
import { createStampTurn } from "../src/directory/directory-files.ts";
import { placesOf } from "../src/directory/probe.ts";
import { Attempts } from "../src/upload/attempts.ts";
import { createScene, type Scene, sha256Of, wrapDestination } from "./scene.ts";

const SHARED_MEMORY = "/dev/shm";
const POISONED = 5;

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

function itemOf(name: string, read: () => AsyncIterable<Uint8Array>): PickupItem {
  return {
    key: name,
    name,
    guarantee: "committed",
    evidence: [],
    size: name.length,
    read,
    recheck: () => Promise.resolve(),
    settle: () => Promise.resolve(),
  };
}

async function* contentOf(name: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(name);
}

// eslint-disable-next-line require-yield -- it fails first
async function* failing(): AsyncGenerator<Uint8Array> {
  throw new RetryableError("this one cannot be read just now");
}

/** More that are poisoned than go at once, and then others, until the poisoned are set aside. */
function poisonedFirst(poison: (name: string) => PickupItem): Pickup {
  return {
    async *items() {
      for (let index = 0; index < POISONED; index++) yield poison(`poison-${index}`);
      for (let index = 0; index < 2000; index++) {
        if (scene.events.filter(({ kind }) => kind === "aside").length === POISONED) return;
        yield itemOf(`good-${index}`, () => contentOf(`good-${index}`));
      }
    },
    close: () => undefined,
  };
}

test.each(["destination", "source"] as const)(
  "files that fail for ever, as if the %s were in trouble, hold up no others, and are set aside when these arrive",
  async (side) => {
    const inner = createDirectoryDestination({ path: scene.to });
    const destination = wrapDestination(inner, {
      stage: async (request, signal) => {
        if (side === "destination" && request.name.startsWith("poison")) throw new RetryableError("not this one");
        return inner.stage(request, signal);
      },
    });
    const pickup = poisonedFirst((name) => itemOf(name, side === "source" ? failing : () => contentOf(name)));
    const { counts, isBroken } = await scene.once({
      pickup,
      destination,
      uploader: { concurrency: 2, attempts: 2, maxRetryMs: 2 },
    });
    expect(counts).toMatchObject({ aside: POISONED });
    expect(counts.delivered).toBeGreaterThan(1);
    expect(isBroken).toBe(false);
    expect(scene.events.filter(({ kind }) => kind === "aside")).toHaveLength(POISONED);
  },
);

test("a source in trouble does not make one file at a time try: the destination is not down", async () => {
  let failures = 12;
  const pickup: Pickup = {
    async *items() {
      for (const name of ["a", "b", "c"]) yield itemOf(name, () => (failures-- > 0 ? failing() : contentOf(name)));
    },
    close: () => undefined,
  };
  const uploader = createUploader({
    pickup,
    destination: createDirectoryDestination({ path: scene.to }),
    stateDirectory: scene.state,
    breakerFailures: 1,
    attempts: 1,
    retryMs: 1,
    maxRetryMs: 2,
    onEvent: () => broken.push(uploader.isBroken),
  });
  const broken: boolean[] = [];
  await uploader.start();
  await uploader.run(AbortSignal.timeout(20_000));
  await uploader.close();
  const { counts } = uploader;
  expect(counts).toMatchObject({ delivered: 3, aside: 0, retries: 12 });
  expect(broken).not.toContain(true);
});

test("with giveUpAfterMs, a file that can never be read is set aside, though nothing else arrives", async () => {
  const pickup: Pickup = {
    async *items() {
      yield itemOf("poison", failing);
    },
    close: () => undefined,
  };
  const { counts } = await scene.once({ pickup, uploader: { giveUpAfterMs: 20, maxRetryMs: 2 } });
  expect(counts).toMatchObject({ delivered: 0, aside: 1 });
  expect(scene.events.at(-1)).toMatchObject({
    kind: "aside",
    name: "poison",
    message: expect.stringContaining("this one cannot be read just now") as string,
  });
});

test("giveUpAfterMs counts from a file's first failure, however long its first try took, and anew where one gets further", async () => {
  const system = createSystemClock();
  let passedMs = 0;
  const clock: Clock = {
    nowMicros: () => system.nowMicros(),
    monotonicMs: () => system.monotonicMs() + passedMs,
    setTimer: (run, delayMs) => system.setTimer(run, delayMs),
  };
  let tries = 0;
  const slow = async function* (): AsyncGenerator<Uint8Array> {
    tries += 1;
    for (let part = 0; part < tries; part++) {
      passedMs += 60_000;
      yield Buffer.from("x");
    }
    if (tries < 4) throw new RetryableError("the line is dead");
  };
  const pickup: Pickup = {
    async *items() {
      yield itemOf("slow", slow);
    },
    close: () => undefined,
  };
  const { counts } = await scene.once({ pickup, uploader: { clock, giveUpAfterMs: 50_000, maxRetryMs: 2 } });
  expect(counts).toMatchObject({ delivered: 1, retries: 3, aside: 0 });
});

test("of several orders the one whose file is set aside stays held up when another's goes on", async () => {
  let goOn = (): void => undefined;
  const both = new Promise<void>((resolve) => (goOn = resolve));
  let aside = 0;
  const ordered = (name: string, content: () => AsyncIterable<Uint8Array>, key: string): PickupItem => ({
    ...itemOf(name, content),
    key,
    isOrdered: true,
    abandon: () => {
      if (++aside === 2) goOn();
    },
  });
  const bad = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from("x");
    throw new Error("this one cannot be read");
  };
  const pickup: Pickup = {
    async *items() {
      for (const name of ["one", "two"]) yield ordered(name, bad, name);
      await both;
      yield ordered("two", () => contentOf("two"), "two, as it is now");
    },
    close: () => undefined,
  };
  const { counts, heldUpBy } = await scene.once({ pickup, uploader: { attempts: 1, concurrency: 1 } });
  expect(counts).toMatchObject({ delivered: 1, aside: 2 });
  expect(heldUpBy).toBe("one");
});

test("with giveUpAfterMs, a destination that takes none ends the run; what is under way may still arrive, and nothing is lost", async () => {
  const settled: string[] = [];
  const pickup: Pickup = {
    async *items() {
      for (let index = 0; ; index++) {
        const name = index === 0 ? "a-slow-one" : `file-${index}`;
        yield { ...itemOf(name, () => contentOf(name)), settle: async () => void settled.push(name) };
      }
    },
    close: () => undefined,
  };
  const inner = createDirectoryDestination({ path: scene.to });
  let goOn = (): void => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  const destination = wrapDestination(inner, {
    stage: async (request, signal) => {
      if (request.name !== "a-slow-one") throw new RetryableError("nobody answers");
      await held;
      return inner.stage(request, signal);
    },
  });
  const uploader: Partial<UploaderOptions> = {
    giveUpAfterMs: 20,
    maxRetryMs: 2,
    breakerFailures: 2,
    onEvent: (event) => {
      scene.events.push(event);
      if (event.kind === "aside") goOn();
    },
  };
  await expect(scene.once({ pickup, destination, uploader })).rejects.toMatchObject({
    code: "PLB_HANDOFF_GAVE_UP",
    message: expect.stringMatching(/file-\d+ last: nobody answers/) as string,
  });
  expect(await scene.arrived()).toEqual(["a-slow-one"]);
  expect(settled).toEqual(["a-slow-one"]);
});

test("what passes costs a file nothing, but where it fails alike at the same byte while others arrive", () => {
  const lost = { kind: "passing", code: "LOST", sent: 10 } as const;
  const attempts = new Attempts(2);
  expect(attempts.isOver({ ...lost, arrived: 1 })).toBe(false);
  for (let tries = 0; tries < 9; tries++) expect(attempts.isOver({ ...lost, arrived: 1 })).toBe(false); // nobody's arrives
  expect(attempts.isOver({ ...lost, arrived: 2 })).toBe(false);
  expect(attempts.isOver({ ...lost, sent: 11, arrived: 3 })).toBe(false); // a line that drops now here, now there
  expect(attempts.isOver({ ...lost, sent: 11, arrived: 4 })).toBe(false);
  expect(attempts.isOver({ ...lost, code: "DOWN", sent: 11, arrived: 5 })).toBe(false);
  expect(attempts.isOver({ ...lost, code: "DOWN", sent: 11, arrived: 6 })).toBe(false);
  expect(attempts.isOver({ ...lost, code: "DOWN", sent: 11, arrived: 7 })).toBe(true);
  const full = new Attempts(1);
  for (let arrived = 0; arrived < 9; arrived++)
    expect(full.isOver({ kind: "place", code: "ENOSPC", sent: 0, arrived })).toBe(false);
});

test("a folder below that is another mount's is that file's trouble, at once; nothing shows and nothing is left", async () => {
  if (!existsSync(SHARED_MEMORY)) {
    process.stderr.write("skipped: a folder that is another mount's, for which there is none here\n");
    return;
  }
  const other = await mkdtemp(join(SHARED_MEMORY, "plumbline-mount-"));
  onTestFinished(() => rm(other, { recursive: true, force: true }));
  const control = join(scene.to, ".plumbline-handoff");
  await createDirectoryDestination({ path: scene.to }).start();
  // To who stages elsewhere, every folder is another mount's; from the staging folder the destination's own is within reach.
  const ref = join(other, "a.part");
  const request = { name: "sub/a.bin", size: 1, overwrite: "same", owner: "tester" } as const;
  const { signal } = new AbortController();
  const staged = new AtomicDelivery(
    {
      places: placesOf(scene.to, control),
      request,
      parts: ["sub", "a.bin"],
      signal,
      turn: createStampTurn(0),
      mode: 0o600,
      verify: "read-back",
      ended: () => undefined,
    },
    ref,
    await open(ref, "wx+"),
  );
  await staged.write(Buffer.from("a"));
  const facts = { size: 1, sha256: sha256Of("a") };
  await staged.verify(facts);
  const manifest = createManifest({ name: "sub/a.bin", ...facts, guarantee: "committed", createdMicros: 1e15 });
  await expect(staged.publish(manifest)).rejects.toMatchObject({
    code: "PLB_HANDOFF_NAME_UNSUITABLE",
    message: expect.stringContaining("another file system or mount") as string,
  });
  await staged.abort();
  expect(await scene.arrived()).toEqual([]);
  expect(await readdir(join(control, "manifests"))).toEqual([]);
  expect(await readdir(other)).toEqual([]);
});
