// A real OpenSSH whose disk is really full, or whose user has no more room on it: nothing shows, nothing is left lying about, and with room again it goes on.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createSftpDestination } from "@plumbline/handoff-sftp";
import { createTestContext } from "@plumbline/testing";
import {
  controlFilesOf,
  fullDiskCases,
  handOnOnceThereIsRoom,
  isWhole,
} from "../../../scripts/lib/full-disk-cases.mjs";
import { openFolder } from "../../../scripts/lib/open-folder.mjs";
import { findOpenssh, NEEDS_OPENSSH, startOpenssh } from "../../../scripts/lib/openssh.mjs";
import { fill, mountSmallDisk } from "../../../scripts/lib/small-disk.mjs";

const MIB = 1024 * 1024;

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
  if (far === undefined) return NEEDS_OPENSSH;
  if (unmounts[kind] !== undefined) return undefined;
  return kind === "disk" ? "needs root, to mount a small disk" : "needs root, and a kernel whose tmpfs has quotas";
}

async function destinationAt(path, more = {}) {
  return createSftpDestination({ ...far.options, path, minFreeBytes: 0, ...more }, createTestContext());
}

describe("a disk of the server's that is full", () => {
  fullDiskCases({
    disk: () => join(scratch, "disk"),
    scratch: () => scratch,
    lacking: () => lacking("disk"),
    destinationAt,
  });
});

test("a quota over there that is used up: nothing shows, nothing is left, and with room again it is handed on", async (t) => {
  if (lacking("quota") !== undefined) return t.skip(lacking("quota"));
  const path = join(scratch, "quota", "in");
  const rest = join(scratch, "quota", "rest");
  const empty = fill(rest, 12 * MIB);
  far.own(rest); // it counts as the user's now
  const destination = await destinationAt(path);
  const codes = await handOnOnceThereIsRoom(destination, join(scratch, "over-quota"), empty, { attempts: 1 });
  // SFTP has no word for a quota: where the server's text does not tell it either, it is a refusal, and the place's all the same.
  for (const code of new Set(codes)) assert.match(code, /^PLB_(HANDOFF_NO_SPACE|SFTP_REFUSED)$/);
  assert.ok(isWhole(join(path, "large.bin")));
  assert.deepEqual(controlFilesOf(path, "staging"), []);
  return undefined;
});
