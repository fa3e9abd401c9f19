// Blocks of a Prometheus' database, made by promtool, shipped as units to a folder and to a real OpenSSH, and opened again by promtool over there.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createDirectoryDestination, createUnitPickup, createUploader } from "@plumbline/handoff";
import { createSftpDestination } from "@plumbline/handoff-sftp";
import { createTestContext } from "@plumbline/testing";
import { findOpenssh, NEEDS_OPENSSH, startOpenssh } from "../../../scripts/lib/openssh.mjs";
import { findPrometheus } from "../../../scripts/lib/prometheus.mjs";

const NEEDED =
  "needs Prometheus' promtool: on the path, beside PLUMBLINE_PROMETHEUS, or as Debian's package through apt-get";
const BLOCK = /^[0-9A-HJKMNP-TV-Z]{26}$/u;
const HOUR_S = 3600;
/** promtool tells the twenty most frequent of everything: fewer, so that it tells all. */
const SHOPS = 10;

const promtool = findPrometheus()?.replace(/prometheus$/u, "promtool");
const has = promtool !== undefined && spawnSync(promtool, ["--version"], { stdio: "ignore" }).status === 0;
let scratch = "";
let from = "";

before(() => {
  scratch = mkdtempSync(join(tmpdir(), "plumbline-blocks-"));
  from = join(scratch, "from");
  if (has) makeBlocks(from);
});

after(() => rmSync(scratch, { recursive: true, force: true }));

test("blocks handed on to a folder are whole when their meta.json is there, and promtool reads the same out of them", async (t) => {
  if (!has) return t.skip(NEEDED);
  const to = join(scratch, "to");
  await ship(t, "folder", to, () => createDirectoryDestination({ path: to }));
});

test("blocks handed on to OpenSSH are whole when their meta.json is there, and promtool reads the same out of them", async (t) => {
  if (!has) return t.skip(NEEDED);
  const programs = findOpenssh();
  if (programs === undefined) return t.skip(NEEDS_OPENSSH);
  const far = await startOpenssh(programs);
  t.after(() => far.stop());
  await ship(t, "openssh", far.inbox, () => createSftpDestination(far.options, createTestContext()));
});

/** In two lives: the first is ended in the middle. What promtool finds at any time is whole. */
async function ship(t, name, to, destination) {
  const expected = dump(from);
  const blocks = readdirSync(from).filter((each) => BLOCK.test(each));
  assert.ok(blocks.length > 2, `promtool made ${blocks.length} blocks`);
  const files = blocks.flatMap((block) => filesOf(join(from, block)).map((file) => `${block}/${file}`));
  let delivered = 0;
  // Collected, and looked at in the end: what is thrown at the uploader counts as a delivery that failed.
  const seenWith = new Map();
  const live = async (most) => {
    const stop = new AbortController();
    const uploader = createUploader({
      pickup: createUnitPickup({ path: from, once: true, pollMs: 50 }),
      destination: await destination(),
      stateDirectory: join(scratch, `state-${name}`),
      concurrency: 2,
      onEvent: (event) => {
        if (event.kind !== "delivered") return;
        delivered += 1;
        if (delivered === most) stop.abort();
        const [block] = event.name.split("/");
        if (event.name === `${block}/meta.json`) seenWith.set(block, filesOf(join(to, block)));
      },
    });
    await uploader.start();
    await uploader.run(stop.signal);
    await uploader.close();
    assert.equal(uploader.counts.aside, 0);
  };
  await live(Math.ceil(files.length / 2));
  const whole = readdirSync(to).filter((block) => existsSync(join(to, block, "meta.json")));
  assert.ok(whole.length < blocks.length, "the first life has handed on all: nothing was cut off");
  for (const block of whole) assert.equal(run(["tsdb", "analyze", to, block]).status, 0);
  await live(Number.POSITIVE_INFINITY);
  assert.ok(delivered >= files.length);
  assert.deepEqual(new Set(seenWith.keys()), new Set(blocks));
  for (const [block, seen] of seenWith)
    assert.deepEqual(seen, filesOf(join(from, block)), `${block} with its meta.json`);
  for (const file of files) assert.equal(digest(join(to, file)), digest(join(from, file)), file);
  const listed = run(["tsdb", "list", to]);
  assert.equal(listed.stdout, run(["tsdb", "list", from]).stdout);
  t.diagnostic(listed.stdout);
  for (const block of blocks) {
    // Equal counts stand there in any order.
    const analyzed = (folder) => run(["tsdb", "analyze", folder, block]).stdout.split("\n").sort();
    assert.deepEqual(analyzed(to), analyzed(from));
    assert.ok(analyzed(to).includes(`Series: ${SHOPS}`));
  }
  assert.equal(dump(to), expected);
}

/** Some hours of some series, as a backfill has them: a block for every two hours. */
function makeBlocks(folder) {
  mkdirSync(folder);
  const end = Math.floor(Date.now() / 1000 / HOUR_S) * HOUR_S - 24 * HOUR_S;
  const lines = ["# HELP orders_total Orders.", "# TYPE orders_total counter"];
  for (let shop = 0; shop < SHOPS; shop++) {
    for (let at = end - 8 * HOUR_S; at < end; at += 30) {
      lines.push(`orders_total{shop="${shop}"} ${(at - end + 8 * HOUR_S) * (shop + 1)} ${at}`);
    }
  }
  const input = join(folder, "..", "input.om");
  writeFileSync(input, `${lines.join("\n")}\n# EOF\n`);
  const made = run(["tsdb", "create-blocks-from", "openmetrics", input, folder]);
  assert.equal(made.status, 0, made.stderr);
}

/** Every sample that promtool reads out of a database. */
function dump(folder) {
  mkdirSync(join(folder, "wal"), { recursive: true }); // as every database has one; without meta.json it is no unit
  const { status, stdout, stderr } = run(["tsdb", "dump", folder]);
  assert.equal(status, 0, stderr);
  const samples = stdout.split("\n").filter((line) => line.includes("orders_total"));
  assert.equal(samples.length, SHOPS * 8 * 120);
  return createHash("sha256").update(samples.sort().join("\n")).digest("hex");
}

function run(args) {
  return spawnSync(promtool, args, { encoding: "utf8", timeout: 120_000, maxBuffer: 1 << 28 });
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort((a, b) => (a < b ? -1 : 1));
}

function digest(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
