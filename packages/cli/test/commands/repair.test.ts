import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { createFileSink } from "@plumbline/file";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/exit-code.ts";
import { runCommand } from "../recorded-console.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const EPOCH = "0123456789abc";
const line = (seq: number): string =>
  `${JSON.stringify({ id: `${EPOCH}:${seq}`, time: "2026-11-20T21:57:03.123456Z", severity: "INFO", body: "é" })}\n`;
const DAMAGE = '{"id":"0123456789abc:9","time":"20';

describe("repair", () => {
  test("sets aside what is torn and leaves whole lines as they are, byte for byte", async () => {
    const cwd = temporaryFolder();
    const path = join(cwd, "a.jsonl");
    writeFileSync(path, `${line(1)}\0\0\0\n${line(2)}${DAMAGE}`);
    const { code, out, err } = await runCommand(["repair", "a.jsonl"], { cwd });
    expect({ code, err }).toEqual({ code: EXIT.found, err: "" });
    expect(out).toMatch(/^file\s+whole lines\s+damaged\s+set aside in\na\.jsonl\s+2\s+2\s+a\.torn-\S+\n$/);
    expect(readFileSync(path, "utf8")).toBe(line(1) + line(2));
    const torn = readdirSync(cwd).filter((name) => name.startsWith("a.torn-"));
    expect(torn).toHaveLength(1);
    expect(readFileSync(join(cwd, torn[0] ?? ""), "utf8")).toBe(`\0\0\0\n${DAMAGE}`);
    expect((await runCommand(["verify", path], { cwd })).code).toBe(EXIT.ok);
    expect((await runCommand(["repair", "a.jsonl"], { cwd })).code).toBe(EXIT.ok);
  });

  test("repairs all files of a folder's journals, packed ones too, and touches none that is whole", async () => {
    const cwd = temporaryFolder();
    const folder = join(cwd, "t");
    mkdirSync(folder);
    const packed = join(folder, `shop.${EPOCH}-1.jsonl.gz`);
    writeFileSync(packed, gzipSync(`${line(1)}half\n${line(2)}`));
    writeFileSync(join(folder, "shop.jsonl"), line(3));
    const before = statSync(join(folder, "shop.jsonl"), { bigint: true });
    const { code, out } = await runCommand(["repair", "--json", "t"], { cwd });
    expect(code).toBe(EXIT.found);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      isDryRun: false,
      damaged: 1,
      failed: [],
      files: [
        { path: join("t", `shop.${EPOCH}-1.jsonl.gz`), wholeLines: 2, damaged: 1 },
        { path: join("t", "shop.jsonl"), wholeLines: 1, damaged: 0, setAside: null },
      ],
    });
    expect(gunzipSync(readFileSync(packed)).toString()).toBe(line(1) + line(2));
    const after = statSync(join(folder, "shop.jsonl"), { bigint: true });
    expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
  });

  test("changes nothing when it is only asked what it would do", async () => {
    const cwd = temporaryFolder();
    const text = `${line(1)}${DAMAGE}`;
    writeFileSync(join(cwd, "a.jsonl"), text);
    const { code, out } = await runCommand(["repair", "--dry-run", "a.jsonl"], { cwd });
    expect(code).toBe(EXIT.found);
    expect(out).toMatch(/a\.jsonl\s+1\s+1\s+\(dry run\)/);
    expect(readFileSync(join(cwd, "a.jsonl"), "utf8")).toBe(text);
    expect(readdirSync(cwd)).toEqual(["a.jsonl"]);
  });

  test("refuses a file that somebody writes, does the others, and exits with 3", async () => {
    const cwd = temporaryFolder();
    const sink = createFileSink({ path: join(cwd, "live.jsonl") });
    await sink.start();
    writeFileSync(join(cwd, "old.jsonl"), `${line(1)}${DAMAGE}`);
    for (const dryRun of [["--dry-run"], []]) {
      const { code, out, err } = await runCommand(["repair", ...dryRun, "live.jsonl", "old.jsonl"], { cwd });
      expect(code).toBe(EXIT.failed);
      expect(err).toContain("PLB_FILE_OWNED");
      expect(out).toContain("old.jsonl");
    }
    await sink.close();
    expect((await runCommand(["repair", "live.jsonl", "old.jsonl"], { cwd })).code).toBe(EXIT.ok);
  });

  test("of what is not there begins nothing", async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "empty"));
    for (const path of ["no.jsonl", "empty"]) {
      const { code, err } = await runCommand(["repair", path], { cwd });
      expect(code).toBe(EXIT.usage);
      expect(err).toContain("PLB_CLI_NO_FILE");
    }
  });
});
