import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom } from "@plumbline/testing";
import { expect, onTestFinished, test } from "vitest";
import { contentOf } from "./destination-scene.ts";
import { createSftpFixture } from "./sftp-fixture.ts";

/** 100 and more in the long form: `PLUMBLINE_HANDOFF_KILLS=100 npx vitest run packages/handoff-sftp/test/kill.process.test.ts`. */
const KILLS = Number(process.env["PLUMBLINE_HANDOFF_KILLS"] ?? 3);
const SEED = Number(process.env["PLUMBLINE_SEED"] ?? 1);
const PROGRAM = fileURLToPath(new URL("programs/uploader.mjs", import.meta.url));
/** More than the requests of a start and of a delivery. */
const MOST_REQUESTS = 120;

test(`kill -9 of the uploader at ${KILLS} chance requests: whole, published once, and nothing is lost here`, async () => {
  const fixture = await createSftpFixture();
  onTestFinished(() => fixture.close());
  const base = await mkdtemp(join(tmpdir(), "plumbline-sftp-kill-"));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  const from = join(base, "from");
  await mkdir(from);

  /** Resolves with whether it was killed, before this request of its own was handled. */
  const live = async (due?: number): Promise<boolean> => {
    const given = [PROGRAM, from, join(base, "state"), JSON.stringify(fixture.options)];
    const child = spawn(process.execPath, given, { stdio: ["ignore", "ignore", "inherit"] });
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
      child.once("close", (code, signal) => resolve({ code, signal })),
    );
    let requests = 0;
    fixture.server.fault = () => {
      if (++requests !== due) return undefined;
      child.kill("SIGKILL");
      return "lose";
    };
    const { code, signal } = await ended;
    if (signal !== "SIGKILL") expect(code).toBe(0);
    return signal === "SIGKILL";
  };

  const random = createRandom(SEED);
  const content = contentOf(150_000);
  const inodes = new Map<string, number>();
  let kills = 0;
  for (let life = 0; kills < KILLS; life++) {
    const name = `file-${life}.bin`;
    await writeFile(join(from, name), content);
    if (await live(1 + Math.floor(random() * MOST_REQUESTS))) kills += 1;
    for (const each of await fixture.visible()) {
      expect(content.equals((await fixture.read(each)) ?? Buffer.alloc(0)), `${each}, seed ${SEED}`).toBe(true);
      const { ino } = await stat(join(fixture.path, each));
      expect(inodes.get(each) ?? ino, `${each} was published again, seed ${SEED}`).toBe(ino);
      inodes.set(each, ino);
    }
    for (let before = 0; before <= life; before++) {
      const file = `file-${before}.bin`;
      const isSafe = inodes.has(file) || (await isThere(join(from, file)));
      expect(isSafe, `${file} is neither here nor there, seed ${SEED}`).toBe(true);
    }
  }
  expect(await live()).toBe(false);
  expect(await readdir(from)).toEqual([]);
  expect(await readdir(fixture.staging)).toEqual([]);
  for (const [name, ino] of inodes) expect((await stat(join(fixture.path, name))).ino).toBe(ino);
}, 600_000);

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
