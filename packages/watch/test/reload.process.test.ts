import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createHttpTrigger,
  createReloader,
  rejectedByTarget,
  writeFileAtomic,
  type Generation,
  type Reloader,
  type ReloaderOptions,
} from "../src/index.ts";
import { startTarget, type Answer, type HttpTarget } from "./http-target.ts";

let folder: string;
let config: string;
let target: HttpTarget;
let answer: Answer;
let reloader: Reloader<unknown> | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumbline-reload-"));
  config = join(folder, "config.yaml");
  answer = (_request, response) => void response.end();
  target = await startTarget((...args) => answer(...args));
});
afterEach(async () => {
  await reloader?.close();
  reloader = undefined;
  await target.close();
  await rm(folder, { recursive: true, force: true });
});

/** Waits for something to become so; a test that waits in vain fails with what it looked for. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (const endMs = performance.now() + 20_000; !holds(); await sleep(2)) {
    if (performance.now() > endMs) throw new Error(`never: ${what}`);
  }
}

/** Longer than an edit takes to be applied, so that what must not be applied would have been. */
const QUIET_MS = 300;

/** What the sidecar does: the text goes to an output, and the target is told. */
function startSidecar(options: Partial<ReloaderOptions<string>> = {}): {
  reloader: Reloader<string>;
  output: string;
  started: Promise<unknown>;
} {
  const output = join(folder, "output.yaml");
  const trigger = createHttpTrigger({ url: target.url });
  const mine = createReloader<string>({
    files: options.directories === undefined ? [config] : [],
    metrics: false,
    retry: { initialMs: 20, maxMs: 100 },
    whenNothingIsGood: "wait",
    load: (generation: Generation) => generation.files.map(({ content }) => String(content)).join("\n"),
    async apply(text, { signal, inForce }) {
      await writeFileAtomic(output, text);
      try {
        await trigger.fire(signal);
      } catch (error) {
        if (inForce !== undefined) await writeFileAtomic(output, inForce);
        throw error;
      }
    },
    ...options,
  });
  reloader = mine;
  return { reloader: mine, output, started: mine.start() };
}

