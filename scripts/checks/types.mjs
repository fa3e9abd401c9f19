// Type-checks sources and tests of every workspace against the sources of the others: `node scripts/checks/types.mjs [root]`.
// The build leaves the tests out.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { binOf } from "../lib/bin.mjs";
import { report } from "../lib/report.mjs";
import { listWorkspaces } from "../lib/workspaces.mjs";

const root = process.argv[2] ?? ".";
const workspaces = listWorkspaces(root);
const problems = [];
for (const { dir } of workspaces) {
  if (!existsSync(join(root, dir, "tsconfig.json"))) {
    problems.push(`${dir}: no tsconfig.json`);
    continue;
  }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [binOf("typescript", "tsc"), "--project", join(dir, "tsconfig.json"), "--pretty", "false"],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  if (status !== 0) problems.push(`${stdout}${stderr}`.trim());
}
report(`types of ${workspaces.length} workspaces`, problems);
