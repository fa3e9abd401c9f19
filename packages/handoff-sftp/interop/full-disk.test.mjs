// A real OpenSSH whose disk is really full, or whose user has no more room on it: nothing shows, nothing is left lying about, and with room again it goes on.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createDirectoryPickup, createManifest, createUploader } from "@plumbline/handoff";
import { createSftpDestination } from "@plumbline/handoff-sftp";
import { createTestContext } from "@plumbline/testing";
import { openFolder } from "../../../scripts/lib/open-folder.mjs";
import { findOpenssh, startOpenssh } from "../../../scripts/lib/openssh.mjs";
import { contentOf, fill, mountSmallDisk, sha256 } from "../../../scripts/lib/small-disk.mjs";

const MIB = 1024 * 1024;
const CONTENT = contentOf(8 * MIB);
const signal = new AbortController().signal;

let scratch = "";
const unmounts = {};
let far;
before(async () => {
  scratch = openFolder("plumbline-openssh-full-");
  // Before sshd, which sees the mounts that were there when it began.
  unmounts.disk = mountSmallDisk(join(scratch, "disk"));
  unmounts.quota = mountSmallDisk(join(scratch, "quota"), "size=64m,usrquota_block_hardlimit=16m");
  const programs = findOpenssh();
  if (programs === undefined) return;
  far = await startOpenssh(programs);
  for (const kind of Object.keys(unmounts)) far.own(join(scratch, kind));
});
after(async () => {
  await far?.stop();
  for (const unmount of Object.values(unmounts)) unmount?.();
  rmSync(scratch, { recursive: true, force: true });
});

function lacking(kind) {
  if (far === undefined) return "needs OpenSSH's server: installed, or as Debian's package through apt-get";
  if (unmounts[kind] !== undefined) return undefined;
  return kind === "disk" ? "needs root, to mount a small disk" : "needs root, and a kernel whose tmpfs has quotas";
}

async function destinationAt(path, more = {}) {
  return createSftpDestination({ ...far.options, path, minFreeBytes: 0, ...more }, createTestContext());
}

describe("a disk of the server's that is full", () => {
  for (const [verify, publish] of [
    ["read-back", "atomic"],
    ["size", "atomic"],
    ["read-back", "linear"],
  ]) {
    test(`a delivery shows nothing whole and leaves nothing; verify: ${verify}, publish: ${publish}`, async (t) => {
      if (lacking("disk") !== undefined) return t.skip(lacking("disk"));
      const path = join(scratch, "disk", `${verify}-${publish}`);
      const destination = await destinationAt(path, { verify, publish });
      await destination.start();
      const staged = await stage(destination, "large.bin");
      await staged.write(CONTENT.subarray(0, MIB));
      const empty = fill(join(scratch, "disk", "rest"));
      await assert.rejects(send(staged, CONTENT.subarray(MIB)), { code: "PLB_HANDOFF_NO_SPACE" });
      await staged.abort();
      assert.deepEqual(shown(path), []);
      assert.deepEqual(readdirSync(join(path, ".plumbline-handoff/staging")), []);
      empty();
      const again = await stage(destination, "large.bin");
      await send(again, CONTENT);
      await again.publish(manifestOf("large.bin"));
      assert.ok(readFileSync(join(path, "large.bin")).equals(CONTENT));
      await destination.close();
      rmSync(path, { recursive: true });
      return undefined;
    });
  }

  test("by the time of the manifest: nothing shows", async (t) => {
    if (lacking("disk") !== undefined) return t.skip(lacking("disk"));
    const path = join(scratch, "disk", "manifest");
    const destination = await destinationAt(path);
    await destination.start();
    const staged = await stage(destination, "large.bin");
    await send(staged, CONTENT);
    const empty = fill(join(scratch, "disk", "rest"));
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

  test("is waited for, for as long as it takes", async (t) => {
    if (lacking("disk") !== undefined) return t.skip(lacking("disk"));
    const path = join(scratch, "disk", "waits");
    const empty = fill(join(scratch, "disk", "rest"), 12 * MIB);
    const { codes, uploader } = await handOn(await destinationAt(path), "disk", empty);
    assert.equal(uploader.counts.delivered, 1);
    assert.deepEqual([...new Set(codes)], ["PLB_HANDOFF_NO_SPACE"]);
    assert.ok(readFileSync(join(path, "large.bin")).equals(CONTENT));
    return undefined;
  });
});

test("a quota over there that is used up: nothing shows, nothing is left, and with room again it is handed on", async (t) => {
  if (lacking("quota") !== undefined) return t.skip(lacking("quota"));
  const path = join(scratch, "quota", "in");
  const rest = join(scratch, "quota", "rest");
  const empty = fill(rest, 12 * MIB);
  far.own(rest); // it counts as the user's now
  const { codes, uploader } = await handOn(await destinationAt(path), "quota", empty);
  assert.equal(uploader.counts.delivered, 1);
  // SFTP has no word for a quota: where the server's text does not tell it either, it is a refusal.
  for (const code of new Set(codes)) assert.match(code, /^PLB_(HANDOFF_NO_SPACE|SFTP_REFUSED)$/);
  assert.ok(readFileSync(join(path, "large.bin")).equals(CONTENT));
  assert.deepEqual(readdirSync(join(path, ".plumbline-handoff/staging")), []);
  return undefined;
});

/** Hands a file on; there is room for it after the fifth failure. */
async function handOn(destination, kind, empty) {
  const from = join(scratch, `from-${kind}`);
  mkdirSync(from);
  writeFileSync(join(from, "large.bin"), CONTENT);
  const codes = [];
  const uploader = createUploader({
    pickup: createDirectoryPickup({ path: from, commit: "rename", once: true }),
    destination,
    stateDirectory: join(scratch, `state-${kind}`),
    attempts: 10,
    retryMs: 10,
    maxRetryMs: 20,
    onEvent: (event) => {
      if (event.kind !== "retry") return;
      codes.push(event.code);
      if (codes.length === 5) empty();
    },
  });
  const alive = setInterval(() => undefined, 1000); // a hand-off that waits keeps no process alive by itself
  await uploader.start();
  await uploader.run(signal);
  clearInterval(alive);
  await uploader.close();
  return { codes, uploader };
}

function stage(destination, name) {
  return destination.stage({ name, size: CONTENT.length, overwrite: "never", owner: "full" }, signal);
}

async function send(staged, rest) {
  for (let at = 0; at < rest.length; at += MIB) await staged.write(rest.subarray(at, at + MIB));
  await staged.verify({ size: CONTENT.length, sha256: sha256(CONTENT) });
}

function manifestOf(name) {
  const facts = { name, size: CONTENT.length, sha256: sha256(CONTENT), guarantee: "committed", createdMicros: 1e15 };
  return createManifest(facts);
}

function shown(path) {
  return readdirSync(path).filter((name) => !name.startsWith("."));
}
