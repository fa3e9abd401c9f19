import { existsSync, renameSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, symlink, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { PickupItem } from "@plumbline/core";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import {
  createDirectoryDestination,
  createDirectoryPickup,
  createJournalPickup,
  createUnitPickup,
} from "../src/index.ts";
import { createScene, type Scene, sha256Of, wrapDeliveries } from "./scene.ts";

const CONTENT = Buffer.alloc(6_000_000, "moved in the middle ");
const SHARED_MEMORY = "/dev/shm";

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

/** A destination in the scene, and what happens once at a step of the first delivery. */
function disturbed(
  step: "write" | "verify" | "publish",
  disturb: () => Promise<void>,
): ReturnType<typeof wrapDeliveries> {
  let isDone = false;
  const once = async (): Promise<void> => {
    if (isDone) return;
    isDone = true;
    await disturb();
  };
  return wrapDeliveries(createDirectoryDestination({ path: scene.to }), (staged) => ({
    write: async (chunk) => {
      if (step === "write") await once();
      return staged.write(chunk);
    },
    verify: async (expected) => {
      if (step === "verify") await once();
      return staged.verify(expected);
    },
    publish: async (manifest) => {
      if (step === "publish") await once();
      return staged.publish(manifest);
    },
  }));
}

test.each(["write", "verify"] as const)(
  "a source whose folder is renamed before the %s is handed on once, under the name that it has then",
  async (step) => {
    await scene.make("old/a.bin", CONTENT);
    const destination = disturbed(step, () => rename(join(scene.from, "old"), join(scene.from, "new")));
    await scene.once({ source: { recursive: true }, destination });
    await scene.once({ source: { recursive: true } });
    expect(scene.events.map(({ kind }) => kind)).toContain("changed");
    expect(await scene.arrived()).toEqual(["new/a.bin"]);
    expect(sha256Of(await scene.read("new/a.bin"))).toBe(sha256Of(CONTENT.toString()));
  },
);

test.each(["files", "folders", "journal"] as const)(
  "a source whose folder is renamed away and back while it is read is handed on without a restart, though it looks as it did (%s)",
  async (units) => {
    const name = units === "journal" ? "shop.1k8088l1bmf97-1.jsonl" : "meta.json";
    await scene.make(`in/${name}`, "content");
    const folder = join(scene.from, "in");
    const away = join(scene.base, "away");
    const stop = new AbortController();
    const onTrouble = (): void => undefined;
    const pickup =
      units === "journal"
        ? createJournalPickup({ path: join(folder, "shop.jsonl"), pollMs: 20, onTrouble })
        : units === "folders"
          ? createUnitPickup({ path: scene.from, pollMs: 20, onTrouble })
          : createDirectoryPickup({ path: scene.from, recursive: true, commit: "rename", pollMs: 20 });
    let isDone = false;
    // No longer than the one look takes, so that nobody else finds it absent.
    const disturbed = async (item: PickupItem): Promise<void> => {
      if (isDone) return item.recheck();
      isDone = true;
      renameSync(folder, away);
      try {
        await item.recheck();
      } finally {
        renameSync(away, folder);
      }
    };
    const { counts } = await scene.once({
      pickup: {
        async *items(signal) {
          for await (const item of pickup.items(signal)) yield { ...item, recheck: () => disturbed(item) };
        },
        close: () => pickup.close(),
      },
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]),
      uploader: {
        onEvent: ({ kind }) => {
          if (kind === "delivered") stop.abort();
        },
      },
    });
    expect(counts).toMatchObject({ delivered: 1, changed: 1 });
  },
);

test("a source whose folder is replaced in the middle: what was read is not published under the name of what is there", async () => {
  await scene.make("in/a.bin", CONTENT);
  const destination = disturbed("write", async () => {
    await rename(join(scene.from, "in"), join(scene.base, "away"));
    await scene.make("in/a.bin", "another file");
  });
  await scene.once({ source: { recursive: true, after: "delete" }, destination });
  await scene.once({ source: { recursive: true, after: "delete" } });
  expect(await scene.read("in/a.bin")).toBe("another file");
  expect(existsSync(join(scene.base, "away/a.bin"))).toBe(true);
});

// What was staged stands on one file system then, and the folder that it is to be shown in on another, or nowhere.
test.each(["write", "verify", "publish"] as const)(
  "a destination whose control folder is another mount's from the %s on: nothing shows, it is waited for, and the file costs no attempt",
  async (step) => {
    if (!existsSync(SHARED_MEMORY)) {
      process.stderr.write("skipped: a control folder that is another mount's, for which there is none here\n");
      return;
    }
    const other = await mkdtemp(join(SHARED_MEMORY, "plumbline-moved-"));
    onTestFinished(() => rm(other, { recursive: true, force: true }));
    for (const name of ["staging", "manifests"]) await mkdir(join(other, name));
    await scene.make("a.bin", CONTENT);
    const control = join(scene.to, ".plumbline-handoff");
    const destination = disturbed(step, async () => {
      await rename(control, join(scene.base, "control"));
      await symlink(other, control);
    });
    let retries = 0;
    const { counts } = await scene.once({
      destination,
      uploader: {
        attempts: 1,
        maxRetryMs: 2,
        onEvent: (event) => {
          scene.events.push(event);
          if (event.kind !== "retry" || ++retries !== 5) return;
          void unlink(control).then(() => rename(join(scene.base, "control"), control));
        },
      },
    });
    expect(counts).toMatchObject({ delivered: 1, aside: 0 });
    expect(retries).toBeGreaterThanOrEqual(5);
    expect(await scene.arrived()).toEqual(["a.bin"]);
  },
);
