import {
  appendFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import {
  type Clock,
  createSystemClock,
  type Destination,
  type HandoffManifest,
  type Pickup,
  RetryableError,
} from "@plumbline/core";
import { createSystemError } from "@plumbline/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  compareManifests,
  createDirectoryDestination,
  createDirectoryPickup,
  createUnitPickup,
  createUploader,
  type HandoffEvent,
  readDeliveries,
  sweepArchive,
} from "../src/index.ts";
import { createScene, type Scene, sha256Of, wrapDeliveries, wrapDestination } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

const kinds = (events: readonly HandoffEvent[]): readonly string[] =>
  events.map(({ kind }) => kind).filter((kind) => kind !== "progress");

async function* brokenContent(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("half");
  throw createSystemError("EIO", "read");
}

describe("what arrives", () => {
  test("files of any size and name, with a manifest that fits, once", async () => {
    const contents = new Map<string, string | Uint8Array>([
      ["empty.txt", ""],
      ["a.txt", "hello"],
      ["big.bin", Buffer.alloc(3 * 1024 * 1024 + 17, "x")],
      ["naïve \u{1F4E6} 中.txt", "unicode"],
      ["n".repeat(255), "long name"],
      ["deep/er/file", "nested"],
    ]);
    for (const [name, content] of contents) await scene.make(name, content);
    const first = await scene.once({ source: { recursive: true } });
    expect(first.counts).toMatchObject({ delivered: contents.size, aside: 0, retries: 0, changed: 0 });
    expect(await scene.arrived()).toEqual([...contents.keys()].sort());
    for (const [name, content] of contents)
      expect(sha256Of(await readFile(join(scene.to, name)))).toBe(sha256Of(content));
    const destination = createDirectoryDestination({ path: scene.to });
    await destination.start();
    const compared = [];
    for await (const { kind } of compareManifests(destination)) compared.push(kind);
    expect(compared).toEqual(Array.from(contents, () => "whole"));
    const second = await scene.once({ source: { recursive: true } });
    expect(second.counts).toMatchObject({ delivered: 0, found: 0 });
  });

  test("symbolic links, hidden and unfinished names are never taken", async () => {
    await scene.make("whole.txt", "whole");
    await scene.make("half.part", "half");
    await scene.make(".hidden", "hidden");
    await symlink(join(scene.from, "whole.txt"), join(scene.from, "link.txt"));
    await scene.once();
    expect(await scene.arrived()).toEqual(["whole.txt"]);
  });

  test("a file that changes later is handed on again, replacing in one step", async () => {
    await scene.make("a.txt", "one");
    await scene.once({ uploader: { overwrite: "replace" } });
    await scene.make("a.txt", "two, longer");
    await scene.once({ uploader: { overwrite: "replace" } });
    expect(await scene.read("a.txt")).toBe("two, longer");
  });

  test("what stands there with the same content counts as delivered; other content is set aside, and the rest goes on", async () => {
    await mkdir(scene.to);
    await writeFile(join(scene.to, "same.txt"), "same");
    await writeFile(join(scene.to, "other.txt"), "theirs");
    for (const name of ["same", "other", "new"]) await scene.make(`${name}.txt`, name);
    const { counts } = await scene.once();
    expect(counts).toMatchObject({ delivered: 2, found: 1, aside: 1 });
    expect(await scene.read("other.txt")).toBe("theirs");
    expect(scene.events).toContainEqual(
      expect.objectContaining({ kind: "aside", name: "other.txt", code: "PLB_HANDOFF_NAME_TAKEN" }),
    );
  });
});

