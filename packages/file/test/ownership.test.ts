import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { journalLocation } from "@plumbline/jsonl";
import { createFaultyDisk } from "@plumbline/testing";
import { describe, expect, test } from "vitest";
import { createHostIdentity } from "../src/host-identity.ts";
import { createFileSink, createNodeFileDriver, listSlots, type HostIdentity } from "../src/index.ts";
import { claimNamedPipe } from "../src/named-pipe.ts";
import { claimOwnership, type Ownership } from "../src/ownership.ts";
import { codeOf, makeLine, readIndexes, temporaryDirectory, upTo } from "./scene.ts";

const HERE: HostIdentity = { tag: "aaaaaaaaaaaaaaaa", isLocal: () => true };
const ELSEWHERE: HostIdentity = { tag: "bbbbbbbbbbbbbbbb", isLocal: () => false };

const driver = createNodeFileDriver();
const claim = (path: string, host = HERE): Promise<Ownership | undefined> =>
  claimOwnership(journalLocation(path), driver, host, 0o700);

describe("a claim", () => {
  test("is won by one, and by the next when it is released", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    for (let round = 1; round <= 5; round++) {
      const first = await claim(path);
      expect(first?.proof).toBe("socket");
      expect(await claim(path)).toBeUndefined();
      await first?.release();
    }
    const left = readdirSync(join(path, "../.c.own"));
    expect(left.filter((name) => name.startsWith("own."))).toEqual(["own.5"]);
    expect(left.length).toBe(2);
  });

  test("of twenty at once is won by one, round after round", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    for (let round = 0; round < 8; round++) {
      const claims = await Promise.all(upTo(20).map(() => claim(path)));
      const won = claims.filter((each) => each !== undefined);
      expect(won.length).toBe(1);
      await won[0]?.release();
    }
    // Who lost has left nothing.
    expect(readdirSync(join(path, "../.c.own")).length).toBe(2);
  });

  test("works at paths that no socket address can hold", async () => {
    const path = join(temporaryDirectory(), ...upTo(12).map(() => "a-rather-long-folder"), "c.jsonl");
    mkdirSync(join(path, ".."), { recursive: true });
    const first = await claim(path);
    expect(first?.proof).toBe("socket");
    expect(await claim(path)).toBeUndefined();
    await first?.release();
    const second = await claim(path);
    expect(second).toBeDefined();
    await second?.release();
  });

  test("of another host is never taken for dead on a file system that several can mount", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const there = await claim(path, ELSEWHERE);
    await there?.release();
    expect(await claim(path, { ...HERE, isLocal: () => false })).toBeUndefined();
  });

  test("of an earlier boot is dead on a file system that this host alone can mount", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const before = await claim(path, ELSEWHERE);
    await before?.release();
    const now = await claim(path, HERE);
    expect(now).toBeDefined();
    await now?.release();
  });

  test("whose socket is gone is not taken for dead", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const first = await claim(path);
    await first?.release();
    const directory = join(path, "../.c.own");
    for (const name of readdirSync(directory)) if (name.startsWith("s.")) rmSync(join(directory, name));
    expect(await claim(path)).toBeUndefined();
  });

  test("from an old listing that comes out too low withdraws", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    await (await claim(path))?.release();
    const directory = join(path, "../.c.own");
    // Between the listing and the record of this one, others take own.2 and own.3, and own.2 is swept away.
    let other: Ownership | undefined;
    const slow = {
      ...driver,
      async symlink(text: string, to: string): Promise<void> {
        if (other === undefined) {
          await (await claim(path))?.release();
          other = await claim(path);
          expect(readdirSync(directory)).toContain("own.3");
          expect(existsSync(to)).toBe(false);
        }
        await driver.symlink(text, to);
      },
    };
    expect(await claimOwnership(journalLocation(path), slow, HERE, 0o700)).toBeUndefined();
    expect(readdirSync(directory).filter((name) => name.startsWith("own."))).toEqual(["own.3"]);
    await other?.release();
  });

  test("reads no name that leads out of its folder", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, ".c.own"));
    writeFileSync(join(directory, "victim"), "");
    symlinkSync(`../victim!${HERE.tag}!1`, join(directory, ".c.own/own.1"));
    expect(await claim(join(directory, "c.jsonl"))).toBeUndefined();
    expect(existsSync(join(directory, "victim"))).toBe(true);
  });

  test("states where a file system has no sockets", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const said: string[] = [];
    const say = (message: string): void => void said.push(message);
    const disk = createFaultyDisk(driver);
    disk.fail({ operation: "listenAsProof", code: "EOPNOTSUPP", times: 2 });
    const sink = createFileSink({ path, driver: disk.driver, diagnostics: { info: say, warn: say, error: say } });
    await sink.start();
    expect(sink.report().file).toMatchObject({ ownership: "none", slot: 1 });
    expect(said.join()).toContain("no sockets");
    await sink.close();
    const strict = createFileSink({ path, driver: disk.driver, onOwned: "refuse" });
    expect(await codeOf(strict.start())).toBe("PLB_FILE_OWNERSHIP_FAILED");
  });
});

