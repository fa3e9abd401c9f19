// What a destination must do on a disk that is really full: the same cases for each, over a disk of its own.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createDirectoryPickup, createManifest, createUploader } from "@plumbline/handoff";
import { contentOf, fill, sha256 } from "./small-disk.mjs";

const MIB = 1024 * 1024;
const CONTENT = contentOf(8 * MIB);
const FACTS = { size: CONTENT.length, sha256: sha256(CONTENT) };
const signal = new AbortController().signal;

/**
 * Registers them. `disk` gives the path of a disk of 16 MiB, `scratch` that of a folder on another one, `lacking` why they cannot be run here, `destinationAt` a destination that is not
 * started, for a path on the disk. All but the last are called while tests run.
 */
export function fullDiskCases({ disk, scratch, lacking, destinationAt }) {
  const onDisk = (name, run) => {
    void test(name, async (t) => {
      const why = lacking();
      if (why !== undefined) return t.skip(why);
      await run();
      return undefined;
    });
  };

  for (const [verify, publish] of [
    ["read-back", "atomic"],
    ["size", "atomic"],
    ["read-back", "linear"],
  ]) {
    onDisk(`a delivery shows nothing whole and leaves nothing; verify: ${verify}, publish: ${publish}`, async () => {
      const path = join(disk(), `${verify}-${publish}`);
      const destination = await destinationAt(path, { verify, publish });
      await destination.start();
      const staged = await stage(destination, "large.bin");
      await staged.write(CONTENT.subarray(0, MIB));
      const empty = fill(join(disk(), "rest"));
      await assert.rejects(send(staged, CONTENT.subarray(MIB)), { code: "PLB_HANDOFF_NO_SPACE" });
      await staged.abort();
      assert.deepEqual(shownIn(path), []);
      assert.deepEqual(controlFilesOf(path, "staging"), []);
      await assert.rejects(stage(destination, "later.bin"), { code: "PLB_HANDOFF_NO_SPACE" });
      empty();
      const again = await stage(destination, "large.bin");
      await send(again, CONTENT);
      await again.publish(manifestOf("large.bin"));
      assert.ok(isWhole(join(path, "large.bin")));
      await destination.close();
      rmSync(path, { recursive: true });
    });
  }

  onDisk("by the time of the manifest: nothing shows", async () => {
    const path = join(disk(), "manifest");
    const destination = await destinationAt(path);
    await destination.start();
    const staged = await stage(destination, "large.bin");
    await send(staged, CONTENT);
    const empty = fill(join(disk(), "rest"));
    await assert.rejects(staged.publish(manifestOf("large.bin")), { code: "PLB_HANDOFF_NO_SPACE" });
    await staged.abort();
    assert.deepEqual(shownIn(path), []);
    for (const each of ["staging", "manifests"]) assert.deepEqual(controlFilesOf(path, each), [], each);
    empty();
    await destination.close();
    rmSync(path, { recursive: true });
  });

  onDisk("is waited for, for as long as it takes, and no attempt is counted", async () => {
    const path = join(disk(), "waits");
    const empty = fill(join(disk(), "rest"), 12 * MIB);
    const destination = await destinationAt(path);
    const codes = await handOnOnceThereIsRoom(destination, join(scratch(), "waits"), empty, { attempts: 1 });
    assert.deepEqual([...new Set(codes)], ["PLB_HANDOFF_NO_SPACE"]);
    assert.ok(isWhole(join(path, "large.bin")));
  });
}

/** Hands a file on, with a source and a state below `base`; `giveRoom` is called after the fifth failure. Resolves with the code of each, the file delivered. */
export async function handOnOnceThereIsRoom(destination, base, giveRoom, { attempts }) {
  const from = join(base, "from");
  mkdirSync(from, { recursive: true });
  writeFileSync(join(from, "large.bin"), CONTENT);
  const codes = [];
  const uploader = createUploader({
    pickup: createDirectoryPickup({ path: from, commit: "rename", once: true }),
    destination,
    stateDirectory: join(base, "state"),
    attempts,
    retryMs: 10,
    maxRetryMs: 20,
    onEvent: (event) => {
      if (event.kind !== "retry") return;
      codes.push(event.code);
      if (codes.length === 5) giveRoom();
    },
  });
  const alive = setInterval(() => undefined, 1000); // a hand-off that waits keeps no process alive by itself
  try {
    await uploader.start();
    await uploader.run(signal);
    assert.equal(uploader.counts.delivered, 1);
    assert.ok(codes.length >= 5, "it never failed: the disk was not full");
  } finally {
    clearInterval(alive);
    await uploader.close();
  }
  return codes;
}

/** Whether a file that was handed on stands there whole. */
export function isWhole(path) {
  return readFileSync(path).equals(CONTENT);
}

/** What lies in a control folder of a destination's. */
export function controlFilesOf(path, folder) {
  return readdirSync(join(path, ".plumbline-handoff", folder));
}

function stage(destination, name) {
  return destination.stage({ name, size: CONTENT.length, overwrite: "never", owner: "full" }, signal);
}

async function send(staged, rest) {
  for (let at = 0; at < rest.length; at += MIB) await staged.write(rest.subarray(at, at + MIB));
  await staged.verify(FACTS);
}

function manifestOf(name) {
  return createManifest({ name, ...FACTS, guarantee: "committed", createdMicros: 1e15 });
}

function shownIn(path) {
  return readdirSync(path).filter((name) => !name.startsWith("."));
}