describe("a source that changes under the reader is never published", () => {
  const changes: Readonly<Record<string, (path: string) => Promise<void>>> = {
    grown: (path) => appendFile(path, "more"),
    truncated: (path) => writeFile(path, ""),
    "rewritten, of the same size, with its times put back": async (path) => {
      const { atime, mtime } = await stat(path);
      await writeFile(path, Buffer.alloc(2_500_000, "b"));
      await utimes(path, atime, mtime);
    },
    "replaced by rename": async (path) => {
      await writeFile(`${path}.tmp`, Buffer.alloc(2_500_000, "c"));
      await rename(`${path}.tmp`, path);
    },
    removed: (path) => rm(path),
  };
  for (const when of ["read", "verified"] as const) {
    test.each(Object.keys(changes))(
      `${when === "read" ? "while it is read" : "between the last read and the publish"}: %s`,
      async (what) => {
        const path = await scene.make("a.bin", Buffer.alloc(2_500_000, "a"));
        const inner = createDirectoryDestination({ path: scene.to });
        let isChanged = false;
        const change = async (): Promise<void> => {
          if (isChanged) return;
          isChanged = true;
          await changes[what]?.(path);
        };
        const destination = wrapDeliveries(inner, (staged) => ({
          write: async (chunk) => {
            await staged.write(chunk);
            if (when === "read") await change();
          },
          verify: async (expected) => {
            const level = await staged.verify(expected);
            await change();
            return level;
          },
        }));
        const { counts } = await scene.once({ destination });
        expect(counts).toMatchObject({ changed: 1, delivered: 0 });
        expect(kinds(scene.events)).toEqual(["begun", "changed"]);
        expect(await scene.arrived()).toEqual([]);
        expect(await readdir(join(scene.to, ".plumbline-handoff/staging"))).toEqual([]);
        expect(await readdir(join(scene.to, ".plumbline-handoff/manifests"))).toEqual([]);
      },
    );
  }

  test("a content that is not what its producer's manifest tells", async () => {
    await scene.make("a.bin", "right");
    await scene.make("a.bin.sha256", `${sha256Of("wrong")}  a.bin\n`);
    const { counts } = await scene.once({ source: { commit: "manifest", require: "committed" } });
    expect(counts).toMatchObject({ changed: 1, delivered: 0 });
    expect(await scene.arrived()).toEqual([]);
  });
});

test("a file whose producer's manifest came late is handed on when it comes, without a restart", async () => {
  await scene.make("a.bin", "new");
  await scene.make("a.bin.sha256", `${sha256Of("old")}  a.bin\n`);
  const stop = new AbortController();
  const late = scene.once({
    source: { commit: "manifest", require: "committed", once: false, pollMs: 20 },
    uploader: {
      onEvent: (event) => {
        scene.events.push(event);
        if (event.kind === "changed") void scene.make("a.bin.sha256", `${sha256Of("new")}  a.bin\n`);
        if (event.kind === "delivered") stop.abort();
      },
    },
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(5000)]),
  });
  expect((await late).counts).toMatchObject({ delivered: 1 });
  expect(kinds(scene.events)).toEqual(["begun", "changed", "begun", "delivered"]);
  expect(await scene.read("a.bin")).toBe("new");
});

