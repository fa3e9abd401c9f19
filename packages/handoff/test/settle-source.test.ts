import { link, lstat, mkdir, readdir, readFile, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { PickupItem } from "@plumbline/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AfterDelivery, createDirectoryPickup, createFilePickup, createJournalPickup } from "../src/index.ts";
import { type DeliveredSource, settleSource } from "../src/pickup/settle-source.ts";
import { identityOf } from "../src/stability/identity.ts";
import { createScene, type Scene } from "./scene.ts";

const never = new AbortController().signal;

let scene: Scene;
let archive: string;
beforeEach(async () => {
  scene = await createScene();
  archive = join(scene.base, "archive");
});
afterEach(async () => scene[Symbol.asyncDispose]());

async function delivered(name: string, ending: string | undefined = ".done"): Promise<DeliveredSource> {
  const path = join(scene.from, name);
  const identity = identityOf(await lstat(path, { bigint: true }));
  return { path, name, identity, companion: ending === undefined ? undefined : path + ending };
}

/** A policy that is asked for its archive when the source was looked at and nothing was done yet: then `act` is called. */
function policyThat(
  after: AfterDelivery,
  act: () => void,
): { readonly after: AfterDelivery; readonly archive: string } {
  return {
    after,
    get archive() {
      act();
      return archive;
    },
  };
}

describe("a source and what commits it", () => {
  test.each(["delete", "move", "compress"] as const)(
    "what commits a file goes before the file: of the two, the marker alone is never left (%s)",
    async (after) => {
      await scene.make("a.csv", "one");
      await mkdir(join(scene.from, "a.csv.done")); // cannot be removed as a file: as if it ended here
      await expect(settleSource(await delivered("a.csv"), { after, archive })).rejects.toThrow();
      expect(await readFile(join(scene.from, "a.csv"), "utf8")).toBe("one");
    },
  );

  test.each(["move", "compress"] as const)(
    "a file that came under the name while the delivered one was put away keeps its marker, and is not in the archive (%s)",
    async (after) => {
      const path = await scene.make("a.csv", "one");
      await scene.make("a.csv.done", "");
      const policy = policyThat(after, () => {
        writeFileSync(`${path}.new`, "two");
        renameSync(`${path}.new`, path);
      });
      await settleSource(await delivered("a.csv"), policy);
      expect((await readdir(scene.from)).sort()).toEqual(["a.csv", "a.csv.done"]);
      expect(await readFile(path, "utf8")).toBe("two");
      expect(await readdir(archive)).toEqual([]);
    },
  );

  test("what was compressed before a crash is found done", async () => {
    const path = await scene.make("a.csv", "one");
    const source = await delivered("a.csv", undefined);
    await link(path, `${path}.again`);
    const again = await delivered("a.csv", undefined);
    await settleSource(again, { after: "compress", archive });
    await link(`${path}.again`, path); // as if it had ended before the source was removed
    await unlink(`${path}.again`);
    const identity = identityOf(await lstat(path, { bigint: true }));
    await settleSource({ ...source, identity }, { after: "compress", archive });
    expect(await readdir(archive)).toEqual(["a.csv.gz"]);
    expect(await readdir(scene.from)).toEqual([]);
  });

  test("another file of the same name is kept beside the first, compressed too", async () => {
    for (const content of ["one", "two"]) {
      await scene.make("a.csv", content);
      await settleSource(await delivered("a.csv", undefined), { after: "compress", archive });
    }
    expect((await readdir(archive)).sort()).toEqual(["a.csv.gz", "a.csv.gz.1"]);
    expect(gunzipSync(await readFile(join(archive, "a.csv.gz.1"))).toString()).toBe("two");
  });
});

describe("an archive within what is picked up", () => {
  test("a file is never removed for being in its archive already, under the same path", async () => {
    const path = await scene.make("a.csv", "one");
    await symlink(scene.from, archive);
    const policy = { after: "move", archive } as const;
    await expect(settleSource(await delivered("a.csv", undefined), policy)).rejects.toMatchObject({
      code: "PLB_HANDOFF_OPTIONS_INVALID",
    });
    expect(await readFile(path, "utf8")).toBe("one");
  });

  test.each(["folder", "journal"] as const)(
    "is refused when it comes to be so while it runs: of a %s",
    async (kind) => {
      const running = { after: "move", archive, pollMs: 5 } as const;
      const pickup =
        kind === "folder"
          ? createDirectoryPickup({ path: scene.from, commit: "rename", ...running })
          : createJournalPickup({ path: join(scene.from, "shop.jsonl"), ...running });
      const items = pickup.items(never)[Symbol.asyncIterator]();
      await scene.make(kind === "folder" ? "a.csv" : "shop.1k80g6vslcjve-1.jsonl", "x");
      const { value: first } = (await items.next()) as IteratorYieldResult<PickupItem>;
      await first.settle();
      await rm(archive, { recursive: true });
      await symlink(scene.from, archive);
      await expect(items.next()).rejects.toMatchObject({ code: "PLB_HANDOFF_OPTIONS_INVALID" });
      await pickup.close();
    },
  );

  const pickups = {
    "the folder itself": (after: AfterDelivery) =>
      createDirectoryPickup({ path: scene.from, after, archive: scene.from, once: true }),
    "the folder itself, by another path": (after: AfterDelivery) =>
      createDirectoryPickup({ path: scene.from, after, archive: join(scene.base, "link"), once: true }),
    "a folder below, with `recursive`": (after: AfterDelivery) =>
      createDirectoryPickup({ path: scene.from, after, archive: join(scene.from, "old/ones"), recursive: true }),
    "the journal's folder": (after: AfterDelivery) =>
      createJournalPickup({ path: join(scene.from, "shop.jsonl"), after, archive: scene.from, once: true }),
    "the file's folder": (after: AfterDelivery) =>
      createFilePickup({ path: join(scene.from, "a.csv"), commit: "rename", after, archive: scene.from }),
  } as const;
  test.each(Object.keys(pickups) as (keyof typeof pickups)[])("is refused: %s", async (what) => {
    await scene.make("a.csv", "one");
    await symlink(scene.from, join(scene.base, "link"));
    for (const after of ["move", "compress"] as const) {
      const pickup = pickups[what](after);
      const first = pickup.items(never)[Symbol.asyncIterator]().next();
      await expect(first).rejects.toMatchObject({ code: "PLB_HANDOFF_OPTIONS_INVALID" });
      await pickup.close();
    }
    expect(await readdir(scene.from)).toEqual(["a.csv"]);
  });

  test.each([
    ["hidden, below", ".delivered", true],
    ["below, where folders below are not looked through", "old", false],
    ["beside it", "../archive", true],
  ] as const)("is fine where nothing is picked up from it: %s", async (_what, below, recursive) => {
    await scene.make("a.csv", "one");
    const { counts } = await scene.once({ source: { after: "move", archive: join(scene.from, below), recursive } });
    expect(counts).toMatchObject({ delivered: 1, aside: 0 });
    expect(await readFile(join(scene.from, below, "a.csv"), "utf8")).toBe("one");
  });

  test("neither matters where nothing is put there", async () => {
    await scene.make("a.csv", "one");
    const { counts } = await scene.once({ source: { after: "delete", archive: scene.from } });
    expect(counts).toMatchObject({ delivered: 1 });
    await writeFile(join(scene.from, "b.csv"), "two");
    expect((await scene.once({ source: { after: "keep", archive: scene.from } })).counts.delivered).toBe(1);
  });
});
