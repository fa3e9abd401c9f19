import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createFakeClock } from "@plumbline/testing";
import { expect, test } from "vitest";
import { followLines, type FollowOptions } from "../src/index.ts";
import { tempFolder } from "./temp-folder.ts";

/** Follows a file, look by look. */
async function follow(
  options: Partial<FollowOptions> = {},
): Promise<{ path: string; look: () => Promise<unknown[]>; end: () => Promise<void> }> {
  const path = join(await tempFolder(), "app.log");
  const clock = createFakeClock();
  const abort = new AbortController();
  let seen: unknown[] = [];
  const following = (async (): Promise<void> => {
    for await (const one of followLines(path, { clock, signal: abort.signal, ...options })) {
      if (one.kind === "lines")
        seen.push(...one.lines.map((line) => (line.terminator === "" ? [line.text] : line.text)));
      else seen.push({ kind: one.kind });
    }
  })();
  const idle = async (): Promise<void> => {
    await expect.poll(() => clock.pendingTimers, { interval: 1 }).toBe(1);
  };
  return {
    path,
    // Everything up to the next wait belongs to the look.
    look: async () => {
      await idle();
      await clock.advance(100);
      await idle();
      const now = seen;
      seen = [];
      return now;
    },
    end: async () => {
      abort.abort();
      await following;
      expect(clock.pendingTimers).toBe(0);
    },
  };
}

test("a file that is not there yet is waited for, and lines come when their ends have", async () => {
  const { path, look, end } = await follow();
  expect(await look()).toEqual([]);
  writeFileSync(path, "one\nhal");
  expect(await look()).toEqual(["one"]);
  expect(await look()).toEqual([]);
  appendFileSync(path, "f\r\nthree\n");
  expect(await look()).toEqual(["half\r", "three"]);
  await end();
});

test("it begins where it is told to, and takes the line ends that it is told to", async () => {
  const { path, look, end } = await follow({ start: 4, lineEnd: "lf-or-crlf" });
  writeFileSync(path, "one\ntwo\r\nthree\n");
  expect(await look()).toEqual(["two", "three"]);
  await end();
});

test("a file that was renamed is read to its end before the one that has its name", async () => {
  const { path, look, end } = await follow();
  writeFileSync(path, "one\n");
  expect(await look()).toEqual(["one"]);
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, "two\n");
  expect(await look()).toEqual(["two"]);
  appendFileSync(`${path}.1`, "three\nunfinished");
  writeFileSync(path, "new\n");
  expect(await look()).toEqual(["three", ["unfinished"], { kind: "replaced" }, "new"]);
  await end();
});

test("a file that was cut is read from its beginning, and that is said", async () => {
  const { path, look, end } = await follow();
  writeFileSync(path, "one\ntwo\nhal");
  expect(await look()).toEqual(["one", "two"]);
  truncateSync(path, 0);
  appendFileSync(path, "3\n");
  expect(await look()).toEqual([{ kind: "truncated" }, "3"]);
  await end();
});

test("a file that was removed and made again is another one", async () => {
  const { path, look, end } = await follow();
  writeFileSync(path, "one\n");
  expect(await look()).toEqual(["one"]);
  rmSync(path);
  expect(await look()).toEqual([]);
  writeFileSync(path, "two\n");
  expect(await look()).toEqual([{ kind: "replaced" }, "two"]);
  await end();
});

test("it ends when it is told to, also in the middle of a wait, and what cannot be read is an error", async () => {
  const { end } = await follow();
  await end();
  const folder = await tempFolder();
  const options = { clock: createFakeClock(), signal: new AbortController().signal };
  await expect(followLines(folder, options).next()).rejects.toMatchObject({ code: "PLB_JSONL_READ_FAILED" });
});