describe("failures", () => {
  test("one poisoned file is set aside after its attempts, and does not stop the rest", async () => {
    for (const name of ["a", "poison", "z"]) await scene.make(name, name);
    const inner = createDirectoryDestination({ path: scene.to });
    const destination = wrapDestination(inner, {
      stage: async (request, signal) => {
        if (request.name === "poison") throw new Error("it does not like this one");
        return inner.stage(request, signal);
      },
    });
    const { counts } = await scene.once({ destination, uploader: { attempts: 3 } });
    expect(counts).toMatchObject({ delivered: 2, aside: 1, retries: 2 });
    expect(await scene.arrived()).toEqual(["a", "z"]);
    const states = await readDeliveries(scene.state);
    expect([...states.values()]).toContainEqual({ kind: "aside", name: "poison", code: "Error" });
  });

  test("what a destination says of its address and its token when it gives up is redacted", async () => {
    await scene.make("poison", "x");
    const inner = createDirectoryDestination({ path: scene.to });
    const said = "PUT https://bob:Zq7hunter2x9@example.org/x?token=Zq7hunter2x9 was refused";
    const destination = wrapDestination(inner, { stage: () => Promise.reject(new Error(said)) });
    await scene.once({ destination, uploader: { attempts: 1 } });
    const text = JSON.stringify(scene.events);
    expect(text).toContain("was refused");
    expect(text).not.toContain("Zq7hunter2x9");
  });

  test("a destination that is down is tried for as long as it takes, one file at a time", async () => {
    for (const name of ["a", "b", "c", "d"]) await scene.make(name, name);
    const inner = createDirectoryDestination({ path: scene.to });
    let calls = 0;
    let atOnce = 0;
    let mostAtOnce = 0;
    const destination = wrapDestination(inner, {
      stage: async (request, signal) => {
        calls += 1;
        if (calls > 30) return inner.stage(request, signal);
        atOnce += 1;
        if (calls > 8) mostAtOnce = Math.max(mostAtOnce, atOnce);
        await new Promise((resolve) => setImmediate(resolve));
        atOnce -= 1;
        throw new RetryableError("the line is dead");
      },
    });
    const { counts } = await scene.once({ destination, uploader: { maxRetryMs: 2, breakerFailures: 4 } });
    expect(counts).toMatchObject({ delivered: 4, aside: 0, retries: 30 });
    expect(mostAtOnce).toBe(1);
  });

  test("a destination that is not mounted is waited for, and no file is set aside for it", async () => {
    const names = ["a", "b", "c"];
    for (const name of names) await scene.make(name, name);
    const control = join(scene.to, ".plumbline-handoff");
    let tries = 0;
    const inner = createDirectoryDestination({ path: scene.to });
    const destination = wrapDestination(inner, {
      stage: async (request, signal) => {
        tries += 1;
        if (tries === 1) await rename(control, `${scene.to}.away`);
        if (tries === 30) await rename(`${scene.to}.away`, control);
        return inner.stage(request, signal);
      },
    });
    const { counts } = await scene.once({ destination, uploader: { attempts: 2, maxRetryMs: 2 } });
    expect(counts).toMatchObject({ delivered: 3, aside: 0 });
    expect(await scene.arrived()).toEqual(names);
  });

  test.each(["ENOSPC", "EDQUOT", "ENOTCONN", "EHOSTDOWN", "ENETDOWN", "EMFILE", "ENFILE"])(
    "%s is nothing that a file is set aside for, wherever it comes up",
    async (code) => {
      await scene.make("a", "a");
      const inner = createDirectoryDestination({ path: scene.to });
      let failures = 8;
      const destination = wrapDestination(inner, {
        stage: async (request, signal) => {
          if (failures-- > 0) throw createSystemError(code, "open");
          return inner.stage(request, signal);
        },
      });
      const { counts } = await scene.once({ destination, uploader: { attempts: 2, maxRetryMs: 2 } });
      expect(counts).toMatchObject({ delivered: 1, aside: 0, retries: 8 });
    },
  );

  test("EIO of a source is its own: it is set aside, and the rest goes on", async () => {
    for (const name of ["bad", "good"]) await scene.make(name, name);
    const pickup = createDirectoryPickup({ path: scene.from, commit: "rename", once: true });
    const broken: Pickup = {
      close: () => pickup.close(),
      async *items(signal) {
        for await (const item of pickup.items(signal)) {
          if (item.name !== "bad") yield item;
          else yield { ...item, read: () => brokenContent() };
        }
      },
    };
    const { counts } = await scene.once({ pickup: broken, uploader: { attempts: 2 } });
    expect(counts).toMatchObject({ delivered: 1, aside: 1 });
    expect(scene.events).toContainEqual(expect.objectContaining({ kind: "aside", name: "bad", code: "EIO" }));
  });

  test("a staging that somebody takes away over there is sent again: the source has not changed", async () => {
    await scene.make("a.txt", "whole");
    const inner = createDirectoryDestination({ path: scene.to });
    let thefts = 1;
    const destination = wrapDestination(inner, {
      stage: async (request, signal) => {
        const staged = await inner.stage(request, signal);
        if (thefts-- === 1) await rm(join(scene.to, ".plumbline-handoff", "staging"), { recursive: true });
        await mkdir(join(scene.to, ".plumbline-handoff", "staging"), { recursive: true });
        return staged;
      },
    });
    const { counts } = await scene.once({ destination, uploader: { attempts: 3, retryMs: 1, maxRetryMs: 2 } });
    expect(counts).toMatchObject({ delivered: 1, changed: 0, retries: 1, aside: 0 });
    expect(await scene.read("a.txt")).toBe("whole");
  });

  test("a publish whose answer is lost is looked up, and not repeated", async () => {
    await scene.make("a", "content");
    const inner = createDirectoryDestination({ path: scene.to });
    let published = 0;
    const destination = wrapDeliveries(inner, (staged) => ({
      publish: async (manifest: HandoffManifest) => {
        published += 1;
        await staged.publish(manifest);
        throw new RetryableError("the answer was lost");
      },
    }));
    const { counts } = await scene.once({ destination });
    expect(published).toBe(1);
    expect(counts).toMatchObject({ delivered: 1, found: 1, retries: 0 });
    expect(scene.events).toContainEqual(expect.objectContaining({ kind: "delivered", outcome: "reconciled" }));
  });

  test("an own publish that is found later is recorded as verified as it was then, and no better", async () => {
    await scene.make("a", "content");
    const inner = createDirectoryDestination({ path: scene.to, verify: "size" });
    let lost = 1;
    const deaf = wrapDeliveries(inner, (staged) => ({
      publish: async (manifest: HandoffManifest) => {
        const outcome = await staged.publish(manifest);
        if (lost === 1) throw new RetryableError("the answer was lost");
        return outcome;
      },
    }));
    const destination = wrapDestination(deaf, {
      inspect: async (name, options) => {
        if (lost-- === 1) throw new RetryableError("nor can it be looked up");
        return inner.inspect(name, options);
      },
    });
    const { counts } = await scene.once({ destination, uploader: { overwrite: "never" } });
    expect(counts).toMatchObject({ delivered: 1, found: 1, retries: 1, aside: 0 });
    expect(scene.events).toContainEqual(
      expect.objectContaining({ kind: "delivered", outcome: "reconciled", verified: "size" }),
    );
    expect([...(await readDeliveries(scene.state)).values()]).toMatchObject([{ kind: "delivered", verified: "size" }]);
  });

  test("a rule of overwriting that the destination cannot keep is refused at the start", async () => {
    const destination = createDirectoryDestination({ path: scene.to, publish: "linear" });
    await expect(scene.once({ destination, uploader: { overwrite: "replace" } })).rejects.toMatchObject({
      code: "PLB_HANDOFF_LACKS",
    });
  });

  test("two uploaders with one state folder: the second is refused", async () => {
    const make = (): ReturnType<typeof createUploader> =>
      createUploader({
        pickup: createDirectoryPickup({ path: scene.from, once: true }),
        destination: createDirectoryDestination({ path: scene.to }),
        stateDirectory: scene.state,
      });
    const first = make();
    const second = make();
    await first.start();
    await expect(second.start()).rejects.toMatchObject({ code: "PLB_HANDOFF_JOURNAL_IN_USE" });
    await second.close();
    await first.close();
    const third = make();
    await third.start();
    await third.close();
  });

  test("what its pick-up or destination say when they are closed, the state folder is let go of", async () => {
    const inner = createDirectoryDestination({ path: scene.to });
    const destination = wrapDestination(inner, {
      close: async () => {
        await inner.close();
        throw new Error("the line is dead");
      },
    });
    await expect(scene.once({ destination })).rejects.toThrow("the line is dead");
    const pickup = createDirectoryPickup({ path: scene.from, commit: "rename", once: true });
    const broken: Pickup = {
      items: (signal) => pickup.items(signal),
      close: () => {
        throw new Error("it does not close");
      },
    };
    await expect(scene.once({ pickup: broken })).rejects.toThrow("it does not close");
    await scene.once();
  });

  test("when nothing is under way, that is what the counts say, while it runs", async () => {
    await scene.make("a", "a");
    const stop = new AbortController();
    const uploader = createUploader({
      pickup: createDirectoryPickup({ path: scene.from, commit: "rename" }),
      destination: createDirectoryDestination({ path: scene.to }),
      stateDirectory: scene.state,
    });
    await uploader.start();
    const running = uploader.run(stop.signal);
    await expect.poll(() => uploader.counts).toMatchObject({ delivered: 1, underWay: 0 });
    stop.abort();
    await running;
    await uploader.close();
  });

  test("two uploaders for one name with other content: one is published whole, the other is told", async () => {
    const other = await createScene();
    try {
      await scene.make("race.bin", Buffer.alloc(500_000, "a"));
      await other.make("race.bin", Buffer.alloc(500_000, "b"));
      const to = (): Destination => createDirectoryDestination({ path: scene.to });
      await createDirectoryDestination({ path: scene.to }).start();
      const [mine, theirs] = await Promise.all([
        scene.once({ destination: to(), uploader: { overwrite: "never" } }),
        other.once({ destination: to(), uploader: { overwrite: "never" } }),
      ]);
      expect(mine.counts.delivered + theirs.counts.delivered).toBe(1);
      expect(mine.counts.aside + theirs.counts.aside).toBe(1);
      expect(new Set(await scene.read("race.bin")).size).toBe(1);
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });
});

test.each([-3600, 3600])(
  "a clock that is %d seconds off changes nothing but what a manifest tells of its making",
  async (off) => {
    const system = createSystemClock();
    const clock: Clock = {
      nowMicros: () => system.nowMicros() + off * 1_000_000,
      monotonicMs: () => system.monotonicMs(),
      setTimer: (run, delayMs) => system.setTimer(run, delayMs),
    };
    for (const name of ["a", "b"]) await scene.make(name, name);
    const { counts } = await scene.once({ uploader: { clock, concurrency: 1 } });
    expect(counts).toMatchObject({ delivered: 2, aside: 0, changed: 0 });
    const [first, second] = await Promise.all(
      ["a", "b"].map(async (name) => (await stat(join(scene.to, name))).mtimeMs),
    );
    // The time of publishing is the file system's own, for who lists by it there.
    expect(Math.abs((first ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(first).not.toBe(second);
  },
);

describe("what becomes of delivered files", () => {
  test("deleted, with the marker that committed them, only after the delivery", async () => {
    await scene.make("a.txt", "a");
    await scene.make("a.txt.done", "");
    await scene.make("open.txt", "still written");
    await scene.once({ source: { commit: "marker", require: "committed", after: "delete" } });
    expect(await readdir(scene.from)).toEqual(["open.txt"]);
    expect(await scene.arrived()).toEqual(["a.txt"]);
  });

  test("moved, and removed from the archive when they have been there for their time, however old they are", async () => {
    const path = await scene.make("a.txt", "a");
    await utimes(path, 1_000_000, 1_000_000);
    await scene.once({ source: { after: "move" } });
    expect(await readdir(scene.from)).toEqual([".delivered"]);
    const archive = join(scene.from, ".delivered");
    expect(await readFile(join(archive, "a.txt"), "utf8")).toBe("a");
    const at = (micros: number) => ({
      nowMicros: () => micros,
      monotonicMs: () => 0,
      setTimer: () => ({ cancel: () => undefined }),
    });
    const { ctimeMs } = await lstat(join(archive, "a.txt"));
    expect(await sweepArchive(archive, 1000, at(ctimeMs * 1000 + 999_000))).toBe(0);
    expect(await sweepArchive(archive, 1000, at(ctimeMs * 1000 + 1_001_000))).toBe(1);
  });

  test("compressed", async () => {
    await scene.make("a.txt", "a".repeat(10_000));
    await scene.once({ source: { after: "compress" } });
    expect(await readdir(join(scene.from, ".delivered"))).toEqual(["a.txt.gz"]);
    expect((await readdir(scene.from)).sort()).toEqual([".delivered"]);
  });

  test("what was changed since it was delivered stays", async () => {
    const path = await scene.make("a.txt", "old");
    const inner = createDirectoryDestination({ path: scene.to });
    const destination = wrapDeliveries(inner, (staged) => ({
      publish: async (manifest: HandoffManifest) => {
        const outcome = await staged.publish(manifest);
        await writeFile(path, "new");
        return outcome;
      },
    }));
    await scene.once({ destination, source: { after: "delete" } });
    expect(await readFile(path, "utf8")).toBe("new");
  });
});

test("a unit's last file is published only when all others are, and a unit without one is none", async () => {
  for (const name of ["index", "chunks/000001", "meta.json", "tombstones"]) await scene.make(`block/${name}`, name);
  await scene.make("half/index", "x");
  await scene.make("block2.tmp-for-creation/meta.json", "x");
  const order: string[] = [];
  await scene.once({
    pickup: createUnitPickup({ path: scene.from, once: true, pollMs: 5 }),
    uploader: {
      onEvent: (event) => {
        if (event.kind === "delivered") order.push(event.name);
      },
    },
  });
  expect(order.length).toBe(4);
  expect(order.at(-1)).toBe("block/meta.json");
  expect((await scene.arrived()).length).toBe(4);
});

test("a unit of which a file is set aside is not ended, and neither holds up the others nor the end", async () => {
  for (const unit of ["bad", "good"]) {
    for (const name of ["index", "meta.json"]) await scene.make(`${unit}/${name}`, `${unit} ${name}`);
  }
  await mkdir(join(scene.to, "bad"), { recursive: true });
  await writeFile(join(scene.to, "bad", "index"), "theirs");
  const pickup = createUnitPickup({ path: scene.from, once: true, pollMs: 5 });
  const { counts } = await scene.once({ pickup });
  expect(counts).toMatchObject({ delivered: 2, aside: 1 });
  expect(await scene.arrived()).toEqual(["bad/index", "good/index", "good/meta.json"]);
});

test("progress tells every byte, in order", async () => {
  await scene.make("a.bin", Buffer.alloc(3_000_000));
  await scene.once();
  const sent = scene.events.flatMap((event) => (event.kind === "progress" ? [event.sent] : []));
  expect(sent.at(-1)).toBe(3_000_000);
  expect(sent).toEqual([...sent].sort((a, b) => a - b));
});
