// Every detector of the redaction against a text of 4 MiB of its own: `npm run test:linear`, some two minutes. In `npm test` all of them are tried too, in texts that they share.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { binOf } from "./lib/bin.mjs";

const root = resolve(import.meta.dirname, "..");
const report = join(root, "reports/linear.json");
rmSync(report, { force: true });
const { status } = spawnSync(
  process.execPath,
  [
    binOf("vitest"),
    "run",
    "packages/core/test/redact/linear.test.ts",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ],
  { cwd: root, stdio: "inherit", env: { ...process.env, PLUMBLINE_LINEAR: "1" } },
);
process.exitCode = status ?? 1;
