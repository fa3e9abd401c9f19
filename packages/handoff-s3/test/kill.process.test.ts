import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readDeliveries } from "@plumbline/handoff";
import { createRandom } from "@plumbline/testing";
import { expect, onTestFinished, test } from "vitest";
import { createStandInFixture, PART_BYTES, PREFIX } from "./s3-fixture.ts";
import { contentOf } from "./s3-scene.ts";

/** 100 and more in the long form: `PLUMBLINE_HANDOFF_KILLS=100 npx vitest run packages/handoff-s3/test/kill.process.test.ts`. */
const KILLS = Number(process.env["PLUMBLINE_HANDOFF_KILLS"] ?? 3);
const SEED = Number(process.env["PLUMBLINE_SEED"] ?? 1);
const PROGRAM = fileURLToPath(new URL("programs/uploader.mjs", import.meta.url));

test(`kill -9 of the uploader at ${KILLS} chance requests, of uploads in parts: whole, published once, no upload left open`, async () => {
  const fixture = await createStandInFixture();
  onTestFinished(async () => fixture.close?.());
  const { server } = fixture;
  const base = await mkdtemp(join(tmpdir(), "plumbline-s3-kill-"));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  const [from, state] = [join(base, "from"), join(base, "state")];
  await mkdir(from);
  const random = createRandom(SEED);
  const seen = { kills: 0, withUploads: 0 };

  /** One life. Resolves with how many requests it made; `undefined` when it was killed at that one of them, before it was handled or after. */
  const live = async (due?: number): Promise<number | undefined> => {
    const given = [
      "--no-warnings",
      PROGRAM,
      from,
      state,
      JSON.stringify({ ...fixture.options, partBytes: PART_BYTES }),
    ];
    const child = spawn(process.execPath, given, { stdio: ["ignore", "ignore", "inherit"] });
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
      child.once("close", (code, signal) => resolve({ code, signal })),
    );
    const fault = random() < 0.5 ? "reset" : "drop-answer";
    let requests = 0;
    server.fault = () => {
      if (++requests !== due) return undefined;
      child.kill("SIGKILL");
      return fault;
    };
    const { code, signal } = await ended;
    if (signal === "SIGKILL") return undefined;
    expect(code).toBe(0);
    return requests;
  };

  const contents = new Map<string, Buffer>();
  const published = new Map<string, unknown>();
  const make = async (name: string): Promise<void> => {
    const content = contentOf(PART_BYTES + Math.floor(random() * PART_BYTES * 4), contents.size + 1);
    contents.set(name, content);
    await writeFile(join(from, name), content);
  };
  const look = async (when: string): Promise<void> => {
    for (const name of await fixture.visible()) {
      const object = server.objects.get(PREFIX + name);
      expect(contents.get(name)?.equals(object?.bytes ?? Buffer.alloc(0)), `${name} ${when}, seed ${SEED}`).toBe(true);
      expect(published.get(name) ?? object, `${name} was published again ${when}, seed ${SEED}`).toBe(object);
      published.set(name, object);
    }
    for (const name of contents.keys()) {
      const isSafe = published.has(name) || existsSync(join(from, name));
      expect(isSafe, `${name} is neither here nor there ${when}, seed ${SEED}`).toBe(true);
    }
  };

  await make("first.bin");
  await make("second.bin");
  const most = (await live()) ?? 0; // of a start and two files
  for (let life = 0; seen.kills < KILLS; life++) {
    await make(`file-${life}-0.bin`);
    await make(`file-${life}-1.bin`);
    if ((await live(1 + Math.floor(random() * most))) === undefined) seen.kills += 1;
    if (server.uploads.size > 0) seen.withUploads += 1;
    await look(`after life ${life}`);
  }
  // What starts have tried out and left is removed when it is an hour old.
  server.now = () => new Date(Date.now() + 2 * 3_600_000);
  expect(await live()).toBeGreaterThan(0);
  await look("in the end");
  expect([...(await fixture.visible())].sort()).toEqual([...contents.keys()].sort());
  expect(await readdir(from)).toEqual([]);
  expect([...server.uploads.values()].map(({ key }) => key)).toEqual([]);
  expect(fixture.staged()).toBe(0);
  const states = [...(await readDeliveries(state)).values()];
  expect(states.filter(({ kind }) => kind !== "delivered")).toEqual([]);
  // Else it was killed where there is nothing to break.
  if (KILLS >= 3) expect(seen.withUploads, JSON.stringify(seen)).toBeGreaterThan(0);
}, 600_000);