describe("the scenarios of Thanos' reloader", () => {
  test("1, apply: no file, then one, then another through a target that fails every second time, then chmod: 2 reloads that succeed", async () => {
    let requests = 0;
    let successes = 0;
    answer = (_request, response) => {
      requests++;
      const isOk = requests % 2 === 1;
      if (isOk) successes++;
      response.writeHead(isOk ? 200 : 503).end();
    };
    const { reloader, output, started } = startSidecar();
    await expect(started).resolves.toMatchObject({ kind: "nothing" });
    writeFileSync(config, "one");
    await until("the first", () => reloader.config === "one");
    expect(successes).toBe(1);
    writeFileSync(config, "two");
    await until("the second", () => reloader.config === "two");
    expect({ requests, successes }).toEqual({ requests: 3, successes: 2 });
    chmodSync(config, 0o777);
    await sleep(QUIET_MS);
    expect({ requests, output: readFileSync(output, "utf8") }).toEqual({ requests: 3, output: "two" });
    expect(reloader.report()).toMatchObject({ reloads: 3, reloadsFailed: 1, lastReloadSuccessful: true });
  });

  test("2, rollback: a target that refuses leaves the good output, and the good content again is told again: 1, then 2", async () => {
    let successes = 0;
    const output = join(folder, "output.yaml");
    answer = (_request, response) => {
      const isOk = readFileSync(output, "utf8") !== "faulty";
      if (isOk) successes++;
      response.writeHead(isOk ? 200 : 503).end();
    };
    writeFileSync(config, "good");
    const { reloader, started } = startSidecar();
    await started;
    expect(successes).toBe(1);
    writeFileSync(config, "faulty");
    await until("two attempts", () => reloader.report().reloadsFailed >= 2);
    expect(successes).toBe(1);
    expect(reloader.status()).toMatchObject({ applied: 1, lastFailure: { code: "PLB_WATCH_TRIGGER_FAILED" } });
    writeFileSync(config, "good");
    await until("the good content", () => reloader.status().applied === 3);
    expect(successes).toBe(2);
    expect(readFileSync(output, "utf8")).toBe("good");
  });

  /** The steps of 3 and 5, of which each but the last counts; then 4 and 6. */
  async function watchRules(
    directories: readonly string[],
  ): Promise<{ reloader: Reloader<string>; steps: (step: () => void, counts: boolean) => Promise<void> }> {
    const { reloader, started } = startSidecar({ directories, reconcileIntervalMs: 250 });
    await started;
    let expected = 1;
    expect(reloader.report().reloads).toBe(expected);
    return {
      reloader,
      async steps(step, counts): Promise<void> {
        step();
        if (counts) await until(`reload ${expected + 1}`, () => reloader.report().reloads > expected);
        await sleep(counts ? 120 : QUIET_MS);
        if (counts) expected++;
        expect(reloader.report().reloads).toBe(expected);
      },
    };
  }

  function layOutRules(): { dir: string; elsewhere: string; replace: (path: string, text: string) => void } {
    const dir = join(folder, "rules");
    const elsewhere = join(folder, "elsewhere");
    mkdirSync(join(dir, "subdirectory"), { recursive: true });
    mkdirSync(elsewhere);
    writeFileSync(join(dir, "rule1.yaml"), "rule1");
    writeFileSync(join(elsewhere, "rule3-001.yaml"), "rule3");
    writeFileSync(join(dir, "subdirectory/rule.yaml"), "sub");
    const replace = (path: string, text: string): void => {
      writeFileSync(join(folder, "temp"), text);
      renameSync(join(folder, "temp"), path);
    };
    return { dir, elsewhere, replace };
  }

  test.each([
    ["3, a directory: 4 reloads, its subdirectory none", false],
    ["5, watched directories, the other among them: 5 reloads", true],
  ])("%s", async (_what, hasSubdirectory) => {
    const { dir, elsewhere, replace } = layOutRules();
    const directories = hasSubdirectory ? [dir, join(dir, "subdirectory")] : [dir];
    const { reloader, steps } = await watchRules(directories);
    await steps(() => writeFileSync(join(dir, "rule2.yaml"), "rule2"), true);
    await steps(() => replace(join(dir, "rule1.yaml"), "rule1, changed"), true);
    await steps(() => {
      symlinkSync(join(elsewhere, "rule3-001.yaml"), join(folder, "link"));
      renameSync(join(folder, "link"), join(dir, "rule3.yaml"));
    }, true);
    await steps(() => {
      replace(join(elsewhere, "rule3-001.yaml"), "rule3, changed");
      writeFileSync(join(elsewhere, "rule3-002.yaml"), "rule3, version 2");
      symlinkSync(join(elsewhere, "rule3-002.yaml"), join(folder, "link"));
      renameSync(join(folder, "link"), join(dir, "rule3.yaml"));
      unlinkSync(join(elsewhere, "rule3-001.yaml"));
    }, true);
    await steps(() => replace(join(dir, "subdirectory/rule.yaml"), "sub, changed"), hasSubdirectory);
    // The first application, and one for each step that counts.
    expect(reloader.report().reloads).toBe(hasSubdirectory ? 6 : 5);
    expect(reloader.report().reloadsFailed).toBe(0);
  });

  test.each([
    ["4, a link into a directory, then its source, which is in no watched one: exactly 2", "events"],
    ["6, the same by the interval alone: exactly 2", "none"],
  ] as const)("%s", async (_what, hints) => {
    const { dir, elsewhere } = layOutRules();
    const { reloader, started } = startSidecar({ directories: [dir], hints, reconcileIntervalMs: 100 });
    await started;
    symlinkSync(join(elsewhere, "rule3-001.yaml"), join(folder, "link"));
    renameSync(join(folder, "link"), join(dir, "rule3.yaml"));
    await until("the link", () => reloader.config === "rule1\nrule3");
    writeFileSync(join(elsewhere, "rule3-001.yaml"), "written in place");
    await until("its source", () => reloader.config === "rule1\nwritten in place");
    await sleep(QUIET_MS);
    // The first application, and the two.
    expect(reloader.report()).toMatchObject({ reloads: 3, reloadsFailed: 0 });
  });
});

