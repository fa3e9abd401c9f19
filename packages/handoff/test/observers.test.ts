import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createDirectoryDestination, createDirectoryPickup, createManifest, createUploader } from "../src/index.ts";
import { observe, type ObserverKind } from "./observers.ts";
import { recordRuns } from "./record-runs.ts";
import { createScene, sha256Of } from "./scene.ts";

/** 200 in the long form: `PLUMBLINE_HANDOFF_RUNS=200 npx vitest run packages/handoff/test/observers.test.ts`. */
const RUNS = Number(process.env["PLUMBLINE_HANDOFF_RUNS"] ?? 24);
const SIZE = 700_000;
const READINGS = 10_000;
const READERS_AT_ONCE = 50;
const KINDS: readonly ObserverKind[] = ["size", "mtime", "watermark", "events", "first-sight"];

function contentOf(run: number): Buffer {
  return Buffer.alloc(SIZE + run, `run ${run} `);
}

test(`${RUNS} files are handed on while observers poll size, time and events: none sees one before it is whole, none misses one`, async () => {
  await using scene = await createScene();
  await mkdir(scene.to);
  const uploader = createUploader({
    pickup: createDirectoryPickup({ path: scene.from, commit: "rename", once: true }),
    destination: createDirectoryDestination({ path: scene.to }),
    stateDirectory: scene.state,
  });
  await uploader.start();
  const observers = KINDS.map((kind) => observe(scene.to, kind));
  const expected = new Map<string, string>();
  for (let run = 0; run < RUNS; run++) {
    expected.set(`run-${run}.bin`, sha256Of(contentOf(run)));
    await scene.make(`run-${run}.bin`, contentOf(run));
  }
  await uploader.run(AbortSignal.timeout(300_000));
  await uploader.close();
  const sightings = (await Promise.all(observers.map((observer) => observer.stop()))).flat();
  expect(sightings.filter(({ name, sha256 }) => expected.get(name) !== sha256)).toEqual([]);
  const count = (kind: ObserverKind): number => sightings.filter(({ observer }) => observer === kind).length;
  expect(KINDS.map((kind) => [kind, count(kind)])).toEqual(KINDS.map((kind) => [kind, RUNS]));
  recordRuns(
    "folder",
    KINDS.map((observer) => ({ way: "plumbline handoff", observer, seen: count(observer), wrong: 0 })),
  );
}, 300_000);

test("control: parallel parts at the final name are taken by those who poll the size, and are wrong", async () => {
  await using scene = await createScene();
  await mkdir(scene.to);
  const observer = observe(scene.to, "size");
  const content = contentOf(0);
  const path = join(scene.to, "parts.bin");
  const handle = await open(path, "w");
  const part = 100_000;
  // Last part first, as a pool of writers may do it: the size is final at once.
  for (let from = Math.floor(SIZE / part) * part; from >= 0; from -= part) {
    await handle.write(content, from, Math.min(part, content.length - from), from);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await handle.close();
  const sightings = await observer.stop();
  expect(sightings.length).toBe(1);
  expect(sightings[0]?.sha256).not.toBe(sha256Of(content));
  recordRuns("folder", [{ way: "parallel parts (control)", observer: "size", seen: 1, wrong: 1 }]);
});

test(`a file that is replaced over and over is never absent, never mixed, in ${READINGS} readings, ${READERS_AT_ONCE} at a time`, async () => {
  await using scene = await createScene();
  const destination = createDirectoryDestination({ path: scene.to });
  await destination.start();
  const versions = Array.from({ length: RUNS }, (_, run) => Buffer.alloc(20_000, `version ${run} `));
  const hashes = new Set(versions.map(sha256Of));
  const signal = new AbortController().signal;
  const deliver = async (content: Buffer): Promise<void> => {
    const request = { name: "now.bin", size: content.length, overwrite: "replace", owner: "readers" } as const;
    const staged = await destination.stage(request, signal);
    const facts = { name: "now.bin", size: content.length, sha256: sha256Of(content) };
    await staged.write(content);
    await staged.verify(facts);
    await staged.publish(createManifest({ ...facts, guarantee: "committed", createdMicros: 0 }));
  };
  await deliver(versions[0] ?? Buffer.alloc(0));
  const wrong: string[] = [];
  const seen = new Set<string>();
  let reads = 0;
  // Some at a time, each of which opens the name anew: as many as that read, and as long as it is replaced.
  const readers = Array.from({ length: READERS_AT_ONCE }, async () => {
    while (reads < READINGS) {
      reads += 1;
      try {
        const hash = sha256Of(await readFile(join(scene.to, "now.bin")));
        seen.add(hash);
        if (!hashes.has(hash)) wrong.push(hash);
      } catch (error) {
        wrong.push(String(error));
      }
    }
  });
  const over = new AbortController();
  const allRead = Promise.all(readers).finally(() => over.abort());
  let replaced = 0;
  for (; !over.signal.aborted || replaced < RUNS; replaced++) {
    await deliver(versions[replaced % RUNS] ?? Buffer.alloc(0));
  }
  await allRead;
  expect(wrong).toEqual([]);
  recordRuns("folder", [
    { way: "overwrite: replace", observer: `readers, ${replaced} versions`, seen: reads, wrong: 0 },
  ]);
  expect(seen.size, `versions seen of ${replaced} replaced`).toBeGreaterThan(3);
}, 300_000);
