import { createFakeClock, type FakeClock } from "@plumbline/testing";
import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import type { HintListener } from "../src/hints.ts";
import type { Generation, WatchFilesOptions, WatchHealth } from "../src/index.ts";
import type { Interest } from "../src/interests.ts";
import { Watch } from "../src/watch.ts";
import { toWatchSettings } from "../src/watch-settings.ts";
import { MemoryFileSystem } from "./memory-file-system.ts";

let clock: FakeClock;
let files: MemoryFileSystem;
beforeEach(() => {
  clock = createFakeClock();
  files = new MemoryFileSystem();
});

interface Scene {
  readonly watch: Watch;
  readonly seen: string[];
  readonly generations: Generation[];
  readonly healths: WatchHealth[];
  readonly said: string[];
  readonly hint: () => void;
  readonly failHints: (directory: string, code: string) => void;
  readonly followed: () => ReadonlyMap<string, Interest>;
  readonly renewals: () => number;
  /** Runs a call while the next new directory is being watched. */
  readonly hintsOnFollow: (call: () => void) => void;
}

function setScene(options: Partial<WatchFilesOptions> = {}): Scene {
  const generations: Generation[] = [];
  const seen: string[] = [];
  const healths: WatchHealth[] = [];
  const said: string[] = [];
  const failures = new Map<string, string>();
  let listener: HintListener | undefined;
  let interests: ReadonlyMap<string, Interest> = new Map();
  let renewals = 0;
  let onNew: (() => void) | undefined;
  const full: WatchFilesOptions = {
    files: options.directories === undefined ? ["/etc/app.yaml"] : [],
    ...options,
    onGeneration(generation) {
      generations.push(generation);
      seen.push(generation.content.toString());
      options.onGeneration?.(generation);
    },
    onHealth: (health) => void healths.push(health),
  };
  const say = (message: string): void => void said.push(message);
  const watch = new Watch(full, toWatchSettings(full), {
    fileSystem: files,
    clock,
    diagnostics: { error: say, warn: say, info: say, debug: () => undefined, verbose: () => undefined },
    createHints(mine) {
      listener = mine;
      return {
        watches: 1,
        failures,
        follow: (wanted) => {
          const isNew = [...wanted.keys()].some((directory) => !interests.has(directory));
          interests = wanted;
          if (isNew) onNew?.();
          if (isNew) onNew = undefined;
          return Promise.resolve(isNew);
        },
        renew: () => void renewals++,
        close: () => Promise.resolve(),
      };
    },
  });
  return {
    watch,
    seen,
    generations,
    healths,
    said,
    hint: () => listener?.hint(),
    failHints(directory, code) {
      failures.set(directory, code);
      listener?.failed(directory, code);
    },
    followed: () => interests,
    renewals: () => renewals,
    hintsOnFollow(call) {
      onNew = call;
    },
  };
}

async function start(scene: Scene): Promise<void> {
  const started = scene.watch.start();
  await clock.advance(1000);
  await started;
}

/** Long enough for all that was read to be proven. */
const PROVEN_MS = 5000;

