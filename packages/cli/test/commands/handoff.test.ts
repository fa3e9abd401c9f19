import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
    expect(code).not.toBe(EXIT.ok);
    expect(err).toContain("npm install @plumbline/handoff-gopher");
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
      export { shelf };
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
