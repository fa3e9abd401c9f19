import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/exit-code.ts";
import { runCommand } from "../recorded-console.ts";
import { temporaryFolder } from "../temporary-folder.ts";

function folderWith(config: string, name = "plumbline.yaml"): string {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, name), config);
  return cwd;
}

const WRONG =
  "servise: { name: shop }\njournal:\n  rotate: { maxBytes: lots }\nsinks:\n  out: { use: fiel, path: ./x.jsonl }\n";

describe("validate", () => {
  test("accepts a valid config", async () => {
    expect(await runCommand(["validate"], { cwd: folderWith("service: { name: shop }\n") })).toEqual({
      code: EXIT.ok,
      out: "ok: plumbline.yaml is valid\n",
      err: "",
    });
  });

  test("lists every mistake with its place, what was expected and the nearest name", async () => {
    const { code, out } = await runCommand(["validate"], { cwd: folderWith(WRONG) });
    expect(code).toBe(EXIT.usage);
    expect(out).toMatch(/^plumbline\.yaml:1:1 .*did you mean service\? PLB_CONFIG_UNKNOWN_KEY$/m);
    expect(out).toMatch(/^plumbline\.yaml:3:23 journal\.rotate\.maxBytes: .*\(expected .*64MiB.*\) PLB_CONFIG_VALUE$/m);
    expect(out).toMatch(/^plumbline\.yaml:5:15 sinks\.out\.use: .*did you mean file\? PLB_PLUGIN_NOT_FOUND$/m);
    expect(out).toMatch(/^not ok: plumbline\.yaml has 3 problems$/m);
  });

  test("tells a program", async () => {
    const { code, out } = await runCommand(["validate", "--json"], { cwd: folderWith(WRONG) });
    expect(code).toBe(EXIT.usage);
    const result = JSON.parse(out) as { ok: boolean; file: string; problems: { line: number; code: string }[] };
    expect(result.ok).toBe(false);
    expect(result.problems.map(({ line, code: each }) => [line, each])).toEqual([
      [1, "PLB_CONFIG_UNKNOWN_KEY"],
      [3, "PLB_CONFIG_VALUE"],
      [5, "PLB_PLUGIN_NOT_FOUND"],
    ]);
  });

  test("checks the file that is named, and the one in PLUMBLINE_CONFIG", async () => {
    const cwd = folderWith("service: 7\n", "other.yaml");
    expect((await runCommand(["validate", "other.yaml"], { cwd })).code).toBe(EXIT.usage);
    expect((await runCommand(["validate"], { cwd, env: { PLUMBLINE_CONFIG: "other.yaml" } })).code).toBe(EXIT.usage);
    const missing = await runCommand(["validate", "missing.yaml"], { cwd });
    expect(missing.code).toBe(EXIT.usage);
    expect(missing.out).toContain("PLB_CONFIG_NOT_FOUND");
  });

  test("does not pass where there is nothing to check", async () => {
    const { code, err } = await runCommand(["validate"], { cwd: temporaryFolder() });
    expect(code).toBe(EXIT.usage);
    expect(err).toContain("PLB_CLI_NO_CONFIG");
  });

  test("says nothing that the config keeps in a variable", async () => {
    const cwd = folderWith('redact: { hashKey: "${KEY}", actions: { key: hash } }\n');
    const { out } = await runCommand(["validate"], { cwd, env: { KEY: "tooshort" } });
    expect(out).toContain("not ok");
    expect(out).not.toContain("tooshort");
  });
});