describe("settling", () => {
  test("takes content 50 ms after the last hint, and once", async () => {
    files.replace("/etc/app.yaml", "one");
    const scene = setScene();
    await start(scene);
    files.write("/etc/app.yaml", "two");
    scene.hint();
    await clock.advance(49);
    expect(scene.seen).toEqual(["one"]);
    await clock.advance(1);
    expect(scene.seen).toEqual(["one", "two"]);
    await clock.advance(PROVEN_MS);
    expect(scene.generations.map(({ generation }) => generation)).toEqual([1, 2]);
    await scene.watch.close();
  });

  test("waits on while hints come, at most maxSettleMs", async () => {
    files.replace("/etc/app.yaml", "0");
    const scene = setScene();
    await start(scene);
    for (let edit = 1; edit <= 100; edit++) {
      files.replace("/etc/app.yaml", String(edit));
      scene.hint();
      await clock.advance(30);
    }
    await clock.advance(50);
    // 3 s of edits without a rest: one at least each second, then the last.
    expect(scene.seen.length).toBeGreaterThanOrEqual(5);
    expect(scene.seen.at(-1)).toBe("100");
    await scene.watch.close();
  });

  test("with hints that are late, what changes between two looks is waited for", async () => {
    files.replace("/etc/app.yaml", "whole");
    const scene = setScene();
    await start(scene);
    files.write("/etc/app.yaml", "ha");
    scene.hint();
    await clock.advance(45);
    // No hint of this has come yet: the event loop was blocked.
    files.write("/etc/app.yaml", "half, and the rest");
    await clock.advance(1000);
    expect(scene.seen).toEqual(["whole", "half, and the rest"]);
    await scene.watch.close();
  });

  test("what is written between a look and the watch of a new directory is looked for at once", async () => {
    files.replace("/etc/app.yaml", "one");
    const scene = setScene({ reconcileIntervalMs: 60_000 });
    await start(scene);
    // The watch of its new place is not there yet, so of the second edit no hint comes.
    files.replace("/etc/deep/part.yaml", "part");
    await scene.watch.include("/etc/deep/part.yaml");
    scene.hintsOnFollow(() => files.replace("/etc/deep/part.yaml", "changed"));
    await clock.advance(500);
    expect(scene.generations.at(-1)?.files[1]?.content?.toString()).toBe("changed");
    await scene.watch.close();
  });

  test("without any hint the interval finds a change", async () => {
    files.replace("/etc/app.yaml", "one");
    const scene = setScene({ reconcileIntervalMs: 1000 });
    await start(scene);
    await clock.advance(10_000);
    files.write("/etc/app.yaml", "two");
    await clock.advance(1050);
    expect(scene.seen).toEqual(["one", "two"]);
    await scene.watch.close();
  });
});