test("a named pipe is claimed by one, and by the next when it is released", async () => {
  // A socket's path stands in for the pipe's name: both can be listened on once.
  const directory = temporaryDirectory();
  const location = journalLocation(join(directory, "c.jsonl"));
  const claimPipe = (): Promise<Ownership | undefined> => claimNamedPipe(location, join(directory, "p-").slice(0, 40));
  const first = await claimPipe();
  expect(first?.proof).toBe("socket");
  expect(await claimPipe()).toBeUndefined();
  await first?.confirm();
  await first?.release();
  const second = await claimPipe();
  expect(second).toBeDefined();
  await second?.release();
  expect(await codeOf(claimNamedPipe(location, join(directory, "none/")))).toMatch(
    /^PLB_FILE_(NO_ACCESS|OWNERSHIP_FAILED)$/,
  );
});

describe("slots", () => {
  test("are taken lowest first, named beside the file, and said once", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "c.jsonl");
    const held = [await claim(path), await claim(join(directory, "c.slot2.jsonl"))];
    const said: string[] = [];
    const say = (message: string): void => void said.push(message);
    const open = async (): Promise<string> => {
      const sink = createFileSink({ path, host: HERE, diagnostics: { info: say, warn: say, error: say } });
      await sink.start();
      const where = sink.path;
      sink.append(makeLine(0));
      await sink.close();
      return where;
    };
    expect(await open()).toBe(join(directory, "c.slot3.jsonl"));
    expect(said.length).toBe(1);
    await held[1]?.release();
    expect(await open()).toBe(join(directory, "c.slot2.jsonl"));
    await held[0]?.release();
    expect(await open()).toBe(path);
    expect(await readIndexes(join(directory, "c.slot3.jsonl"))).toEqual([0]);
  });

  test("are listed, with who is there and what is left", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "c.jsonl");
    writeFileSync(join(directory, "other.jsonl"), "");
    const first = createFileSink({ path });
    await first.start();
    await first.appendAsync(makeLine(0));
    const second = await claim(join(directory, "c.slot2.jsonl"), createHostIdentity());
    const third = createFileSink({ path: join(directory, "c.slot3.jsonl") });
    await third.start();
    await third.appendAsync(makeLine(0));
    await third.rotate();
    await third.close();
    writeFileSync(join(directory, "c.slot2.jsonl"), "");
    expect(await listSlots(path)).toMatchObject([
      { slot: 1, isOwned: true, segments: 0, activeBytes: expect.any(Number) as number },
      { slot: 2, isOwned: true, segments: 0, activeBytes: 0 },
      { slot: 3, isOwned: false, segments: 1, activeBytes: 0 },
    ]);
    await first.close();
    await second?.release();
    expect((await listSlots(path)).map((each) => each.isOwned)).toEqual([false, false, false]);
    expect(await listSlots(join(directory, "none/c.jsonl"))).toEqual([]);
    writeFileSync(join(directory, "file"), "");
    expect(await codeOf(listSlots(join(directory, "file/c.jsonl")))).toBe("PLB_FILE_NOT_A_DIRECTORY");
  });

  test("are refused where that is asked for", async () => {
    const path = join(temporaryDirectory(), "c.jsonl");
    const held = await claim(path);
    const sink = createFileSink({ path, host: HERE, onOwned: "refuse" });
    expect(await codeOf(sink.start())).toBe("PLB_FILE_OWNED");
    await held?.release();
    await sink.start();
    await sink.close();
  });

  test("are shared by sinks of one thread that asked for the same file", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "c.jsonl");
    const held = await claim(path);
    const sinks = upTo(3).map(() => createFileSink({ path, host: HERE }));
    await Promise.all(sinks.map((sink) => sink.start()));
    expect(sinks.map((sink) => sink.path)).toEqual(upTo(3).map(() => join(directory, "c.slot2.jsonl")));
    await Promise.all(sinks.map((sink) => sink.close()));
    await held?.release();
  });
});

test("a proof that was removed with its folder is made again, unless somebody else has the file by then", async () => {
  const directory = join(temporaryDirectory(), "d");
  const path = join(directory, "c.jsonl");
  const sink = createFileSink({ path, host: HERE });
  await sink.start();
  await sink.appendAsync(makeLine(0));
  rmSync(directory, { recursive: true });
  sink.append(makeLine(1));
  await sink.flush();
  expect(await readIndexes(path)).toEqual([1]);
  expect(readlinkSync(join(directory, ".c.own/own.1"))).toContain(HERE.tag);
  expect(await claim(path)).toBeUndefined();

  rmSync(directory, { recursive: true });
  mkdirSync(directory);
  const usurper = await claim(path);
  sink.append(makeLine(2));
  expect(await codeOf(sink.flush())).toBe("PLB_FILE_OWNED");
  await usurper?.release();
  await sink.flush();
  await sink.close();
  expect(await readIndexes(path)).toEqual([2]);
});
