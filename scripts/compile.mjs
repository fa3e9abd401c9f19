// Removes every `dist`, then compiles the whole solution: an incremental build would keep the outputs of deleted sources.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { binOf } from "./lib/bin.mjs";

for (const group of ["packages", "examples"]) {
  for (const name of readdirSync(group)) {
    rmSync(join(group, name, "dist"), { recursive: true, force: true });
    rmSync(join(group, name, "tsconfig.build.tsbuildinfo"), { force: true });
  }
}

process.exitCode =
  spawnSync(process.execPath, [binOf("typescript", "tsc"), "--build"], { stdio: "inherit" }).status ?? 1;
