// Suites of `npm test` in a longer form, which CI runs as well: `npm run test:linear`, `test:outage`, `test:benches`, `test:rounds`. What the environment says already counts.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { binOf } from "./lib/bin.mjs";

const FORMS = {
  // Every detector against a text of 4 MiB of its own, where in `npm test` they share some; and every way to write a name and a value, where it tries one in 53.
  linear: {
    suites: ["packages/core/test/redact/linear.test.ts", "packages/core/test/redact/linear-names.test.ts"],
    env: { PLUMBLINE_LINEAR: "1" },
  },
  // A collector that is down for a minute, at 5,000 events a second.
  outage: { suites: ["packages/otlp/test/outage.process.test.ts"], env: { PLUMBLINE_OUTAGE_SECONDS: "60" } },
  // Every cell of every bench; in `npm test` some stand for those that do the same with another contender.
  benches: { suites: ["packages/bench/test/benches.test.ts"], env: { PLUMBLINE_BENCH_CELLS: "all" } },
  // What draws its scenes from a seed, or kills at random: more of them.
  rounds: {
    suites: [
      "packages/core/test/pipeline/schedules.test.ts",
      "packages/core/test/redact/attack.test.ts",
      "packages/file/test/faults.test.ts",
      "packages/handoff/test/kill.process.test.ts",
      "packages/handoff-s3/test/kill.process.test.ts",
      "packages/handoff/test/receiver.process.test.ts",
      "packages/otlp/test/kill.process.test.ts",
      "packages/sdk/test/journaled.process.test.ts",
      "packages/sdk/test/reload",
      "packages/stream/test/kill.process.test.ts",
      "packages/stream/test/schedules.test.ts",
      "packages/stream-server/test/conduct.test.ts",
    ],
    env: {
      PLUMBLINE_ATTACKS: "2000",
      PLUMBLINE_HANDOFF_KILLS: "8",
      PLUMBLINE_KILLS: "30",
      PLUMBLINE_RECONNECTS: "100",
      PLUMBLINE_RELOAD_LOAD: "60",
      PLUMBLINE_RELOAD_ROUNDS: "6",
      PLUMBLINE_SEEDS: "120",
      PLUMBLINE_STREAM_SEEDS: "500",
    },
  },
};

const root = resolve(import.meta.dirname, "..");
const [name] = process.argv.slice(2);
const form = Object.hasOwn(FORMS, name ?? "") ? FORMS[name] : undefined;
if (form === undefined) {
  console.error(`Name one of: ${Object.keys(FORMS).join(", ")}.`);
  process.exit(1);
}
const report = join(root, "reports", `${name}.json`);
rmSync(report, { force: true });
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
const { status } = spawnSync(process.execPath, [binOf("vitest"), "run", ...form.suites, ...reporters], {
  cwd: root,
  stdio: "inherit",
  env: { ...form.env, ...process.env },
});
process.exitCode = status ?? 1;
