import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { until } from "./server.ts";

const PACKAGE = createRequire(import.meta.url).resolve("@plumbline/cli/package.json");
/** What `npx plumbline` runs. */
const COMMAND = join(dirname(PACKAGE), "bin/plumbline.js");

/** `plumbline reload` as a process of its own. */
export interface Sidecar {
  page(path: "/healthz" | "/metrics"): Promise<{ readonly status: number; readonly text: string }>;
  /** Ends it, and resolves with its exit code; `null` when a signal ended it that it cannot answer. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null>;
}

export interface SidecarOptions {
  readonly input: string;
  readonly output: string;
  readonly target: string;
  readonly port: number;
}

export async function startSidecar({ input, output, target, port }: SidecarOptions): Promise<Sidecar> {
  const args = [
    `--config-file=${input}`,
    `--config-envsubst-file=${output}`,
    `--reload-url=${target}/-/reload`,
    `--listen-address=127.0.0.1:${port}`,
    // The story is not to last: without it the first try again is after a second.
    "--retry-interval=100ms",
  ];
  const child = spawn(process.execPath, [COMMAND, "reload", ...args], {
    stdio: "ignore",
    env: { ...process.env, SCRAPE_INTERVAL: "15s" },
  });
  const ended = once(child, "exit");
  const page: Sidecar["page"] = async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  await until("the sidecar listens", async () => (await page("/metrics")).status === 200);
  return {
    page,
    async end(signal) {
      child.kill(signal);
      const [code] = (await ended) as [number | null];
      return code;
    },
  };
}
