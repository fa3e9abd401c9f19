import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/exit-code.ts";
import { runCommand } from "../recorded-console.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const [FIRST, SECOND] = ["0123456789abc", "0123456789abd"];
const line = (epoch: string, seq: number, second: number): string =>
  `${JSON.stringify({ id: `${epoch}:${seq}`, time: `2026-11-20T21:57:${String(second).padStart(2, "0")}.000000Z`, severity: "INFO", body: `${epoch.at(-1)}${seq}` })}\n`;
const bodies = (text: string): string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((each) => (JSON.parse(each) as { body: string }).body);

/** A journal `t/shop.jsonl` with a segment, a file `b.jsonl`, and a link to that. */
function folderWithLink(): string {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, "t"));
  writeFileSync(join(cwd, "t", `shop.${FIRST}-1.jsonl`), line(FIRST, 1, 10));
  writeFileSync(join(cwd, "t", "shop.jsonl"), line(FIRST, 2, 30));
  writeFileSync(join(cwd, "b.jsonl"), line(SECOND, 1, 20));
  symlinkSync("b.jsonl", join(cwd, "link.jsonl"));
  return cwd;
}

describe("merge", () => {
  test("brings files together in time order, packed or not, lines as they are", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "a.jsonl"), line(FIRST, 1, 10) + line(FIRST, 2, 30));
    writeFileSync(join(cwd, "b.jsonl.gz"), gzipSync(line(SECOND, 1, 20) + line(SECOND, 2, 40)));
    const { code, out, err } = await runCommand(["merge", "a.jsonl", "b.jsonl.gz"], { cwd });
    expect({ code, err }).toEqual({ code: EXIT.ok, err: "" });
    expect(out).toBe(line(FIRST, 1, 10) + line(SECOND, 1, 20) + line(FIRST, 2, 30) + line(SECOND, 2, 40));
  });

  test("reads the journals of a folder with their segments", async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "t"));
    writeFileSync(join(cwd, "t", `shop.${FIRST}-1.jsonl`), line(FIRST, 1, 10));
    writeFileSync(join(cwd, "t", "shop.jsonl"), line(FIRST, 2, 30));
    writeFileSync(join(cwd, "t", "shop.slot2.jsonl"), line(SECOND, 1, 20));
    expect(bodies((await runCommand(["merge", "t"], { cwd })).out)).toEqual(["c1", "d1", "c2"]);
  });

  test("writes a new file that only its owner can read, and overwrites one only when told to", async () => {
    const cwd = temporaryFolder();
    const path = join(cwd, "all.jsonl");
    writeFileSync(join(cwd, "a.jsonl"), line(FIRST, 1, 10));
    expect((await runCommand(["merge", "a.jsonl", "--out", "all.jsonl"], { cwd })).code).toBe(EXIT.ok);
    expect(readFileSync(path, "utf8")).toBe(line(FIRST, 1, 10));
    expect(statSync(path).mode & 0o777).toBe(0o600);

    const refused = await runCommand(["merge", "a.jsonl", "--out", "all.jsonl"], { cwd });
    expect(refused.code).toBe(EXIT.usage);
    expect(refused.err).toContain("PLB_CLI_FILE_EXISTS");
    expect((await runCommand(["merge", "a.jsonl", "--out", "all.jsonl", "--force"], { cwd })).code).toBe(EXIT.ok);
  });

  test.each([
    ["by its name", "b.jsonl", "b.jsonl"],
    ["through a link", "link.jsonl", "b.jsonl"],
    ["as a journal's file", "t/shop.jsonl", "t/shop.jsonl"],
    ["as a journal's segment", `t/shop.${FIRST}-1.jsonl`, `t/shop.${FIRST}-1.jsonl`],
  ])("never overwrites what it reads, %s", async (_, out, real) => {
    const cwd = folderWithLink();
    const before = readFileSync(join(cwd, real), "utf8");
    const { code, err } = await runCommand(["merge", "t", "b.jsonl", "--out", out, "--force"], { cwd });
    expect(code).toBe(EXIT.usage);
    expect(err).toContain("PLB_CLI_USAGE");
    expect(err).toContain(`${out} is not overwritten`);
    expect(readFileSync(join(cwd, real), "utf8")).toBe(before);
  });

  test("reads a file once that is named twice, by another spelling, through a link, or beside its folder", async () => {
    const cwd = folderWithLink();
    const again = ["b.jsonl", "./t/../b.jsonl", "link.jsonl", `t/shop.${FIRST}-1.jsonl`, "t", "t/"];
    const { code, out, err } = await runCommand(["merge", ...again], { cwd });
    expect(bodies(out)).toEqual(["c1", "d1", "c2"]);
    expect(code).toBe(EXIT.ok);
    expect(err.split("\n").slice(0, -1)).toHaveLength(4);
    expect(err).toContain("link.jsonl is read once: b.jsonl has its lines");
    expect(err).toContain(`t/shop.${FIRST}-1.jsonl is read once: t/shop.jsonl has its lines`);
  });

  test("says what is damaged and exits with 1", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "a.jsonl"), `${line(FIRST, 1, 10)}{"id":`);
    const { code, out, err } = await runCommand(["merge", "a.jsonl"], { cwd });
    expect(code).toBe(EXIT.found);
    expect(out).toBe(line(FIRST, 1, 10));
    expect(err).toContain("a.jsonl: 6 bytes at");
  });

  test("writes nothing when a source is not there", async () => {
    const cwd = temporaryFolder();
    const { code, err } = await runCommand(["merge", "no.jsonl", "--out", "all.jsonl"], { cwd });
    expect(code).toBe(EXIT.usage);
    expect(err).toContain("PLB_CLI_NO_FILE");
    expect(existsSync(join(cwd, "all.jsonl"))).toBe(false);
  });
});
