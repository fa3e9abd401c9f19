// The hand-off to and from a real S3 server: the contract, what somebody over there sees meanwhile, and a server and an uploader that are killed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { createS3Destination, createS3Pickup, s3 } from "@plumbline/handoff-s3";
import { destinationContract } from "@plumbline/testing";
import { recordRuns } from "../../../scripts/lib/handoff-runs.mjs";
import { findServer, startServer } from "../../../scripts/lib/s3-server.mjs";

const MIB = 1024 * 1024;
const PREFIX = "logs/";
const CONTROL = `${PREFIX}.plumbline-handoff/`;

/** `PLUMBLINE_HANDOFF_RUNS=200` for the long run. */
const RUNS = Number(process.env.PLUMBLINE_HANDOFF_RUNS ?? 20);
const CONTROL_RUNS = Math.max(8, Math.trunc(RUNS / 10));

const { path, why } = findServer();
let server;
let client;

before(async () => {
  if (path === undefined) return;
  server = await startServer(path);
  client = clientFor(server.options);
});

after(async () => {
  client?.destroy();
  await server?.close();
});

const cases = destinationContract({
  plugin: { ...s3, create: (options, context) => createS3Destination({ ...options, partBytes: 5 * MIB }, context) },
  setup: () => farSide(),
  sizes: [5 * MIB, 5 * MIB + 1, 10 * MIB],
});
for (const { name, run } of cases) {
  onServer(`contract: ${name}`, async () => {
    await run();
  });
}

onServer(
  `nobody sees a file before it is whole: whoever polls reads and hashes at first sight (${RUNS} files)`,
  async (t) => {
    await empty();
    const destination = createS3Destination({ ...server.options, prefix: PREFIX, partBytes: 5 * MIB });
    await destination.start();
    const sent = new Map();
    const sightings = [];
    const stop = new AbortController();
    const observer = observe(stop.signal, (name, digest) => sightings.push([name, digest]));
    for (let index = 0; index < RUNS; index++) {
      const content = Buffer.alloc(index % 2 === 0 ? 11 * MIB : 100_000, `file ${index} `);
      const name = `seen-${index}.bin`;
      sent.set(name, digestOf(content));
      await deliver(destination, name, content);
    }
    while (sightings.length < sent.size) await new Promise((next) => setTimeout(next, 10));
    stop.abort();
    await observer;
    assert.deepEqual(new Map(sightings), sent);
    assert.equal(sightings.length, RUNS);
    tellRuns(t, { way: "plumbline handoff", observer: "first sight", seen: RUNS, wrong: 0 });
    await destination.close();
  },
);

// Parallel parts, which are the control elsewhere, cannot be seen in S3: an object in parts is there at its completion or not at all. What can be seen half
// is one that is put anew as it grows, as programs do that have a log to ship and no multipart.
onServer(
  `the control: objects that are put again as they grow are seen incomplete (${CONTROL_RUNS} files)`,
  async (t) => {
    await empty();
    const sightings = [];
    const stop = new AbortController();
    const observer = observe(stop.signal, (name, digest) => sightings.push([name, digest]));
    const sent = new Map();
    for (let index = 0; index < CONTROL_RUNS; index++) {
      const content = Buffer.alloc(2 * MIB, `grown ${index} `);
      const name = `seen-${index}.bin`;
      sent.set(name, digestOf(content));
      for (let part = 1; part <= 8; part++) {
        const body = content.subarray(0, (content.length / 8) * part);
        await client.send(new PutObjectCommand({ Bucket: server.options.bucket, Key: PREFIX + name, Body: body }));
      }
    }
    while (sightings.length < sent.size) await new Promise((next) => setTimeout(next, 10));
    stop.abort();
    await observer;
    const wrong = sightings.filter(([name, digest]) => sent.get(name) !== digest).length;
    tellRuns(t, { way: "put again as it grows (control)", observer: "first sight", seen: sightings.length, wrong });
    assert.ok(wrong > 0, "every file was seen whole: then this suite cannot tell the difference");
  },
);

onServer("an uploader that is killed leaves nothing visible, and its next life removes what it left", async () => {
  await empty();
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "killed-uploader.mjs"), JSON.stringify(server.options)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  await new Promise((begun) => child.stdout.once("data", begun));
  child.kill("SIGKILL");
  await new Promise((gone) => child.once("exit", gone));
  const far = farSide();
  assert.deepEqual(await far.visible(), []);
  assert.ok((await far.staged()) > 0, "nothing was left, so nothing is tested");
  const destination = createS3Destination({ ...far.options, partBytes: 5 * MIB });
  await destination.start();
  assert.equal(await destination.reap("killed"), 1);
  assert.equal(await far.staged(), 0);
  await destination.close();
});

