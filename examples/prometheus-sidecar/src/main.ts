import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findPrometheus, startPrometheus } from "./prometheus.ts";
import { startStandIn } from "./stand-in.ts";
import { tellStory } from "./story.ts";

const BEFORE = "global:\n  scrape_interval: 1m\n";

/** Tells the story beside Prometheus, where there is one, else beside a stand-in, and says which. Resolves with the exit code: 1 when a check fails. */
async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "plumbline-sidecar-"));
  const input = join(folder, "edited/prometheus.yml");
  const output = join(folder, "read/prometheus.yml");
  for (const name of ["edited", "read"]) mkdirSync(join(folder, name));
  cpSync(fileURLToPath(new URL("../prometheus.yml", import.meta.url)), input);
  writeFileSync(output, BEFORE);

  const binary = findPrometheus(process.env);
  const server =
    binary === undefined ? await startStandIn(output) : await startPrometheus(binary, output, join(folder, "data"));
  process.stdout.write(`plumbline reload beside ${server.name}\n\n`);
  let isRight = true;
  try {
    await tellStory({
      server,
      input,
      output,
      onCheck({ what, holds }) {
        isRight &&= holds;
        process.stdout.write(`${holds ? "ok    " : "WRONG "} ${what}\n`);
      },
    });
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  if (binary === undefined) {
    process.stdout.write(
      "\nskipped: the same beside a real Prometheus; name one in PLUMBLINE_PROMETHEUS, or install it\n",
    );
  }
  return isRight ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
