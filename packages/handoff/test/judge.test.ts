import { spawn } from "node:child_process";
import {
  appendFile,
  chmod,
  link,
  mkdir,
  mkdtemp,
  open,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock, type FakeClock } from "@plumbline/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { expectReadiness } from "../src/stability/expect-readiness.ts";
import { Judge, type ReadinessPolicy, type Verdict } from "../src/stability/judge.ts";
import { scanWriters, type WriterScan } from "../src/stability/open-writers.ts";

const SETTLE_MS = 1000;
/** Bytes that no checksum may have: so one is unreadable to root too. */
const TOO_LARGE_TO_READ = 64 * 1024 + 1;
const isLinux = process.platform === "linux";

let folder: string;
let path: string;
let clock: FakeClock;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-judge-"));
  path = join(folder, "a.bin");
  clock = createFakeClock();
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

function judgeWith(policy: Partial<ReadinessPolicy> = {}): Judge {
  return new Judge({ commit: "none", commitEnding: "", require: "no-writer", settleMs: SETTLE_MS, ...policy }, clock);
}

/** Until the system gives a later time than that of a file: its clock of files ticks a few times in a hundredth of a second. */
async function laterThan(other: string): Promise<void> {
  const { ctimeNs } = await stat(other, { bigint: true });
  const probe = join(folder, "probe");
  do await writeFile(probe, "x");
  while ((await stat(probe, { bigint: true })).ctimeNs <= ctimeNs);
  await rm(probe);
}

const nobody: WriterScan = { writersOf: () => [], blindUsers: new Set() };
const noWriters = async (): Promise<WriterScan | undefined> => nobody;

async function afterSettling(judge: Judge, scan = noWriters): Promise<Verdict> {
  await judge.judge(path, scan);
  await clock.advance(SETTLE_MS);
  return judge.judge(path, scan);
}

describe("the producer's commit is the strongest evidence, and needs no waiting", () => {
  test("a marker", async () => {
    await writeFile(path, "x");
    const judge = judgeWith({ commit: "marker", commitEnding: ".done", require: "committed" });
    expect(await judge.judge(path, noWriters)).toMatchObject({ kind: "wait", againMs: undefined });
    await writeFile(`${path}.done`, "");
    expect(await judge.judge(path, noWriters)).toMatchObject({ kind: "ready", guarantee: "committed" });
  });

  test("a marker older than its file speaks of what stood there before", async () => {
    const judge = judgeWith({ commit: "marker", commitEnding: ".done", require: "committed" });
    await writeFile(path, "yesterday's");
    await writeFile(`${path}.done`, "");
    await utimes(`${path}.done`, 1000, 1000);
    expect(await judge.judge(path, noWriters)).toMatchObject({
      kind: "wait",
      evidence: [expect.stringContaining("a.bin.done is older than it") as string],
    });
    await utimes(path, 1000, 1000);
    await utimes(`${path}.done`, 1000, 1000);
    expect(await judge.judge(path, noWriters)).toMatchObject({ kind: "ready", guarantee: "committed" });
  });

  test("a marker whose time is ahead was there before its file all the same; a further name of the file says nothing", async () => {
    const judge = judgeWith({ commit: "marker", commitEnding: ".done", require: "committed" });
    const ahead = 4_000_000_000;
    await writeFile(`${path}.done`, "");
    await utimes(`${path}.done`, ahead, ahead);
    await laterThan(`${path}.done`);
    await writeFile(path, "ha");
    expect((await judge.judge(path, noWriters)).kind).toBe("wait");
    await utimes(`${path}.done`, ahead, ahead); // put there anew
    expect(await judge.judge(path, noWriters)).toMatchObject({ kind: "ready", guarantee: "committed" });
    await laterThan(`${path}.done`);
    await link(path, join(folder, "further"));
    expect(await judge.judge(path, noWriters)).toMatchObject({ kind: "ready", guarantee: "committed" });
  });

  test("a marker that was seen alone commits nothing, whatever the clocks say, until it is put there anew", async () => {
    const judge = judgeWith({ commit: "marker", commitEnding: ".done", require: "committed" });
    await writeFile(path, "half");
    await writeFile(`${path}.done`, "");
    expect((await judge.judge(path, noWriters)).kind).toBe("ready");
    // As if a clock had been put back: the file that comes later has the older times.
    await rename(path, join(folder, "kept"));
    expect(await judge.noteMarker(path)).toBe("new");
    expect(await judge.noteMarker(path)).toBe("still");
    await link(join(folder, "kept"), path);
    expect((await judge.judge(path, noWriters)).kind).toBe("wait");
    expect(await judge.noteMarker(path)).toBeUndefined();
    await judge.forgetMarkers();
    expect((await judge.judge(path, noWriters)).kind).toBe("wait");
    await rm(`${path}.done`);
    await judge.forgetMarkers();
    await writeFile(`${path}.done`, "");
    expect((await judge.judge(path, noWriters)).kind).toBe("ready");
  });

  test("a name of something unfinished is none that a rename gives", async () => {
    const judge = judgeWith({ commit: "rename" });
    for (const name of ["a.bin.part", ".a.bin", "a.bin.tmp"]) {
      await writeFile(join(folder, name), "half");
      expect((await judge.judge(join(folder, name), noWriters)).kind, name).toBe("never");
    }
  });

  test("a manifest, whose hash goes with it", async () => {
    await writeFile(path, "x");
    const judge = judgeWith({ commit: "manifest", commitEnding: ".sha256" });
    await writeFile(`${path}.sha256`, "half a ha");
    expect((await judge.judge(path, noWriters)).kind).toBe("wait");
    await writeFile(`${path}.sha256`, `${"0F".repeat(32)}  a.bin\n`);
    expect(await judge.judge(path, noWriters)).toMatchObject({ kind: "ready", sha256: "0f".repeat(32) });
  });

  test("a manifest that cannot be read is not taken for one that is not there", async () => {
    await writeFile(path, "x");
    await writeFile(`${path}.sha256`, "");
    await truncate(`${path}.sha256`, TOO_LARGE_TO_READ);
    const judge = judgeWith({ commit: "manifest", commitEnding: ".sha256" });
    expect(await afterSettling(judge)).toEqual({
      kind: "wait",
      evidence: ["a.bin.sha256 is too large"],
      againMs: undefined,
      trouble: "EFBIG",
    });
    await truncate(`${path}.sha256`, 0);
    expect(await afterSettling(judge)).toMatchObject({ kind: "ready", guarantee: "no-writer" });
  });

  test("a committed file is ready at once, an uncommitted one falls back to what else is known, where that is enough", async () => {
    await writeFile(path, "x");
    const judge = judgeWith({ commit: "marker", commitEnding: ".done" });
    expect(await afterSettling(judge)).toMatchObject({ kind: "ready", guarantee: "no-writer" });
  });
});

