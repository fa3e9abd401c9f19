import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SidecarOptions } from "../../src/reload/sidecar-options.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { startTarget } from "./programmed-target.ts";
import { sidecarRig } from "./sidecar-rig.ts";

async function scene(
  options: (at: (path: string) => string) => Partial<SidecarOptions> = () => ({}),
  env: Record<string, string> = {},
) {
  const root = temporaryFolder();
  mkdirSync(join(root, "in"));
  const at = (path: string): string => join(root, path);
  const target = await startTarget();
  const http = { url: target.url, timeoutMs: 30_000 };
  const base = {
    configFile: { input: at("in/config"), output: at("out/config") },
    tell: { kind: "http", http },
  } as const;
  const make = (more: Partial<SidecarOptions> = {}) => sidecarRig({ ...base, ...options(at), ...more }, { env });
  const write = (text: string): void => writeFileSync(at("in/config"), text);
  const written = (): string => readFileSync(at("out/config"), "utf8");
  write("first");
  return { at, target, make, write, written };
}

const NEVER_MS = 3_600_000;

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe("a target", () => {
  test("that answers 500, then 200, has the content at the second request; meanwhile the output is the good one", async () => {
    const { target, make, write, written } = await scene();
    const rig = make();
    await rig.sidecar.start();
    target.answer((count) => (count === 2 ? 500 : 200));
    write("second");
    const applied = rig.until(({ kind }) => kind === "applied");
    const rolledBack = rig.until(({ kind }) => kind === "rolledBack");
    expect(await rig.sidecar.reload()).toMatchObject({ kind: "failed", isFinal: false });
    expect(await rolledBack).toEqual({ kind: "rolledBack", control: "none" });
    await applied;
    expect(target.answered).toEqual([200, 500, 200]);
    expect(written()).toBe("second");
    expect((await rig.sidecar.health()).isGood).toBe(true);
  });

  test("that refuses content and takes the last good one is left alone until there is an edit", async () => {
    const { target, make, write, written } = await scene();
    const rig = make();
    await rig.sidecar.start();
    target.answer(() => (written() === "faulty" ? 500 : 200));
    write("faulty");
    const rejected = rig.until(({ kind }) => kind === "rejected");
    await rig.sidecar.reload();
    expect(await rejected).toMatchObject({ failure: { attempt: 3, code: "PLB_WATCH_REJECTED" } });
    expect(target.answered).toEqual([200, 500, 500, 200, 500, 200]);
    expect(written()).toBe("first");
    const { isGood, isAlive, reasons } = await rig.sidecar.health();
    expect({ isGood, isAlive }).toEqual({ isGood: false, isAlive: true });
    expect(reasons.join(" ")).toContain("answered 500");
    expect(rig.sidecar.metrics()).toContain("\nreloader_last_reload_successful 0\n");
    expect(rig.sidecar.metrics()).toContain("\nreloader_rollbacks_total 3\n");

    write("third");
    expect(await rig.sidecar.reload()).toMatchObject({ kind: "applied" });
    expect(written()).toBe("third");
    expect((await rig.sidecar.health()).isGood).toBe(true);
  });

  test("that refuses the last good content too is in trouble of its own: it is asked on until it takes the new", async () => {
    const { target, make, write, written } = await scene();
    const rig = make();
    await rig.sidecar.start();
    target.answer((count) => (count > 1 && count < 10 ? 500 : 200));
    write("second");
    const applied = rig.until(({ kind }) => kind === "applied");
    await rig.sidecar.reload();
    await applied;
    // A try, then tries and controls in turn; the tenth request is a control, the eleventh the content.
    expect(target.answered).toEqual([200, ...Array.from({ length: 8 }, () => 500), 200, 200]);
    expect(rig.events.filter(({ kind }) => kind === "rejected")).toEqual([]);
    expect(written()).toBe("second");
  });

  test("whose trouble ends between a refusal and the control does not have the content blamed", async () => {
    const { target, make, write, written } = await scene();
    const rig = make();
    await rig.sidecar.start();
    target.answer((count) => (count < 4 ? 500 : 200));
    write("second");
    const applied = rig.until(({ kind }) => kind === "applied");
    await rig.sidecar.reload();
    await applied;
    // Two refusals, a control that is taken, and the content.
    expect(target.answered).toEqual([200, 500, 500, 200, 200]);
    expect(written()).toBe("second");
  });

  test.each([502, 503, 429])("whose answer %d speaks of trouble is asked on, however often", async (status) => {
    const { target, make, write, written } = await scene();
    const rig = make();
    await rig.sidecar.start();
    target.answer((count) => (count < 12 ? status : 200));
    write("second");
    const applied = rig.until(({ kind }) => kind === "applied");
    await rig.sidecar.reload();
    await applied;
    expect(target.answered.length).toBe(12);
    expect(written()).toBe("second");
  });

  test("that says by a status that content is bad is told of the last good one at once, and not asked again", async () => {
    const { target, make, write, written } = await scene();
    const rig = make({ tell: { kind: "http", http: { url: target.url, timeoutMs: 30_000, rejectedStatuses: [400] } } });
    await rig.sidecar.start();
    target.answer((count) => (count === 2 ? 400 : 200));
    write("faulty");
    expect(await rig.sidecar.reload()).toMatchObject({ kind: "failed", isFinal: true });
    expect(target.answered).toEqual([200, 400, 200]);
    expect(written()).toBe("first");
  });

  test("that hangs does not hold up the correction", async () => {
    const { target, make, write, written } = await scene();
    const rig = make();
    await rig.sidecar.start();
    const asked = withResolvers();
    target.answer((count) => {
      if (count > 2) return 200;
      asked.resolve();
      return () => undefined;
    });
    write("hung");
    const first = rig.sidecar.reload();
    await asked.promise;
    write("corrected");
    expect(await rig.sidecar.reload()).toMatchObject({ kind: "applied" });
    await first;
    expect(target.answered).toEqual([200, 0, 200]);
    expect(written()).toBe("corrected");
  });

  test("that succeeds slowly has taken it once", async () => {
    const { target, make, write, written } = await scene();
    const rig = make();
    await rig.sidecar.start();
    const gate = withResolvers();
    const asked = withResolvers();
    target.answer(async () => {
      asked.resolve();
      await gate.promise;
      return 200;
    });
    write("second");
    const reload = rig.sidecar.reload();
    await asked.promise;
    expect((await rig.sidecar.health()).reasons).toEqual(["The target is being told of new content."]);
    gate.resolve();
    expect(await reload).toMatchObject({ kind: "applied" });
    expect(target.answered).toEqual([200, 200]);
    expect(written()).toBe("second");
  });

  test("that is not there leaves the new content in place, and is asked on", async () => {
    const { at, make, target, write, written } = await scene();
    const http = { url: "http://127.0.0.1:1/", timeoutMs: 30_000 };
    const rig = make({ tell: { kind: "http", http } });
    expect(await rig.sidecar.start()).toMatchObject({ kind: "failed", isFinal: false });
    write("second");
    await rig.sidecar.reload();
    expect(written()).toBe("second");
    expect(rig.sidecar.metrics()).toContain("\nreloader_rollbacks_total 0\n");
    expect(target.answered).toEqual([]);
    expect(existsSync(at("out/config"))).toBe(true);
  });

  test("is not waited for with an edit that comes while the next try is waited for", async () => {
    const { target, make, write, written } = await scene();
    const rig = make({ retryMs: NEVER_MS, maxRetryMs: NEVER_MS });
    await rig.sidecar.start();
    target.answer((count) => (count === 2 ? 500 : 200));
    write("second");
    await rig.sidecar.reload();
    write("third");
    expect(await rig.sidecar.reload()).toMatchObject({ kind: "applied" });
    expect(target.answered).toEqual([200, 500, 200]);
    expect(written()).toBe("third");
  });

  test("is told in the middle of the end: nothing is left half, and the next start tells it anew", async () => {
    const { target, make, write, written } = await scene();
    const rig = make();
    await rig.sidecar.start();
    const asked = withResolvers();
    target.answer((count) => {
      asked.resolve();
      return count > 2 ? 200 : () => undefined;
    });
    write("second");
    const reload = rig.sidecar.reload();
    await asked.promise;
    await Promise.all([rig.sidecar.close(), expect(reload).rejects.toMatchObject({ code: "PLB_WATCH_CLOSED" })]);
    await make().sidecar.start();
    expect(target.answered).toEqual([200, 0, 200]);
    expect(written()).toBe("second");
  });
});

