import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

test("the story holds beside the stand-in, which says that it is none", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN], {
    encoding: "utf8",
    env: { ...process.env, PLUMBLINE_PROMETHEUS: "/no/such/prometheus" },
  });
  expect(stderr).toBe("");
  expect(stdout).toContain("beside a stand-in");
  expect(stdout).toContain("\nskipped: the same beside a real Prometheus");
  expect(stdout.match(/^ok /gm)?.length).toBe(7);
  expect(stdout).not.toContain("WRONG");
  expect(status).toBe(0);
});