describe("quiescence is of the whole identity", () => {
  const edits: Readonly<Record<string, () => Promise<void>>> = {
    "it grows": () => appendFile(path, "y"),
    "it is truncated": () => truncate(path, 1),
    "it is rewritten with its size and times put back": async () => {
      const { atime, mtime } = await stat(path);
      await writeFile(path, "zzzz");
      await utimes(path, atime, mtime);
    },
    "it is replaced by rename": async () => {
      await writeFile(`${path}.new`, "zzzz");
      await rename(`${path}.new`, path);
    },
    "its whole size is allocated first, and then it is filled": async () => {
      const handle = await open(path, "r+");
      await handle.write("z", 2);
      await handle.close();
    },
  };
  test.each(Object.keys(edits))("%s: the wait begins anew", async (what) => {
    await writeFile(path, "xxxx");
    const judge = judgeWith();
    await judge.judge(path, noWriters);
    await clock.advance(SETTLE_MS - 1);
    await edits[what]?.();
    await clock.advance(1);
    expect(await judge.judge(path, noWriters)).toMatchObject({ kind: "wait", againMs: SETTLE_MS });
    await clock.advance(SETTLE_MS);
    expect((await judge.judge(path, noWriters)).kind).toBe("ready");
  });

  test("ages are never taken from clocks: a file of the future or of the past waits as long as any", async () => {
    await writeFile(path, "x");
    for (const offset of [-3600, 3600]) {
      const at = Date.now() / 1000 + offset;
      await utimes(path, at, at);
      const judge = judgeWith();
      expect(await judge.judge(path, noWriters)).toMatchObject({ kind: "wait", againMs: SETTLE_MS });
      await clock.advance(SETTLE_MS);
      expect((await judge.judge(path, noWriters)).kind).toBe("ready");
    }
  });

  test("it never claims more than it has", async () => {
    await writeFile(path, "x", { mode: 0o600 });
    const uid = (await stat(path)).uid;
    const blindTo = (user: number) => async (): Promise<WriterScan> => ({ ...nobody, blindUsers: new Set([user]) });
    const none = async (): Promise<undefined> => undefined;
    const other = uid + 4711;
    expect(await afterSettling(judgeWith({ require: "quiescent" }), none)).toMatchObject({ guarantee: "quiescent" });
    expect(await afterSettling(judgeWith(), none)).toMatchObject({ kind: "wait" });
    expect(await afterSettling(judgeWith(), blindTo(other))).toMatchObject({ guarantee: "no-writer" });
    if (uid !== 0) expect(await afterSettling(judgeWith(), blindTo(uid))).toMatchObject({ kind: "wait" });
    // Who is of its group, or anybody.
    for (const mode of [0o620, 0o602]) {
      await chmod(path, mode);
      expect(await afterSettling(judgeWith(), blindTo(other))).toMatchObject({ kind: "wait" });
    }
  });

  test("where nobody can tell who writes, that is told once it does not pass, and time alone changes nothing", async () => {
    await writeFile(path, "x", { mode: 0o620 });
    await chmod(path, 0o620);
    const judge = judgeWith();
    let blindUsers = new Set([4711]);
    const scan = async (): Promise<WriterScan> => ({ ...nobody, blindUsers });
    await judge.judge(path, scan);
    await clock.advance(SETTLE_MS);
    // A process that has just begun cannot be looked into for a moment.
    const first = await judge.judge(path, scan);
    expect(first).toMatchObject({ kind: "wait", againMs: SETTLE_MS });
    expect(first).not.toHaveProperty("trouble");
    await clock.advance(SETTLE_MS);
    expect(await judge.judge(path, scan)).toMatchObject({
      kind: "wait",
      againMs: undefined,
      trouble: "PLB_HANDOFF_WRITERS_UNKNOWN",
      evidence: expect.arrayContaining([expect.stringContaining("cannot be looked into")]) as string[],
    });
    blindUsers = new Set();
    expect(await judge.judge(path, scan)).toMatchObject({ kind: "ready", guarantee: "no-writer" });
  });

  test("what is no regular file is never ready", async () => {
    await mkdir(path);
    expect((await judgeWith().judge(path, noWriters)).kind).toBe("never");
    expect((await judgeWith().judge(join(folder, "absent"), noWriters)).kind).toBe("never");
  });
});