describe("the last good content", () => {
  test("survives the process: refused content that it has left in the output goes, the good one comes back", async () => {
    const { at, target, make, write, written } = await scene((at) => ({ lastGoodPath: at("out/.last-good") }));
    const first = make();
    await first.sidecar.start();
    await first.sidecar.close();
    // As a kill between the write and the request leaves it.
    write("faulty");
    writeFileSync(at("out/config"), "faulty");
    target.answer(() => (written() === "faulty" ? 500 : 200));
    const second = make();
    const rejected = second.until(({ kind }) => kind === "rejected", 0);
    expect(await second.sidecar.start()).toEqual({ kind: "applied", generation: 0 });
    await rejected;
    expect(written()).toBe("first");
    expect(target.answered.at(-1)).toBe(200);
    expect((await second.sidecar.health()).isGood).toBe(false);
    expect(statSync(at("out/.last-good")).mode & 0o777).toBe(0o600);
  });
});

describe("a validating command", () => {
  const refuseBad = [
    process.execPath,
    "-e",
    "const t = require('fs').readFileSync(process.argv[1], 'utf8'); if (t.includes('bad')) { console.error('line 1: ' + t); process.exit(3) }",
    "{}",
  ];

  test("sees the content with its variables; what it refuses touches no output and nobody is told; the reason hides the values", async () => {
    const secret = ["correct", "horse"].join("-");
    const { at, target, make, write, written } = await scene(() => ({ validate: refuseBad }), { PASSWORD: secret });
    write("good $(PASSWORD)");
    const rig = make();
    await rig.sidecar.start();
    expect(written()).toBe(`good ${secret}`);
    write("bad $(PASSWORD)");
    const outcome = await rig.sidecar.reload();
    expect(outcome).toMatchObject({ kind: "failed", isFinal: true, failure: { code: "PLB_CLI_RELOAD_INVALID" } });
    const { reasons, isGood } = await rig.sidecar.health();
    expect(isGood).toBe(false);
    expect(reasons.join(" ")).toContain("exit code 3): line 1: bad $(PASSWORD)");
    expect(reasons.join(" ")).not.toContain(secret);
    expect(written()).toBe(`good ${secret}`);
    expect(target.answered).toEqual([200]);
    expect(readdirSync(at("out"))).toEqual(["config"]);
    // What is in force comes back: nobody has to be told, and all is well again.
    write("good $(PASSWORD)");
    expect(await rig.sidecar.reload()).toMatchObject({ kind: "unchanged" });
    expect((await rig.sidecar.health()).isGood).toBe(true);
    expect(target.answered).toEqual([200]);
  });

  test("that cannot be run is no verdict: it is tried again", async () => {
    const { target, make } = await scene(() => ({ validate: ["/no/such/program", "{}"] }));
    const outcome = await make({ retryMs: NEVER_MS, maxRetryMs: NEVER_MS }).sidecar.start();
    expect(outcome).toMatchObject({ kind: "failed", isFinal: false });
    expect(target.answered).toEqual([]);
  });

  test("sees each changed file of a directory, and only those", async () => {
    const { at, make } = await scene((at) => ({
      configFile: undefined,
      directories: [{ input: at("in"), output: at("rules") }],
      validateEach: [
        process.execPath,
        "-e",
        `require('fs').appendFileSync(${JSON.stringify(at("seen"))}, require('path').basename(process.argv[1]) + '\\n')`,
      ],
    }));
    writeFileSync(at("in/a"), "a");
    const rig = make();
    await rig.sidecar.start();
    writeFileSync(at("in/a"), "a, changed");
    await rig.sidecar.reload();
    expect(readFileSync(at("seen"), "utf8").split("\n").filter(Boolean)).toEqual([
      ".a.candidate",
      ".config.candidate",
      ".a.candidate",
    ]);
  });
});

