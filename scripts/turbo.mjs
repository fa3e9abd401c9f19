// Runs turbo with its telemetry off, and tells its cache which Node runs the tasks: without that it replays what passed under another version.
import { spawnSync } from "node:child_process";
import { binOf } from "./lib/bin.mjs";

const { status, signal, error } = spawnSync(process.execPath, [binOf("turbo"), ...process.argv.slice(2)], {
  stdio: "inherit",
  env: {
    ...process.env,
    DO_NOT_TRACK: "1",
    TURBO_TELEMETRY_DISABLED: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
    PLUMBLINE_NODE_VERSION: process.version,
  },
});
if (error) throw error;
if (signal) process.kill(process.pid, signal);
process.exitCode = status ?? 1;