describe("reading", () => {
  test("a file that changes while it is read is read again, and never seen torn", async () => {
    files.replace("/etc/app.yaml", "aaaaaaaa");
    const scene = setScene();
    await start(scene);
    let writes = 0;
    files.onRead = (path) => {
      if (writes++ < 5) files.write(path, writes % 2 === 0 ? "bbbbbbbb" : "cccccccc");
    };
    files.write("/etc/app.yaml", "dddddddd");
    scene.hint();
    await clock.advance(1000);
    expect(scene.seen).toEqual(["aaaaaaaa", "cccccccc"]);
    expect(scene.watch.state().counts.tornReads).toBe(5);
    await scene.watch.close();
  });

  test("one that changes at every read is trouble, and is taken when it rests", async () => {
    files.replace("/etc/app.yaml", "rest");
    const scene = setScene();
    await start(scene);
    let writes = 0;
    files.onRead = (path) => files.write(path, `write ${++writes}`);
    files.write("/etc/app.yaml", "begin");
    scene.hint();
    await clock.advance(2000);
    expect(scene.seen).toEqual(["rest"]);
    expect(scene.watch.state()).toMatchObject({ status: "degraded", troubles: [{ code: "PLB_WATCH_UNSETTLED" }] });
    files.onRead = undefined;
    await clock.advance(1000);
    expect(scene.seen).toEqual(["rest", `write ${writes}`]);
    expect(scene.watch.state().status).toBe("ok");
    await scene.watch.close();
  });

  test("files that change one after the other are only seen as they stood together", async () => {
    files.replace("/d/a", "1");
    files.replace("/d/b", "1");
    const pairs: string[] = [];
    const scene = setScene({
      directories: ["/d"],
      onGeneration: ({ files }) => void pairs.push(files.map(({ content }) => String(content)).join()),
    });
    await start(scene);
    let isOnce = true;
    files.onRead = (path) => {
      if (path !== "/d/a" || !isOnce) return;
      isOnce = false;
      files.replace("/d/a", "3");
      files.replace("/d/b", "3");
    };
    files.replace("/d/a", "2");
    scene.hint();
    await clock.advance(1000);
    expect(pairs).toEqual(["1,1", "3,3"]);
    await scene.watch.close();
  });

  test("a write that no time shows is found all the same", async () => {
    files.replace("/etc/app.yaml", "one");
    const scene = setScene();
    await start(scene);
    files.write("/etc/app.yaml", "two");
    scene.hint();
    await clock.advance(60);
    files.write("/etc/app.yaml", "six", true);
    await clock.advance(PROVEN_MS);
    expect(scene.seen).toEqual(["one", "two", "six"]);
    await scene.watch.close();
  });

  test("touch, chmod and the same content again are no generation; A, B, A are three", async () => {
    files.replace("/etc/app.yaml", "A");
    const scene = setScene();
    await start(scene);
    for (const change of [
      () => files.touch("/etc/app.yaml"),
      () => files.write("/etc/app.yaml", "A"),
      () => files.replace("/etc/app.yaml", "A"),
    ]) {
      change();
      scene.hint();
      await clock.advance(PROVEN_MS);
    }
    expect(scene.seen).toEqual(["A"]);
    for (const text of ["B", "A"]) {
      files.replace("/etc/app.yaml", text);
      scene.hint();
      await clock.advance(PROVEN_MS);
    }
    expect(scene.seen).toEqual(["A", "B", "A"]);
    expect(scene.generations[0]?.fingerprint).toBe(scene.generations[2]?.fingerprint);
    await scene.watch.close();
  });

  test("idle, 20 files cost 20 stats an interval, and nothing is read, listed or followed but every tenth time", async () => {
    const paths = Array.from({ length: 20 }, (_, index) => `/etc/${index}.yaml`);
    for (const path of paths) files.replace(path, path);
    const scene = setScene({ files: paths });
    await start(scene);
    await clock.advance(PROVEN_MS);
    const before = { ...files.calls, looks: scene.watch.state().counts.looks };
    await clock.advance(8000);
    const looks = scene.watch.state().counts.looks - before.looks;
    expect(looks).toBeGreaterThanOrEqual(7);
    expect(files.calls.read).toBe(before.read);
    expect(files.calls.list).toBe(before.list);
    // At most one of these looks checked which directories are watched: each once.
    expect(files.calls.identify - before.identify - looks * 20).toBeLessThanOrEqual(2);
    expect(files.calls.linkAt - before.linkAt).toBeLessThanOrEqual(21);
    await scene.watch.close();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("what is not there, or not whole", () => {
  test("a missing file keeps the last generation, is named, and comes back", async () => {
    files.replace("/etc/app.yaml", "one");
    files.replace("/etc/other", "");
    const scene = setScene();
    await start(scene);
    files.files.delete("/etc/app.yaml");
    scene.hint();
    await clock.advance(100);
    expect(scene.healths.at(-1)).toMatchObject({ status: "degraded", troubles: [{ code: "PLB_WATCH_MISSING" }] });
    files.replace("/etc/app.yaml", "one");
    await clock.advance(PROVEN_MS);
    expect(scene.seen).toEqual(["one"]);
    expect(scene.healths.at(-1)?.status).toBe("ok");
    expect(scene.said).toEqual([
      "plumbline: watch: /etc/app.yaml is not there. (PLB_WATCH_MISSING)",
      "plumbline: watch: no trouble any more",
    ]);
    await scene.watch.close();
  });

  test("the absence of an optional file is content", async () => {
    files.replace("/etc/app.yaml", "one");
    const scene = setScene({ files: ["/etc/app.yaml", { path: "/etc/extra.yaml", optional: true }] });
    await start(scene);
    files.replace("/etc/extra.yaml", "more");
    await clock.advance(PROVEN_MS);
    files.files.delete("/etc/extra.yaml");
    await clock.advance(PROVEN_MS);
    const extras = scene.generations.map((generation) => generation.files[1]?.content?.toString());
    expect(extras).toEqual([undefined, "more", undefined]);
    await scene.watch.close();
  });

  test("an unreadable file is named with its code, and read when it can be, though nothing shows in its times", async () => {
    files.replace("/etc/app.yaml", "one");
    const scene = setScene();
    const read = files.read.bind(files);
    files.read = () => Promise.reject(Object.assign(new Error("no"), { code: "EACCES" }));
    await start(scene);
    expect(scene.watch.state().troubles).toMatchObject([
      { code: "PLB_WATCH_UNREADABLE", message: "/etc/app.yaml cannot be read: EACCES." },
    ]);
    files.read = read;
    await clock.advance(2000);
    expect(scene.seen).toEqual(["one"]);
    await scene.watch.close();
  });

  test("a file beyond maxFileBytes is trouble, and one of just that size is content", async () => {
    files.replace("/etc/app.yaml", "12345");
    const scene = setScene({ maxFileBytes: 4 });
    await start(scene);
    expect(scene.watch.state().troubles).toMatchObject([{ code: "PLB_WATCH_TOO_LARGE" }]);
    files.replace("/etc/app.yaml", "1234");
    await clock.advance(2000);
    expect(scene.seen).toEqual(["1234"]);
    await scene.watch.close();
  });

  const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
  test.each([
    ["an end marker", { endMarker: "# end" }, "a\n", "a\nb\n# end\n", undefined],
    ["a checksum file", { checksumFile: "{name}.sha256" }, "a\n", "a\nb\n", "/etc/app.yaml.sha256"],
    [
      "a parse function",
      { parse: (content: Buffer) => JSON.parse(content.toString()) as unknown },
      "[1",
      "[1]",
      undefined,
    ],
  ] as const)(
    "with %s, half a file is never a generation, however long it rests",
    async (_what, completeWhen, half, whole, sum) => {
      files.replace("/etc/app.yaml", half);
      if (sum !== undefined) files.replace(sum, `${sha256(whole)}  app.yaml\n`);
      const scene = setScene({ completeWhen });
      await start(scene);
      await clock.advance(PROVEN_MS);
      expect(scene.seen).toEqual([]);
      expect(scene.watch.state().troubles).toMatchObject([{ code: "PLB_WATCH_INCOMPLETE" }]);
      files.write("/etc/app.yaml", whole);
      await clock.advance(2000);
      expect(scene.seen).toEqual([whole]);
      expect(scene.generations[0]?.files).toHaveLength(1);
      await scene.watch.close();
    },
  );

  test("a checksum that comes after its file lets it through", async () => {
    files.replace("/etc/app.yaml", "new");
    const scene = setScene({ completeWhen: { checksumFile: "{name}.sha256" } });
    await start(scene);
    expect(scene.seen).toEqual([]);
    files.replace("/etc/app.yaml.sha256", sha256("new").toUpperCase());
    scene.hint();
    await clock.advance(50);
    expect(scene.seen).toEqual(["new"]);
    await scene.watch.close();
  });
});

describe("directories", () => {
  test("files come sorted, named ones first; hidden ones, backups and what a filter refuses do not count", async () => {
    for (const path of ["/d/b.yml", "/d/a.yml", "/d/.a.yml.swp", "/d/a.yml~", "/d/sub/c.yml", "/etc/main"]) {
      files.replace(path, path);
    }
    const scene = setScene({ files: ["/etc/main"], directories: [{ path: "/d", filter: (name) => name !== "b.txt" }] });
    await start(scene);
    expect(scene.generations[0]?.files.map(({ path }) => path)).toEqual([
      "/etc/main",
      "/d/.a.yml.swp",
      "/d/a.yml",
      "/d/a.yml~",
      "/d/b.yml",
    ]);
    const plain = setScene({ directories: ["/d"] });
    await start(plain);
    expect(plain.generations[0]?.files.map(({ path }) => path)).toEqual(["/d/a.yml", "/d/b.yml"]);
    files.replace("/d/.a.yml.swp", "more");
    plain.hint();
    await clock.advance(PROVEN_MS);
    expect(plain.generations).toHaveLength(1);
    files.files.delete("/d/a.yml");
    plain.hint();
    await clock.advance(50);
    expect(plain.generations[1]?.files.map(({ path, directory }) => [path, directory])).toEqual([["/d/b.yml", "/d"]]);
    await plain.watch.close();
    await scene.watch.close();
  });

  test("a filter that throws is trouble, and the watch lives on", async () => {
    files.replace("/d/a", "1");
    let isBroken = true;
    const filter = (): boolean => {
      if (isBroken) throw new RangeError("no");
      return true;
    };
    const scene = setScene({ directories: [{ path: "/d", filter }] });
    await start(scene);
    expect(scene.watch.state().troubles).toMatchObject([{ code: "PLB_WATCH_LOOK_FAILED" }]);
    isBroken = false;
    await clock.advance(2000);
    expect(scene.generations).toHaveLength(1);
    expect(scene.watch.state().status).toBe("ok");
    await scene.watch.close();
  });
});

describe("included files", () => {
  test("become part of the next fingerprint without a generation of their own, and are watched until they are dropped", async () => {
    files.replace("/etc/app.yaml", "main");
    files.replace("/etc/part.yaml", "part");
    const scene = setScene();
    await start(scene);
    const included = scene.watch.include("/etc/part.yaml");
    await clock.advance(PROVEN_MS);
    expect((await included).content?.toString()).toBe("part");
    expect(scene.generations).toHaveLength(1);
    files.replace("/etc/part.yaml", "other part");
    scene.hint();
    await clock.advance(50);
    expect(scene.generations[1]?.files.map(({ content }) => String(content))).toEqual(["main", "other part"]);
    expect(scene.generations[1]?.content.toString()).toBe("main");
    scene.watch.retainIncluded([]);
    await clock.advance(PROVEN_MS);
    files.replace("/etc/part.yaml", "nobody's");
    await clock.advance(PROVEN_MS);
    expect(scene.generations).toHaveLength(2);
    await scene.watch.close();
  });

  test("one that changes between its reading and the watch of it is a generation", async () => {
    files.replace("/etc/app.yaml", "main");
    files.replace("/etc/part.yaml", "part");
    const scene = setScene();
    await start(scene);
    await clock.advance(PROVEN_MS);
    await scene.watch.include("/etc/part.yaml");
    files.replace("/etc/part.yaml", "changed");
    await clock.advance(PROVEN_MS);
    expect(scene.generations.at(-1)?.files[1]?.content?.toString()).toBe("changed");
    await scene.watch.close();
  });

  test("one that is not there has no content, and is a generation when it comes", async () => {
    files.replace("/etc/app.yaml", "main");
    const scene = setScene();
    await start(scene);
    expect((await scene.watch.include("/etc/part.yaml")).content).toBeUndefined();
    await clock.advance(PROVEN_MS);
    files.replace("/etc/part.yaml", "here");
    await clock.advance(PROVEN_MS);
    expect(scene.generations).toHaveLength(2);
    await scene.watch.close();
  });

  test("one that cannot be read, or is too large, rejects", async () => {
    files.replace("/etc/app.yaml", "main");
    files.replace("/etc/large.yaml", "12345");
    files.refused.set("/etc/part.yaml", "EACCES");
    const scene = setScene({ maxFileBytes: 4 });
    await start(scene);
    await expect(scene.watch.include("/etc/part.yaml")).rejects.toMatchObject({ code: "PLB_WATCH_UNREADABLE" });
    await expect(scene.watch.include("/etc/large.yaml")).rejects.toMatchObject({ code: "PLB_WATCH_TOO_LARGE" });
    await scene.watch.close();
  });
});

describe("health", () => {
  test("says at once when the system refuses events, and polls on", async () => {
    files.replace("/etc/app.yaml", "one");
    const scene = setScene();
    await start(scene);
    scene.failHints("/etc", "ENOSPC");
    expect(scene.healths.at(-1)).toMatchObject({
      status: "degraded",
      mode: "polling",
      troubles: [{ code: "PLB_WATCH_EVENTS_FAILED", path: "/etc" }],
    });
    files.replace("/etc/app.yaml", "two");
    await clock.advance(1050);
    expect(scene.seen).toEqual(["one", "two"]);
    await scene.watch.close();
  });

  test("changes without events have the events asked for anew, and after three the watch says that it polls", async () => {
    files.replace("/etc/app.yaml", "0");
    const scene = setScene();
    await start(scene);
    for (let edit = 1; edit <= 4; edit++) {
      await clock.advance(PROVEN_MS);
      files.replace("/etc/app.yaml", String(edit));
      await clock.advance(2000);
    }
    expect(scene.renewals()).toBe(2);
    expect(scene.healths.at(-1)).toMatchObject({
      status: "degraded",
      mode: "polling",
      troubles: [{ code: "PLB_WATCH_EVENTS_MISSING" }],
    });
    files.replace("/etc/app.yaml", "5");
    scene.hint();
    await clock.advance(100);
    expect(scene.healths.at(-1)).toMatchObject({ status: "ok", mode: "events", troubles: [] });
    await scene.watch.close();
  });

  test("a file system that does not answer is failure, said by itself and when asked; close does not hang on it", async () => {
    files.replace("/etc/app.yaml", "one");
    const scene = setScene();
    await start(scene);
    files.isHung = true;
    const asked = scene.watch.health();
    await clock.advance(5000);
    expect(await asked).toMatchObject({ status: "failed", troubles: [{ code: "PLB_WATCH_STALLED" }] });
    expect(scene.healths.at(-1)?.status).toBe("failed");
    const closed = scene.watch.close();
    await clock.advance(2000);
    await closed;
  });

  test("is proven by a look", async () => {
    files.replace("/etc/app.yaml", "one");
    const scene = setScene();
    await start(scene);
    await clock.advance(600);
    const { looks } = scene.watch.state().counts;
    const asked = scene.watch.health();
    await clock.advance(20);
    const health = await asked;
    expect(health.status).toBe("ok");
    expect(health.counts.looks).toBeGreaterThan(looks);
    expect(health.lastLookAgeMs).toBeLessThan(20);
    await scene.watch.close();
    expect(scene.watch.state()).toMatchObject({ status: "failed", troubles: [{ code: "PLB_WATCH_CLOSED" }] });
  });

  test("a listener that throws is said, and nothing else", async () => {
    files.replace("/etc/app.yaml", "one");
    const scene = setScene({
      onGeneration() {
        throw new RangeError("no");
      },
    });
    await start(scene);
    files.replace("/etc/app.yaml", "two");
    await clock.advance(2000);
    expect(scene.seen).toEqual(["one", "two"]);
    expect(scene.said).toContain("plumbline: watch: onGeneration threw (RangeError)");
    await scene.watch.close();
  });
});

describe("check()", () => {
  test("resolves with what stood on disk at the call", async () => {
    files.replace("/etc/app.yaml", "one");
    const scene = setScene();
    await start(scene);
    await clock.advance(PROVEN_MS);
    files.replace("/etc/app.yaml", "two");
    const checked = scene.watch.check();
    await clock.advance(60);
    expect((await checked)?.content.toString()).toBe("two");
    const closing = scene.watch.check();
    const outcome = closing.catch((error: unknown) => error);
    await scene.watch.close();
    expect(await outcome).toMatchObject({ code: "PLB_WATCH_CLOSED" });
    await expect(scene.watch.check()).rejects.toMatchObject({ code: "PLB_WATCH_CLOSED" });
  });
});

test.each([
  [{ files: [] }],
  [{ files: [""] }],
  [{ files: ["a\0b"] }],
  [{ files: ["a"], settleMs: 0 }],
  [{ files: ["a"], reconcileIntervalMs: Number.NaN }],
  [{ files: ["a"], settleMs: 100, maxSettleMs: 50 }],
])("options %j are refused", (options) => {
  expect(() => toWatchSettings(options)).toThrow(expect.objectContaining({ code: "PLB_WATCH_OPTION_INVALID" }));
});
