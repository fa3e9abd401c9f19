import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { complaints, judge } from "../src/verdict.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

test(
  "with stand-ins, which it says: parallel parts are taken incomplete, what Plumbline hands on never is",
  { timeout: 120_000 },
  () => {
    const { PLUMBLINE_EXAMPLE_S3: _s3, PLUMBLINE_EXAMPLE_SFTP: _sftp, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN], { encoding: "utf8", env });
    expect(stdout, stderr).toContain("from a stand-in for S3 to ssh2's server");
    expect(stdout).toContain("\nskipped: the same with a real S3 server and OpenSSH");
    expect(stdout.match(/^plumbline handoff .* 8 of 8 +0$/gm)?.length, stdout).toBe(3);
    expect(stdout).toMatch(/^in parallel parts +its size .* of 8 +[1-8]$/m);
    expect(status, stdout).toBe(0);
  },
);

test("the verdict: a file that was not whole, one that was missed, and a control that shows nothing are each told", () => {
  const files = [{ name: "a", size: 1, sha256: "right" }];
  const seen = (sha256: string): Parameters<typeof judge>[2] =>
    (["size", "time", "listing"] as const).map((sign) => ({ sign, name: "a", sha256 }));
  const [whole, half, missed] = [seen("right"), seen("wrong"), []].map((taken) => judge("x", files, taken));
  if (whole === undefined || half === undefined || missed === undefined) throw new Error("not judged");
  expect(complaints(half, whole)).toEqual([]);
  expect(complaints(whole, whole)).toHaveLength(1);
  expect(complaints(half, half)).toHaveLength(3);
  expect(complaints(half, missed)).toHaveLength(3);
});
