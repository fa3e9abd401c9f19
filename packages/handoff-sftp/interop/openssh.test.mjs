// The SFTP destination against a real OpenSSH, watched from the other side. `PLUMBLINE_HANDOFF_RUNS=200` makes as many hand-offs as the README tells of.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { CONTROL_FOLDER, createManifest } from "@plumbline/handoff";
import { createSftpDestination, sftp } from "@plumbline/handoff-sftp";
import { createTestContext, destinationContract, viewOfFolder } from "@plumbline/testing";
import ssh2 from "ssh2";
import { recordRuns } from "../../../scripts/lib/handoff-runs.mjs";
import { findOpenssh, NEEDS_OPENSSH, startOpenssh } from "../../../scripts/lib/openssh.mjs";
import { startObservers } from "./observers.mjs";

const RUNS = Number(process.env.PLUMBLINE_HANDOFF_RUNS ?? 10);
const CONTROL_RUNS = Math.max(8, Math.trunc(RUNS / 10));
const SIZE = 8 * 1024 * 1024;

const programs = findOpenssh();
let far;

before(async () => {
  if (programs !== undefined) far = await startOpenssh(programs);
});

after(() => far?.stop());

function folder(name) {
  const path = join(far.inbox, `${name}-${readdirSync(far.inbox).length}`);
  mkdirSync(path);
  far.own(path);
  return path;
}

for (const [publish, verify] of [
  ["atomic", "read-back"],
  ["atomic", "server"],
  ["linear", "read-back"],
  ["marker", "read-back"],
]) {
  describe(`the destination contract on OpenSSH, publish: ${publish}, verify: ${verify}`, () => {
    const cases = destinationContract({
      plugin: sftp,
      maxNameBytes: publish === "marker" ? 249 : 255,
      sizes: [255 * 1024, 510 * 1024, 8 * 1024 * 1024],
      setup: () => {
        const path = join(folder(publish), "inbox");
        return {
          path,
          options: { ...far.options, path, publish, verify },
          ...viewOfFolder(path, CONTROL_FOLDER),
        };
      },
      ...(publish === "atomic"
        ? {
            damage: async ({ path }, { ref }) => {
              const at = join(path, ".plumbline-handoff/staging", basename(ref));
              // Written, but not yet acknowledged: the last requests may still be on their way.
              for (let tries = 0; statSync(at).size < 300_000 && tries < 400; tries++) await wait(25);
              const content = readFileSync(at);
              content[123_456] ^= 1;
              writeFileSync(at, content);
            },
          }
        : {}),
    });
    for (const { name, run } of cases) {
      test(name, async (t) => (far === undefined ? t.skip(NEEDS_OPENSSH) : run()));
    }
  });
}

test(`seen by pollers of size and time, a watermark lister and inotify: ${RUNS} hand-offs, none incomplete`, async (t) => {
  if (far === undefined) return t.skip(NEEDS_OPENSSH);
  const path = folder("watched");
  const destination = await createSftpDestination({ ...far.options, path }, createTestContext());
  t.after(() => destination.close());
  const ability = await destination.start();
  assert.equal(ability.durable, true);
  assert.deepEqual(ability.overwrite, ["never", "same", "replace"]);
  const observers = await startObservers(path, programs);
  t.after(() => observers.stop());
  for (let run = 0; run < RUNS; run++) {
    const name = `run-${run}.bin`;
    const content = contentOf(run);
    await observers.expect(name, { sha256: sha256(content), size: content.length });
    const staged = await destination.stage(
      { name, size: content.length, overwrite: "never", owner: "interop" },
      new AbortController().signal,
    );
    for (let at = 0; at < content.length; at += 1 << 20) await staged.write(content.subarray(at, at + (1 << 20)));
    await staged.verify({ sha256: sha256(content), size: content.length });
    const facts = { name, size: content.length, sha256: sha256(content), guarantee: "committed", createdMicros: 1e15 };
    assert.equal(await staged.publish(createManifest(facts)), "published");
  }
  // A file that is linked or renamed into a folder is not closed there: who listens for CLOSE_WRITE alone hears nothing.
  const who = ["size", "mtime", "watermark", ...(programs.inotifywait === undefined ? [] : ["CREATE|MOVED_TO"])];
  const seen = await observers.end(RUNS, who);
  t.diagnostic(JSON.stringify(seen));
  for (const [each, { wrong }] of Object.entries(seen)) assert.equal(wrong, 0, `${each} saw ${wrong} incomplete files`);
  for (const each of who) assert.equal(seen[each].sightings, RUNS, `${each} saw ${seen[each].sightings} of ${RUNS}`);
  recordRuns("OpenSSH", countsOf("plumbline handoff", seen));
});

test(`the control: parallel parts at the final name are seen incomplete (${CONTROL_RUNS} files)`, async (t) => {
  if (far === undefined) return t.skip(NEEDS_OPENSSH);
  const path = folder("control");
  const client = await connectClient();
  t.after(() => client.end());
  const handle = await promisify(client.sftp.bind(client))();
  const observers = await startObservers(path, programs);
  t.after(() => observers.stop());
  for (let run = 0; run < CONTROL_RUNS; run++) {
    const content = contentOf(run);
    const name = `run-${run}.bin`;
    await observers.expect(name, { sha256: sha256(content), size: content.length });
    await inParallelParts(handle, join(path, name), content);
  }
  const seen = await observers.end(CONTROL_RUNS, ["size"]);
  t.diagnostic(JSON.stringify(seen));
  const wrong = seen.size.wrong + seen.mtime.wrong + seen.watermark.wrong;
  recordRuns("OpenSSH", countsOf("parallel parts (control)", seen));
  assert.ok(wrong > 0, "every file was seen whole: then this suite cannot tell the difference");
});

function countsOf(way, seen) {
  return Object.entries(seen).map(([observer, { sightings, wrong }]) => ({ way, observer, seen: sightings, wrong }));
}

function contentOf(run) {
  const block = createHash("sha512").update(String(run)).digest();
  const content = Buffer.alloc(SIZE, block);
  content.writeUInt32BE(run, SIZE - 4);
  return content;
}

function sha256(content) {
  return createHash("sha256").update(content).digest("hex");
}

function connectClient() {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    client.once("ready", () => resolve(client)).once("error", reject);
    client.connect(far.login);
    client.setNoDelay(true);
  });
}

/** As a seekable target is written from several threads: the last part may be there first, and then the file has its final size. */
async function inParallelParts(handle, path, content) {
  const ask = promisify((step, done) => step(done));
  const file = await ask((done) => handle.open(path, "w", done));
  const parts = 8;
  const each = content.length / parts;
  await Promise.all(
    Array.from({ length: parts }, async (_, index) => {
      const part = parts - 1 - index;
      for (let at = part * each; at < (part + 1) * each; at += 32_768) {
        await ask((done) => handle.write(file, content, at, 32_768, at, done));
      }
    }),
  );
  await ask((done) => handle.close(file, done));
}