onServer("objects are picked up as they are, in parts or not; one that is replaced meanwhile is not", async () => {
  await empty();
  const destination = createS3Destination({ ...server.options, prefix: PREFIX, partBytes: 5 * MIB });
  await destination.start();
  const contents = {
    "large.bin": Buffer.alloc(11 * MIB, "in parts "),
    "small.bin": Buffer.from("at once"),
    "zero.bin": Buffer.alloc(0),
  };
  for (const [name, content] of Object.entries(contents)) await deliver(destination, name, content);
  await destination.close();
  const pickup = createS3Pickup({ ...server.options, prefix: PREFIX, after: "delete" });
  const stop = new AbortController();
  const taken = [];
  for await (const item of pickup.items(stop.signal)) {
    const hash = createHash("sha256");
    for await (const chunk of item.read(stop.signal)) hash.update(chunk);
    assert.equal(hash.digest("hex"), digestOf(contents[item.name]), item.name);
    await item.recheck();
    if (item.name === "small.bin") {
      await client.send(
        new PutObjectCommand({ Bucket: server.options.bucket, Key: `${PREFIX}small.bin`, Body: "replaced" }),
      );
      await assert.rejects(item.recheck(), { code: "PLB_HANDOFF_SOURCE_CHANGED" });
      await assert.rejects(
        async () => {
          for await (const chunk of item.read(stop.signal)) assert.fail(`${chunk.length} bytes of something else`);
        },
        { code: "PLB_HANDOFF_SOURCE_CHANGED" },
      );
    }
    await item.settle();
    taken.push(item.name);
    if (taken.length === 3) stop.abort();
  }
  await pickup.close();
  assert.deepEqual(taken.sort(), Object.keys(contents).sort());
  assert.deepEqual(await farSide().visible(), ["small.bin"]);
});

onServer("a server that is killed in mid-upload and comes back gets the file whole, once", async () => {
  const own = await startServer(path);
  try {
    const destination = createS3Destination({ ...own.options, prefix: PREFIX, partBytes: 5 * MIB, attempts: 2 });
    await destination.start();
    const content = Buffer.alloc(16 * MIB, "a server that comes and goes ");
    const staged = await destination.stage(
      { name: "a.bin", size: content.length, overwrite: "same", owner: "interop" },
      new AbortController().signal,
    );
    await staged.write(content.subarray(0, 6 * MIB));
    await own.kill();
    await assert.rejects(
      async () => {
        await staged.write(content.subarray(6 * MIB));
        await staged.verify({ sha256: digestOf(content), size: content.length });
      },
      { name: "RetryableError" },
    );
    await assert.rejects(staged.abort(), { name: "RetryableError" });
    await own.restart();
    await staged.abort();
    await destination.reap("interop");
    await deliver(destination, "a.bin", content);
    const found = await destination.inspect("a.bin", { hash: true });
    assert.equal(found.sha256, digestOf(content));
    await destination.close();
  } finally {
    await own.close();
  }
});

function tellRuns(t, run) {
  t.diagnostic(JSON.stringify(run));
  recordRuns("S3 (versitygw)", [run]);
}

/** A test that needs the server. */
function onServer(name, body) {
  test(name, (t) => (path === undefined ? t.skip(why) : body(t)));
}

/** The server as a far side, looked at with a client of its own. */
function farSide() {
  return {
    options: { ...server.options, prefix: PREFIX },
    visible: async () =>
      (await keys(PREFIX)).filter((key) => !key.startsWith(CONTROL)).map((key) => key.slice(PREFIX.length)),
    read: (name) => read(PREFIX + name),
    put: async (name, content) => {
      await client.send(new PutObjectCommand({ Bucket: server.options.bucket, Key: PREFIX + name, Body: content }));
    },
    staged: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: server.options.bucket }));
      return Uploads.length + (await keys(`${CONTROL}staging/`)).length;
    },
    close: () => empty(),
  };
}

async function deliver(destination, name, content) {
  const staged = await destination.stage(
    { name, size: content.length, overwrite: "never", owner: "interop" },
    new AbortController().signal,
  );
  await staged.write(content);
  const sha256 = digestOf(content);
  await staged.verify({ sha256, size: content.length });
  const id = createHash("sha256").update(`${name}\0${sha256}`).digest("hex").slice(0, 32);
  await staged.publish({
    version: 1,
    id,
    name,
    size: content.length,
    sha256,
    guarantee: "committed",
    created: new Date().toISOString(),
  });
}

async function observe(signal, sighted) {
  const seen = new Set();
  while (!signal.aborted) {
    for (const key of await keys(`${PREFIX}seen-`)) {
      if (seen.has(key)) continue;
      seen.add(key);
      sighted(key.slice(PREFIX.length), await digestAt(key));
    }
  }
}

/** What is read there at once; a content that the server's own checksum does not fit is none that was ever whole. */
async function digestAt(key) {
  try {
    return digestOf(await read(key));
  } catch (error) {
    if (!error.message.startsWith("Checksum mismatch")) throw error;
    return "mixed";
  }
}

async function keys(prefix) {
  const { Contents = [] } = await client.send(
    new ListObjectsV2Command({ Bucket: server.options.bucket, Prefix: prefix }),
  );
  return Contents.map(({ Key }) => Key).filter((key) => !key.endsWith("/"));
}

async function read(key) {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: server.options.bucket, Key: key }));
    return await Body.transformToByteArray();
  } catch (error) {
    if (error.name === "NoSuchKey") return undefined;
    throw error;
  }
}

async function empty() {
  for (const key of await keys(""))
    await client.send(new DeleteObjectCommand({ Bucket: server.options.bucket, Key: key }));
}

function digestOf(content) {
  return createHash("sha256").update(content).digest("hex");
}

function clientFor({ endpoint, accessKeyId, secretAccessKey }) {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
}