describe.runIf(isLinux)("open writers, in real processes", () => {
  test("a stalled writer is seen, however long it stalls, and two writers until the last closes", async () => {
    const first = await open(path, "w");
    const second = await open(path, "r+");
    await first.write("half");
    const judge = judgeWith();
    expect(await afterSettling(judge, () => scanWriters())).toMatchObject({ kind: "wait" });
    await first.close();
    await clock.advance(SETTLE_MS * 100);
    expect(await judge.judge(path, () => scanWriters())).toMatchObject({ kind: "wait" });
    await second.close();
    expect(await judge.judge(path, () => scanWriters())).toMatchObject({ kind: "ready", guarantee: "no-writer" });
  });

  test("a reader is no writer", async () => {
    await writeFile(path, "x");
    const reader = await open(path, "r");
    expect((await afterSettling(judgeWith(), () => scanWriters())).kind).toBe("ready");
    await reader.close();
  });

  test("a writer that only has it mapped is seen", async () => {
    await writeFile(path, Buffer.alloc(4096));
    const program =
      "import mmap,os,sys\nf=os.open(sys.argv[1],os.O_RDWR)\nm=mmap.mmap(f,4096)\nos.close(f)\nm[0]=65\nprint('mapped',flush=True)\nsys.stdin.read()\n";
    const child = spawn("python3", ["-c", program, path], { stdio: ["pipe", "pipe", "inherit"] });
    try {
      const started = await new Promise<boolean>((resolve) => {
        child.once("error", () => resolve(false));
        child.stdout.once("data", () => resolve(true));
      });
      if (!started) {
        process.stderr.write("skipped: the mapped writer, for which there is no python3 here\n");
        return;
      }
      expect(await afterSettling(judgeWith(), () => scanWriters())).toMatchObject({ kind: "wait" });
    } finally {
      child.stdin.end();
      await new Promise((resolve) => child.once("close", resolve));
    }
    expect((await afterSettling(judgeWith(), () => scanWriters())).kind).toBe("ready");
  });

  test("where there is no /proc, nothing is known", async () => {
    const noProc = join(folder, "no-proc");
    expect(await scanWriters(noProc)).toBeUndefined();
    // A folder that could never give out anything is refused, and not waited for.
    const refused = expectReadiness({ commit: "none", require: "no-writer" }, noProc);
    await expect(refused).rejects.toMatchObject({ code: "PLB_HANDOFF_WRITERS_UNKNOWN" });
    for (const policy of [
      { commit: "marker", require: "no-writer" },
      { commit: "none", require: "quiescent" },
    ] as const)
      await expectReadiness(policy, noProc);
    await expectReadiness({ commit: "none", require: "no-writer" });
  });
});
