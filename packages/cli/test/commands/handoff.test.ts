import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LineRecord } from "@plumbline/core";
import { createFileSink } from "@plumbline/file";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/exit-code.ts";
import { run } from "../../src/run.ts";
import { recordedConsole, runCommand } from "../recorded-console.ts";
import { temporaryFolder } from "../temporary-folder.ts";

function scene(): { readonly cwd: string; readonly env: Readonly<Record<string, string>> } {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, "out"));
  writeFileSync(join(cwd, "out", "a.csv"), "a,b\n");
  writeFileSync(join(cwd, "out", "b.csv.part"), "half");
  return { cwd, env: { XDG_STATE_HOME: join(cwd, "state") } };
}

const linesOf = (text: string): readonly unknown[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));

describe("handoff", () => {
  test("once hands on what is in a folder, verify finds it whole, and a second run does nothing", async () => {
    const { cwd, env } = scene();
    const once = ["handoff", "once", "out", "in", "--commit", "rename"];
    const first = await runCommand(once, { cwd, env });
    expect(first).toMatchObject({ code: EXIT.ok, err: "handed on: 1 (4 B)\n" });
    expect(linesOf(first.out)).toMatchObject([
      { kind: "begun", name: "a.csv", guarantee: "committed" },
      { kind: "delivered", name: "a.csv", outcome: "published", verified: "read-back" },
    ]);
    expect(readFileSync(join(cwd, "in", "a.csv"), "utf8")).toBe("a,b\n");
    expect(await runCommand(once, { cwd, env })).toMatchObject({ code: EXIT.ok, err: "handed on: 0 (0 B)\n", out: "" });
    expect(await runCommand(["handoff", "verify", "in"], { cwd, env })).toMatchObject({
      code: EXIT.ok,
      err: "whole: 1, absent: 0, different: 0\n",
    });
    writeFileSync(join(cwd, "in", "a.csv"), "x,y\n");
    expect(await runCommand(["handoff", "verify", "in"], { cwd, env })).toMatchObject({
      code: EXIT.found,
      out: "different: a.csv\n",
    });
  });

  test("a second run goes on where the first was only for the same destination, wherever it is started", async () => {
    const { cwd, env } = scene();
    const source = join(cwd, "out");
    for (const here of ["x", "y"]) mkdirSync(join(cwd, here));
    const once = ["handoff", "once", source, "in", "--commit", "rename"];
    for (const here of ["x", "y"]) {
      const first = await runCommand(once, { cwd: join(cwd, here), env });
      expect(first, here).toMatchObject({ code: EXIT.ok, err: "handed on: 1 (4 B)\n" });
      expect(readFileSync(join(cwd, here, "in", "a.csv"), "utf8"), here).toBe("a,b\n");
    }
    const same = ["handoff", "once", source, join(cwd, "x", "in"), "--commit", "rename"];
    expect(await runCommand(same, { cwd, env })).toMatchObject({ err: "handed on: 0 (0 B)\n" });
  });

  test("a state that was kept for another destination is refused, and no source is taken for delivered", async () => {
    const { cwd, env } = scene();
    const once = (to: string): readonly string[] => [
      "handoff",
      "once",
      "out",
      to,
      "--commit",
      "rename",
      "--state",
      "s",
    ];
    expect((await runCommand(once("in"), { cwd, env })).code).toBe(EXIT.ok);
    const other = await runCommand([...once("other"), "--after", "delete"], { cwd, env });
    expect(other.code, other.err).toBe(EXIT.usage);
    expect(other.err).toContain("PLB_HANDOFF_OTHER_DESTINATION");
    expect(readdirSync(join(cwd, "out"))).toContain("a.csv");
  });

  test("a single file that its producer has not committed is refused, and explain says why", async () => {
    const { cwd, env } = scene();
    const judging = ["--commit", "marker", "--require", "committed"];
    const refused = await runCommand(["handoff", "once", "out/a.csv", "in", ...judging], { cwd, env });
    expect(refused.code).not.toBe(EXIT.ok);
    expect(refused.err).toContain("PLB_HANDOFF_NOT_COMMITTED");
    const explained = await runCommand(["handoff", "explain", "out/a.csv", "--json", ...judging], { cwd, env });
    expect(explained.code).toBe(EXIT.found);
    expect(linesOf(explained.out)).toEqual([
      { file: "out/a.csv", verdict: "wait", guarantee: null, evidence: ["not committed: a.csv.done is not there"] },
    ]);
    const half = ["out/b.csv.part", "--commit", "rename"];
    expect((await runCommand(["handoff", "explain", ...half], { cwd, env })).out).toContain("never taken");
    const [path = "", ...rule] = half;
    const unfinished = await runCommand(["handoff", "once", path, "in", ...rule], { cwd, env });
    expect(unfinished.err).toContain("PLB_HANDOFF_SOURCE_INVALID");
    writeFileSync(join(cwd, "out", "a.csv.done"), "");
    expect((await runCommand(["handoff", "explain", "out/a.csv", ...judging], { cwd, env })).code).toBe(EXIT.ok);
    expect((await runCommand(["handoff", "once", "out/a.csv", "in", ...judging], { cwd, env })).code).toBe(EXIT.ok);
  });

  test("what is set aside is told by the exit code and by status", async () => {
    const { cwd, env } = scene();
    mkdirSync(join(cwd, "in"));
    writeFileSync(join(cwd, "in", "a.csv"), "theirs");
    const arguments_ = ["handoff", "once", "out", "in", "--commit", "rename", "--state", "st"];
    expect((await runCommand(arguments_, { cwd, env })).code).toBe(EXIT.found);
    const status = await runCommand(["handoff", "status", "st", "--json"], { cwd, env });
    expect(status.code).toBe(EXIT.found);
    expect(linesOf(status.out)).toEqual([
      { delivered: 0, publishing: 0, aside: 1, setAside: [{ name: "a.csv", code: "PLB_HANDOFF_NAME_TAKEN" }] },
    ]);
  });

  test("once ends though its destination never takes the file, says which and why, and the file stays", async () => {
    const { cwd, env } = scene();
    const folder = join(cwd, "node_modules", "@plumbline", "handoff-poison");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", exports: "./index.js" }));
    writeFileSync(
      join(folder, "index.js"),
      `const stage = async () => { throw Object.assign(new Error("nobody answers"), { code: "ETIMEDOUT" }); };
      const start = async () => ({ overwrite: ["same"] });
      const create = () => ({ start, stage, inspect: async () => undefined, async *manifests() {}, reap: async () => 0, close() {} });
      const options = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
      export const poison = { id: "@plumbline/handoff-poison", kind: "destination", apiVersion: 1, options, create };`,
    );
    const to = ["poison://there", "--commit", "rename", "--after", "delete", "--state", "st", "--give-up-after", "1ms"];
    const { code, out, err } = await runCommand(["handoff", "once", "out/a.csv", ...to], { cwd, env });
    expect(code, err).toBe(EXIT.found);
    expect(linesOf(out).at(-1)).toMatchObject({ kind: "aside", name: "a.csv", code: "ETIMEDOUT" });
    expect(readdirSync(join(cwd, "out"))).toContain("a.csv");
    const wrong = await runCommand(["handoff", "once", "out", "in", "--give-up-after", "soon"], { cwd, env });
    expect(wrong).toMatchObject({ code: EXIT.usage, err: expect.stringContaining("--give-up-after") as string });
  });

  test("what is left out, since it cannot be looked at, is told by the exit code", async () => {
    const { cwd, env } = scene();
    const sum = join(cwd, "out", "a.csv.sha256");
    writeFileSync(sum, "");
    truncateSync(sum, 64 * 1024 + 1); // more than any checksum may have
    const { code, err } = await runCommand(["handoff", "once", "out", "in", "--commit", "manifest"], { cwd, env });
    expect({ code, err }).toEqual({
      code: EXIT.found,
      err: `left out: ${join(cwd, "out", "a.csv")} (EFBIG)\nhanded on: 0 (0 B)\n`,
    });
  });

  test("receive takes each file once, and leaves what has no manifest", async () => {
    const { cwd, env } = scene();
    await runCommand(["handoff", "once", "out", "in", "--commit", "rename"], { cwd, env });
    writeFileSync(join(cwd, "in", "stray.csv"), "of somebody else");
    const first = await runCommand(["handoff", "receive", "in", "taken", "--once"], { cwd, env });
    expect(linesOf(first.out)).toMatchObject([{ kind: "taken", name: "a.csv", size: 4 }]);
    expect(readdirSync(join(cwd, "taken")).filter((name) => !name.startsWith("."))).toEqual(["a.csv"]);
    expect(readdirSync(join(cwd, "in")).filter((name) => !name.startsWith("."))).toEqual(["stray.csv"]);
    const second = await runCommand(["handoff", "receive", "in", "taken", "--once"], { cwd, env });
    expect(second.out).toBe("");
  });

  test("run hands on as a config says, until it is stopped", async () => {
    const { cwd, env } = scene();
    writeFileSync(
      join(cwd, "plumbline.yaml"),
      'service: { name: x }\nservices:\n  archive: { use: "@plumbline/handoff", from: ./out, to: ./in, state: ./st, commit: rename }\n',
    );
    const stop: (() => void)[] = [];
    const { console, interruptions, out, err } = recordedConsole({
      cwd,
      env,
      onOut: (text) => {
        if (text.includes('"delivered"')) for (const each of stop) each();
      },
    });
    stop.push(() => interruptions.terminate());
    expect(await run(["handoff", "run"], console), err()).toBe(EXIT.terminated);
    expect(out()).toContain('"name":"a.csv"');
    expect(readdirSync(join(cwd, "in"))).toContain("a.csv");
  });

  test("run hands on what the service's processes would: the journal and its slots, with the state in the first one's folder", async () => {
    const { cwd, env } = scene();
    const rest = JSON.stringify({ time: "2026-11-20T00:00:00.000000Z", severity: "INFO", name: "test" }).slice(1);
    for (const name of ["shop.jsonl", "shop.slot2.jsonl"]) {
      const path = join(cwd, "telemetry", name);
      const journal = createFileSink({ path, lines: "journal", rotate: { maxBytes: 4096 } });
      await journal.start();
      for (let n = 0; n < 60; n++)
        journal.append(new LineRecord(rest, rest.length + 1, Date.UTC(2026, 10, 20) * 1000, 0, 9, "test", "logs"));
      await journal.close();
    }
    const slots = [/^shop\.[^.]+\.jsonl/, /^shop\.slot2\.[^.]+\.jsonl/];
    const arrived = (): boolean => {
      const names = existsSync(join(cwd, "in")) ? readdirSync(join(cwd, "in")) : [];
      return slots.every((slot) => names.some((name) => slot.test(name)));
    };
    writeFileSync(
      join(cwd, "plumbline.yaml"),
      'service: { name: shop }\njournal: { path: telemetry/shop.jsonl }\nservices:\n  archive: { use: "@plumbline/handoff", from: journal, to: ./in }\n',
    );
    const { console, interruptions, err } = recordedConsole({
      cwd,
      env,
      onOut: (text) => {
        if (text.includes('"delivered"') && arrived()) interruptions.terminate();
      },
    });
    expect(await run(["handoff", "run"], console), err()).toBe(EXIT.terminated);
    expect(readdirSync(join(cwd, "telemetry", "shop.data", "services.archive", "handoff"))).toContain("owner");
  });

  test("run leaves out what the config leaves out here, and its sources stay", async () => {
    const { cwd, env } = scene();
    const archive = 'use: "@plumbline/handoff", from: ./out, to: ./in, state: ./st, commit: rename, after: delete';
    for (const [more, reason] of [
      ["enabled: false", "enabled is false"],
      ["when: [{ env: ARCHIVE_HERE }]", "ARCHIVE_HERE is not set"],
      ["assert: [{ env: ARCHIVE_HERE }]", "PLB_ASSERT_FAILED"],
    ] as const) {
      const config = `service: { name: x }\nservices:\n  archive: { ${archive}, ${more} }\n`;
      writeFileSync(join(cwd, "plumbline.yaml"), config);
      const { console, interruptions, err } = recordedConsole({ cwd, env, onOut: () => interruptions.terminate() });
      const code = await run(["handoff", "run"], console);
      expect(code, err()).toBe(more.startsWith("assert") ? EXIT.failed : EXIT.usage);
      expect(err()).toContain(reason);
      expect(readdirSync(join(cwd, "out")), more).toContain("a.csv");
    }
  });

  test("run refuses what is wrong in `from` and `to` before it starts anything, and a variable there may be a number", async () => {
    const { cwd, env } = scene();
    const pickup = `
      const validate = (value) => typeof value.count === "number" ? { value } : { issues: [{ path: ["count"], message: "is refused" }] };
      export const counted = { id: "@shop/counted", kind: "pickup", apiVersion: 1, options: { "~standard": { version: 1, vendor: "test", validate } },
        create: ({ count }) => ({ async *items() { throw Object.assign(new Error("begun"), { code: "E" + count }); }, close() {} }) };
    `;
    writeFileSync(join(cwd, "counted.mjs"), pickup);
    const config = (to: string): void =>
      writeFileSync(
        join(cwd, "plumbline.yaml"),
        `service: { name: x }\nservices:\n  a: { use: "@plumbline/handoff", from: { use: ./counted.mjs, count: "\${COUNT}" }, to: ${to}, state: ./st }\n`,
      );
    config("{ use: directory, path: ./in, pubish: linear }");
    const wrong = await runCommand(["handoff", "run"], { cwd, env: { ...env, COUNT: "many" } });
    expect(wrong.code).toBe(EXIT.usage);
    expect(wrong.err).toContain("services.a.to.pubish");
    expect(wrong.err).toContain("services.a.from.count");
    expect(readdirSync(cwd)).not.toContain("st");
    config("./in");
    const { console, interruptions, err } = recordedConsole({
      cwd,
      env: { ...env, COUNT: "17" },
      onErr: (text) => {
        if (text.includes("begins again")) interruptions.terminate();
      },
    });
    expect(await run(["handoff", "run"], console), err()).toBe(EXIT.terminated);
    expect(err()).toContain("has failed (E17)");
  });

  test("run says at once which hand-off has failed and why, and lets it begin again", async () => {
    const { cwd, env } = scene();
    const pickup = `
      export const broken = { id: "@shop/broken", kind: "pickup", apiVersion: 1, create: () => ({
        async *items() { throw Object.assign(new Error("no more room"), { code: "ENOSPC" }); },
        close() {},
      }) };
    `;
    writeFileSync(join(cwd, "broken.mjs"), pickup);
    const config =
      'service: { name: x }\nservices:\n  archive: { use: "@plumbline/handoff", from: { use: ./broken.mjs }, to: ./in, state: ./st }\n';
    writeFileSync(join(cwd, "plumbline.yaml"), config);
    const { console, interruptions, err } = recordedConsole({
      cwd,
      env,
      onErr: (text) => {
        if (text.includes("begins again")) interruptions.terminate();
      },
    });
    expect(await run(["handoff", "run"], console), err()).toBe(EXIT.terminated);
    expect(err()).toContain("The hand-off archive has failed (ENOSPC), and begins again in");
  });

  test("a reader of the events that has gone ends nothing; an output that fails ends with its code", async () => {
    const { cwd, env } = scene();
    for (const name of ["b", "c", "d"]) writeFileSync(join(cwd, "out", `${name}.csv`), name);
    const failing = (code: string) => (): void => {
      throw Object.assign(new Error(code), { code });
    };
    const once = ["handoff", "once", "out", "in", "--commit", "rename"];
    const gone = await runCommand(once, { cwd, env, onOut: failing("EPIPE") });
    expect(gone).toMatchObject({ code: EXIT.ok, err: "handed on: 4 (7 B)\n" });
    writeFileSync(join(cwd, "out", "a.csv"), "x,y\n");
    const aside = await runCommand(once, { cwd, env, onOut: failing("EPIPE") });
    expect(aside.code, aside.err).toBe(EXIT.found);
    writeFileSync(join(cwd, "out", "e.csv"), "e");
    const full = await runCommand(once, { cwd, env, onOut: failing("ENOSPC") });
    expect(full).toMatchObject({ code: EXIT.failed, err: expect.stringContaining("PLB_CLI_OUTPUT_FAILED") as string });
  });

  test("a destination whose package is not there is an error that says what to install", async () => {
    const { cwd, env } = scene();
    const { code, err } = await runCommand(["handoff", "once", "out", "gopher://host/x"], { cwd, env });
    expect(code).toBe(EXIT.usage);
    expect(err).toContain("npm install @plumbline/handoff-gopher");
  });

  test("an option that is not right is the command line's fault: nothing was begun", async () => {
    const { cwd, env } = scene();
    for (const args of [
      ["once", "out", "in", "--set", "pubish=linear"],
      ["once", "out", "sftp://shop@h/in"],
    ]) {
      const result = await runCommand(["handoff", ...args], { cwd, env });
      expect(result.code, result.err).toBe(EXIT.usage);
      expect(result.err).toContain("PLB_PLUGIN_OPTIONS_INVALID");
    }
  });

  test("durations read as they do in a config", async () => {
    const { cwd, env } = scene();
    const once = ["handoff", "once", "out", "in", "--commit", "rename"];
    const handed = await runCommand([...once, "--give-up-after", "1d", "--settle", "0.5 s"], { cwd, env });
    expect(handed.code, handed.err).toBe(EXIT.ok);
    for (const option of ["--give-up-after", "--settle"]) {
      const refused = await runCommand([...once, option, "1m30s"], { cwd, env });
      expect(refused, option).toMatchObject({ code: EXIT.usage, err: expect.stringContaining(option) as string });
    }
  });

  test("verify makes nothing and claims nothing where nothing was handed on; status wants a state folder", async () => {
    const { cwd, env } = scene();
    const verified = await runCommand(["handoff", "verify", "mistyped"], { cwd, env });
    expect(verified).toMatchObject({
      code: EXIT.found,
      err: expect.stringContaining("nothing was compared") as string,
    });
    expect(readdirSync(cwd)).not.toContain("mistyped");
    const status = await runCommand(["handoff", "status", "mistyped"], { cwd, env });
    expect(status).toMatchObject({ code: EXIT.usage, out: "" });
    expect(status.err).toContain("mistyped is no state folder");
  });

  describe("once, from an address", () => {
    /** A pick-up of somebody else's: one file, made of what it was told. */
    const SHELF = `
      const shelf = {
        id: "@plumbline/handoff-shelf/pickup", kind: "pickup", apiVersion: 1,
        options: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
        create: (options) => ({
          async *items() {
            const content = Buffer.from(JSON.stringify(options));
            yield {
              key: "0".repeat(32), name: "told.json", guarantee: "committed", evidence: [], size: content.length,
              async *read() { yield content; },
              async recheck() {},
              async settle() {},
            };
          },
          close() {},
        }),
      };
      const validate = (value) => typeof value.count === "number" && typeof value.isNew === "boolean"
        ? { value }
        : { issues: ["count", "isNew"].map((key) => ({ path: [key], message: "is refused" })) };
      const far = {
        id: "@plumbline/handoff-shelf", kind: "destination", apiVersion: 1,
        options: { "~standard": { version: 1, vendor: "test", validate } },
        create: (options) => ({
          async *manifests() { yield { name: JSON.stringify(options), size: 1, created: "" }; },
          async inspect() {
            if (options.url === "shelf://gone") throw Object.assign(new Error("the shelf is gone"), { code: "ENOENT" });
          },
          async stage() {}, async reap() {}, close() {},
          async start() { throw new Error("only looked at"); },
        }),
      };
      export { shelf, far };
    `;

    function shelfScene(): ReturnType<typeof scene> {
      const given = scene();
      const folder = join(given.cwd, "node_modules", "@plumbline", "handoff-shelf");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(given.cwd, "package.json"), "{}");
      writeFileSync(
        join(folder, "package.json"),
        '{"name":"@plumbline/handoff-shelf","type":"module","main":"index.js"}',
      );
      writeFileSync(join(folder, "index.js"), SHELF);
      return given;
    }

    test("its package's pick-up gives what is there, with the options that are set", async () => {
      const { cwd, env } = shelfScene();
      const given = ["--set-source", "marker=.done", "--set-source", "once=no", "--after", "delete"];
      const once = await runCommand(["handoff", "once", "shelf://top/left", "in", ...given], { cwd, env });
      expect(once, once.err).toMatchObject({ code: EXIT.ok });
      expect(JSON.parse(readFileSync(join(cwd, "in", "told.json"), "utf8"))).toEqual({
        url: "shelf://top/left",
        after: "delete",
        marker: ".done",
        once: true,
      });
      const again = await runCommand(["handoff", "once", "shelf://top/left", "in", ...given], { cwd, env });
      expect(again).toMatchObject({ code: EXIT.ok, err: "handed on: 0 (0 B)\n" });
    });

    test("what is set is a number or true or false only where text is refused", async () => {
      const { cwd, env } = shelfScene();
      const given = ["count=17", "isNew=true", "version=1.10", "exact=true"].flatMap((each) => ["--set", each]);
      const { out, err } = await runCommand(["handoff", "verify", "shelf://top", "--json", ...given], { cwd, env });
      expect(err).toContain("absent: 1");
      const line = linesOf(out)[0] as { readonly name: string };
      expect(JSON.parse(line.name)).toEqual({
        url: "shelf://top",
        count: 17,
        isNew: true,
        version: "1.10",
        exact: "true",
      });
    });

    test("what verify cannot look at ends it with what the destination says of it", async () => {
      const { cwd, env } = shelfScene();
      const given = ["--set", "count=17", "--set", "isNew=true"];
      const { code, err } = await runCommand(["handoff", "verify", "shelf://gone", ...given], { cwd, env });
      expect(code, err).toBe(EXIT.failed);
      expect(err).toContain("the shelf is gone");
    });

    test.each([
      [["shelf://top", "in", "--commit", "rename"], "--commit"],
      [["shelf://top", "in", "--commit-ending", ".ok"], "--commit-ending"],
      [["shelf://top", "in", "--recursive"], "--recursive"],
      [["shelf://top", "in", "--settle", "1s"], "--settle"],
      [["out", "in", "--set-source", "marker=.done"], "--set-source"],
    ])("what says nothing there is refused: %j", async (given, named) => {
      const { cwd, env } = shelfScene();
      const { code, err } = await runCommand(["handoff", "once", ...given], { cwd, env });
      expect(code).toBe(EXIT.usage);
      expect(err).toContain(named);
    });

    test("a package without a pick-up is named", async () => {
      const { cwd, env } = scene();
      const { code, err } = await runCommand(["handoff", "once", "sftp://in@host/x", "in"], { cwd, env });
      expect(code).not.toBe(EXIT.ok);
      expect(err).toContain("@plumbline/handoff-sftp has no pickup");
    });
  });
});