describe("an output directory", () => {
  test("loses what has no input any more, also when a process before it wrote that, and nothing else", async () => {
    const { at, make } = await scene((at) => ({
      configFile: undefined,
      directories: [{ input: at("in"), output: at("rules") }],
    }));
    writeFileSync(at("in/a"), "a");
    writeFileSync(at("in/b"), "b");
    const first = make();
    await first.sidecar.start();
    writeFileSync(at("rules/own"), "somebody else's");
    await first.sidecar.close();
    rmSync(at("in/a"));
    const second = make();
    await second.sidecar.start();
    expect(readdirSync(at("rules")).sort()).toEqual([".plumbline-outputs", "b", "config", "own"]);
    rmSync(at("in/b"));
    await second.sidecar.reload();
    expect(readdirSync(at("rules")).sort()).toEqual([".plumbline-outputs", "config", "own"]);
    expect(statSync(at("rules/config")).mode & 0o777).toBe(0o640);
  });

  test("comes back whole when the target refuses: a removed file too, and a new one goes", async () => {
    const { at, target, make } = await scene((at) => ({
      configFile: undefined,
      directories: [{ input: at("in"), output: at("rules") }],
    }));
    writeFileSync(at("in/a"), "a");
    const rig = make({ retryMs: NEVER_MS, maxRetryMs: NEVER_MS });
    await rig.sidecar.start();
    target.answer(() => 500);
    rmSync(at("in/a"));
    writeFileSync(at("in/c"), "c");
    await rig.sidecar.reload();
    expect(readdirSync(at("rules")).sort()).toEqual([".plumbline-outputs", "a", "config"]);
    expect(readFileSync(at("rules/a"), "utf8")).toBe("a");
  });
});
