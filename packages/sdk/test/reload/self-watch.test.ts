import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ReloadNotice, start, type StartOptions } from "../../src/index.ts";
import { scratch } from "../scratch.ts";
import { run, World } from "./world.ts";

const base =
  "service: { name: shop }\njournal: { path: ./all.jsonl }\nwatch: { self: true, settle: 5ms, interval: 50ms }\n";

function put(path: string, text: string): void {
  writeFileSync(`${path}.next`, text);
  renameSync(`${path}.next`, path);
}

const lastGoodIn = (cwd: string): string => join(cwd, ".plumbline.yaml.last-good");

/** Starts again where another service ran, as after a crash or a deployment. */
async function restart(world: World, cwd: string, options: StartOptions = {}) {
  const telemetry = await start({
    cwd,
    env: {},
    handleSignals: false,
    flushOnExit: false,
    plugins: world.plugins,
    ...options,
  });
  onTestFinished(() => telemetry.close({ timeoutMs: 1000 }));
  return telemetry;
}

describe("a config that watches itself", () => {
  test("is put in force when its file changes; a bad one is refused and told of; the next good one is taken", async () => {
    const world = new World();
    const { telemetry, cwd, notices } = await run(world, `${base}sinks: { a: { use: rec, mark: 1 } }\n`);
    const file = join(cwd, "plumbline.yaml");
    expect(telemetry.report().reload).toMatchObject({ isWatching: true, generation: 1, applied: 0, unchanged: 0 });
    put(file, `${base}sinks: { a: { use: rec, mark: 2 } }\n`);
    await expect.poll(() => notices.length, { timeout: 10_000 }).toBe(1);
    expect(notices[0]).toEqual({ outcome: "applied", generation: 2, changed: ["sinks.a"], origin: "file" });
    writeFileSync(file, `${base}sinks: [`);
    await expect.poll(() => notices.length, { timeout: 10_000 }).toBe(2);
    expect(notices[1]).toMatchObject({ outcome: "rejected", generation: 2, error: { code: "PLB_CONFIG_INVALID" } });
    expect(telemetry.report().reload.lastRejected?.code).toBe("PLB_CONFIG_INVALID");
    put(file, `${base}sinks: { a: { use: rec, mark: 3 } }\n`);
    await expect.poll(() => notices.length, { timeout: 10_000 }).toBe(3);
    expect(world.of("a").map(({ state }) => state)).toEqual(["closed", "closed", "started"]);
    expect(telemetry.report().reload).toMatchObject({
      generation: 3,
      applied: 2,
      rejected: 1,
      lastRejected: undefined,
    });
  });

  test("keeps a private copy of what is in force, with its variables as they are written", async () => {
    const secret = ["s3", "cret"].join("");
    const env = { TOKEN: secret };
    const { cwd, notices } = await run(new World(), `${base}redact: { keys: ["\${TOKEN}"] }\n`, { env });
    const copy = lastGoodIn(cwd);
    await expect.poll(() => readdirSync(cwd).includes(".plumbline.yaml.last-good"), { timeout: 10_000 }).toBe(true);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    const kept = (): string =>
      Buffer.from(/"content":\s*"([^"]+)"/.exec(readFileSync(copy, "utf8"))?.[1] ?? "", "base64").toString();
    expect(kept()).toContain("${TOKEN}");
    expect(readFileSync(copy, "utf8") + kept()).not.toContain(secret);
    put(join(cwd, "plumbline.yaml"), `${base}redact: { keys: ["\${GONE}"] }\n`);
    await expect.poll(() => notices.length, { timeout: 10_000 }).toBe(1);
    expect(kept()).toContain("${TOKEN}");
  });

  test("a restart with a bad file starts from it, says so, and takes the file when it is good", async () => {
    const world = new World();
    const { telemetry: first, cwd } = await run(world, `${base}sinks: { a: { use: rec, mark: 1 } }\n`);
    await expect.poll(() => readdirSync(cwd).includes(".plumbline.yaml.last-good"), { timeout: 10_000 }).toBe(true);
    await first.close();
    put(join(cwd, "plumbline.yaml"), `${base}sinks: { a: { use: rec, mrk`);
    const telemetry = await restart(world, cwd);
    expect(telemetry.report().reload).toMatchObject({
      origin: "lastGood",
      isWatching: true,
      lastRejected: { code: "PLB_CONFIG_INVALID" },
    });
    telemetry.emit("one");
    await telemetry.flush();
    expect(world.of("a").at(-1)?.lines).toEqual(["plumbline.reload.last_good", "one"]);
    const notices: ReloadNotice[] = [];
    telemetry.on("reload", (notice) => notices.push(notice));
    put(join(cwd, "plumbline.yaml"), `${base}sinks: { a: { use: rec, mark: 2 } }\n`);
    await expect.poll(() => notices.at(-1)?.outcome, { timeout: 10_000 }).toBe("applied");
    expect(telemetry.report().reload).toMatchObject({ origin: "file", lastRejected: undefined });
  });

  test("so does one whose component does not start; without a copy the start is refused", async () => {
    const world = new World();
    const { telemetry: first, cwd } = await run(world, `${base}sinks: { a: { use: rec, mark: 1 } }\n`);
    await expect.poll(() => readdirSync(cwd).includes(".plumbline.yaml.last-good"), { timeout: 10_000 }).toBe(true);
    await first.close();
    put(join(cwd, "plumbline.yaml"), `${base}sinks: { a: { use: rec, fails: true } }\n`);
    const telemetry = await restart(world, cwd);
    expect(telemetry.report().reload).toMatchObject({ origin: "lastGood", lastRejected: { code: "PLB_START_FAILED" } });
    await expect(restart(new World(), scratch({ "plumbline.yaml": `${base}sinks: [` }))).rejects.toMatchObject({
      code: "PLB_CONFIG_INVALID",
    });
  });

  test("reload() looks at once, and at the conditions and variables anew", async () => {
    const world = new World();
    const env: Record<string, string> = {};
    const yaml = `${base.replace("50ms", "1h").replace("5ms", "1ms")}sinks: { a: { use: rec, when: [{ env: ON }], mark: "\${MARK:-0}" } }\n`;
    const { telemetry, edit } = await run(world, yaml, { env });
    expect(telemetry.report().skipped).toHaveLength(1);
    env["ON"] = "1";
    expect(await telemetry.reload()).toMatchObject({ outcome: "applied", changed: ["sinks.a"] });
    env["MARK"] = "7";
    expect(await telemetry.reload()).toMatchObject({ outcome: "applied", changed: ["sinks.a"] });
    expect(world.of("a").at(-1)?.options.mark).toBe("7");
    expect(await telemetry.reload()).toMatchObject({ outcome: "unchanged" });
    await expect(edit(`${base}sinks: { a: { use: rec, fails: true } }\n`)).rejects.toMatchObject({
      code: "PLB_START_FAILED",
    });
    await expect(edit("sinks: [")).rejects.toMatchObject({ code: "PLB_CONFIG_INVALID" });
  });

  test("can be turned on and off by a reload; off, no copy stays behind", async () => {
    const world = new World();
    const off = "service: { name: shop }\njournal: { path: ./all.jsonl }\n";
    const { telemetry, cwd, edit, notices } = await run(world, off);
    expect(telemetry.report().reload.isWatching).toBe(false);
    await edit(base);
    expect(telemetry.report().reload.isWatching).toBe(true);
    put(join(cwd, "plumbline.yaml"), off);
    await expect.poll(() => notices.length, { timeout: 10_000 }).toBe(2);
    await expect.poll(() => telemetry.report().reload.isWatching, { timeout: 10_000 }).toBe(false);
    await expect.poll(() => readdirSync(cwd).includes(".plumbline.yaml.last-good"), { timeout: 10_000 }).toBe(false);
  });

  test("in a folder that cannot be written the copy is in the user's folder for state", async () => {
    const cwd = scratch({ "conf/plumbline.yaml": base.replace("./all", "../all") });
    const state = join(cwd, "state");
    mkdirSync(state);
    chmodSync(join(cwd, "conf"), 0o500);
    onTestFinished(() => chmodSync(join(cwd, "conf"), 0o700));
    const isRoot = process.getuid?.() === 0;
    await restart(new World(), cwd, { configFile: "conf/plumbline.yaml", env: { XDG_STATE_HOME: state } });
    const folder = isRoot ? join(cwd, "conf") : join(state, "plumbline");
    await expect
      .poll(
        () =>
          readdirSync(dirname(folder)).length > 0 && readdirSync(folder).some((name) => name.endsWith(".last-good")),
        { timeout: 10_000 },
      )
      .toBe(true);
  });
});
