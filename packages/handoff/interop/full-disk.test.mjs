// A folder on a disk that is really full: nothing shows, nothing is left lying about, and what could not be written goes on when there is room again.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDirectoryDestination, createDirectoryPickup, createManifest, createUploader } from "@plumbline/handoff";
import { contentOf, fill, mountSmallDisk, sha256 } from "../../../scripts/lib/small-disk.mjs";

const MIB = 1024 * 1024;
const CONTENT = contentOf(8 * MIB);
const NEEDED = "needs root, to mount a small disk";
const signal = new AbortController().signal;

let base = "";
let disk = "";
let unmount;
before(() => {
  base = mkdtempSync(join(tmpdir(), "plumbline-full-disk-"));
  disk = join(base, "disk");
  unmount = mountSmallDisk(disk);
});
after(() => {
  unmount?.();
  rmSync(base, { recursive: true, force: true });
});

for (const [verify, publish] of [
  ["read-back", "atomic"],
  ["size", "atomic"],
  ["read-back", "linear"],
]) {
  test(`a delivery that the disk has no room for shows nothing whole and leaves nothing; verify: ${verify}, publish: ${publish}`, async (t) => {
    if (unmount === undefined) return t.skip(NEEDED);
    const path = join(disk, `${verify}-${publish}`);
    const destination = createDirectoryDestination({ path, verify, publish });
    await destination.start();
    const stage = (name) =>
      destination.stage({ name, size: CONTENT.length, overwrite: "never", owner: "full" }, signal);
    const staged = await stage("large.bin");
    await staged.write(CONTENT.subarray(0, MIB));
    const empty = fill(join(disk, "rest"));
    await assert.rejects(send(staged, CONTENT.subarray(MIB), CONTENT), { code: "PLB_HANDOFF_NO_SPACE" });
    await staged.abort();
    assert.deepEqual(shown(path), []);
    assert.deepEqual(readdirSync(join(path, ".plumbline-handoff/staging")), []);
    await assert.rejects(stage("later.bin"), { code: "PLB_HANDOFF_NO_SPACE" });
    empty();
    const again = await stage("large.bin");
    await send(again, CONTENT, CONTENT);
    await again.publish(manifestOf("large.bin"));
    assert.ok(readFileSync(join(path, "large.bin")).equals(CONTENT));
    await destination.close();
    rmSync(path, { recursive: true });
    return undefined;
  });
}

test("a disk that is full by the time of the manifest: nothing shows", async (t) => {
  if (unmount === undefined) return t.skip(NEEDED);
  const path = join(disk, "manifest");
  const destination = createDirectoryDestination({ path });
  await destination.start();
  const request = { name: "large.bin", size: CONTENT.length, overwrite: "never", owner: "full" };
  const staged = await destination.stage(request, signal);
  await send(staged, CONTENT, CONTENT);
  const empty = fill(join(disk, "rest"));
  await assert.rejects(staged.publish(manifestOf("large.bin")), { code: "PLB_HANDOFF_NO_SPACE" });
  await staged.abort();
  assert.deepEqual(shown(path), []);
  for (const each of ["staging", "manifests"]) {
    assert.deepEqual(readdirSync(join(path, ".plumbline-handoff", each)), [], each);
  }
  empty();
  await destination.close();
  rmSync(path, { recursive: true });
  return undefined;
});

test("an uploader waits for room, for as long as it takes, and then hands on", async (t) => {
  if (unmount === undefined) return t.skip(NEEDED);
  const from = join(base, "from");
  mkdirSync(from);
  writeFileSync(join(from, "large.bin"), CONTENT);
  const empty = fill(join(disk, "rest"), 12 * MIB);
  const path = join(disk, "waits");
  const codes = [];
  const uploader = createUploader({
    pickup: createDirectoryPickup({ path: from, commit: "rename", once: true }),
    destination: createDirectoryDestination({ path }),
    stateDirectory: join(base, "state"),
    attempts: 1,
    retryMs: 10,
    maxRetryMs: 20,
    onEvent: (event) => {
      if (event.kind !== "retry") return;
      codes.push(event.code);
      if (codes.length === 20) empty();
    },
  });
  const alive = setInterval(() => undefined, 1000); // a hand-off that waits keeps no process alive by itself
  await uploader.start();
  await uploader.run(signal);
  clearInterval(alive);
  assert.equal(uploader.counts.delivered, 1);
  assert.ok(codes.length >= 20);
  assert.deepEqual([...new Set(codes)], ["PLB_HANDOFF_NO_SPACE"]);
  assert.ok(readFileSync(join(path, "large.bin")).equals(CONTENT));
  await uploader.close();
  return undefined;
});

async function send(staged, rest, content) {
  for (let at = 0; at < rest.length; at += MIB) await staged.write(rest.subarray(at, at + MIB));
  await staged.verify({ size: content.length, sha256: sha256(content) });
}

function manifestOf(name) {
  const facts = { name, size: CONTENT.length, sha256: sha256(CONTENT), guarantee: "committed", createdMicros: 1e15 };
  return createManifest(facts);
}

function shown(path) {
  return readdirSync(path).filter((name) => !name.startsWith("."));
}
