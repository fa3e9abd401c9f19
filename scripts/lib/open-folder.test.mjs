// Folders for what a server of another user has to reach, as they really are on a disk.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { keptFolder, openFolder } from "./open-folder.mjs";

const given = { mask: 0, tmpdir: process.env.TMPDIR };
let base = "";
before(() => {
  base = openFolder("plumbline-open-folder-");
  process.env.TMPDIR = base;
  given.mask = process.umask(0o077);
});
after(() => {
  process.umask(given.mask);
  if (given.tmpdir === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = given.tmpdir;
  rmSync(base, { recursive: true, force: true });
});

const modeOf = (path) => statSync(path).mode & 0o777;

test("everybody may go through, whatever the process's mask", (t) => {
  const folders = [openFolder("new-"), keptFolder("kept")];
  if (folders.some((path) => dirname(path) !== base))
    return t.skip("needs a place for temporary files that everybody may reach");
  assert.deepEqual(folders.map(modeOf), [0o755, 0o755]);
  chmodSync(keptFolder("kept"), 0o700); // as one that was made under such a mask before
  assert.equal(keptFolder("kept"), folders[1]);
  assert.equal(modeOf(folders[1]), 0o755);
  return undefined;
});

test("one that somebody else may write to is not kept", () => {
  const open = join(base, `others-${userInfo().uid}`);
  mkdirSync(open);
  chmodSync(open, 0o777);
  const folder = keptFolder("others");
  assert.notEqual(folder, open);
  assert.equal(modeOf(folder), 0o755);
  assert.equal(modeOf(open), 0o777);
});