describe("targets", () => {
  test("that answer 500, then 200", async () => {
    let requests = 0;
    answer = (_request, response) => void response.writeHead(++requests < 3 ? 500 : 200).end();
    writeFileSync(config, "one");
    const { reloader } = startSidecar();
    await until("the third request", () => reloader.config === "one");
    expect(reloader.report()).toMatchObject({ reloads: 3, reloadsFailed: 2 });
  });

  test("that hang are left for new content at once, also while the next attempt is waited for", async () => {
    let isHanging = true;
    answer = (_request, response) => {
      if (!isHanging) response.end();
    };
    writeFileSync(config, "hangs");
    const { reloader } = startSidecar({ retry: { initialMs: 60_000, maxMs: 60_000 } });
    await until("the request", () => target.requests.length === 1);
    isHanging = false;
    writeFileSync(config, "better");
    await until("the new content", () => reloader.config === "better");
    answer = (_request, response) => void response.writeHead(500).end();
    writeFileSync(config, "retried");
    await until("the wait", () => reloader.status().phase.kind === "retrying");
    answer = (_request, response) => void response.end();
    writeFileSync(config, "best");
    await until("the newest content", () => reloader.config === "best");
    expect(reloader.report()).toMatchObject({ reloads: 4, reloadsFailed: 1, reloadsCancelled: 1 });
  });

  test("that succeed slowly are told of each content once", async () => {
    answer = (_request, response) => void setTimeout(() => response.end(), 200);
    writeFileSync(config, "slow");
    const { reloader, started } = startSidecar();
    await started;
    await sleep(QUIET_MS);
    expect(reloader.report()).toMatchObject({ reloads: 1, reloadsFailed: 0 });
  });

  test("that refuse for good are not asked again, and the output goes back", async () => {
    writeFileSync(config, "good");
    const trigger = createHttpTrigger({ url: target.url });
    const { reloader, started } = startSidecar({
      async apply(text, { signal }) {
        await trigger.fire(signal);
        if (text === "refused") throw rejectedByTarget("it said so");
      },
    });
    await started;
    writeFileSync(config, "refused");
    await until("the refusal", () => reloader.status().rejected !== undefined);
    await sleep(QUIET_MS);
    expect(target.requests).toHaveLength(2);
    expect(reloader.config).toBe("good");
  });

  test("that are told of edits without a rest are told at least of one in a second", async () => {
    writeFileSync(config, "0");
    const applied: number[] = [];
    const { reloader, started } = startSidecar({ apply: () => void applied.push(performance.now()) });
    await started;
    let edits = 0;
    for (const endMs = performance.now() + 3500; performance.now() < endMs; await sleep(10)) {
      await writeFileAtomic(config, String(++edits));
    }
    const during = applied.length - 1;
    await until("the last", () => reloader.config === String(edits));
    expect(during).toBeGreaterThanOrEqual(3);
  });
});

describe("SIGTERM in the middle", () => {
  const CHILD = join(import.meta.dirname, "reload-child.mjs");

  function startChild(): { child: ChildProcess; said: () => string[] } {
    const args = [CHILD, config, join(folder, "out/config"), join(folder, "out/last-good"), target.url];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout?.on("data", (chunk) => (text += String(chunk)));
    return { child, said: () => text.split("\n").filter((line) => line !== "") };
  }

  test.each([
    ["of a request to a target that hangs", (): void => undefined, "seen"],
    [
      "of the wait for the next attempt",
      (): Answer => (_request, response) => void response.writeHead(500).end(),
      "failed",
    ],
  ])("%s ends it at once, whole files left, and the next start goes on", async (_what, makeAnswer, said) => {
    mkdirSync(join(folder, "out"));
    writeFileSync(config, "one");
    const first = startChild();
    await until("the first apply", () => first.said().includes("applied"));
    const hangs = makeAnswer();
    answer = typeof hangs === "function" ? hangs : (): void => undefined;
    const requests = target.requests.length;
    await writeFileAtomic(config, "two");
    await until("the middle", () => target.requests.length > requests && first.said().lastIndexOf(said) > 1);
    first.child.kill("SIGTERM");
    const [code, signal] = (await once(first.child, "exit")) as [number | null, string | null];
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(first.said().at(-1)).toBe("closed");
    expect(readdirSync(join(folder, "out")).sort()).toEqual(["config", "last-good"]);

    // Started anew with a bad file: the last good one, which is the first, is put in force.
    await writeFileAtomic(config, "bad");
    answer = (_request, response) => void response.end();
    const second = startChild();
    await until("the last good", () => second.said().includes("startedFromLastGood"));
    expect(readFileSync(join(folder, "out/config"), "utf8")).toBe("one");
    second.child.kill("SIGTERM");
    await once(second.child, "exit");
    rmSync(join(folder, "out"), { recursive: true });
  });
});
