import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { freePort } from "./prometheus.ts";
import { readMetric, until, type Server } from "./server.ts";
import { startSidecar, type Sidecar } from "./sidecar.ts";

const LAST_SUCCESS = "prometheus_config_last_reload_success_timestamp_seconds";
const IS_SUCCESSFUL = "prometheus_config_last_reload_successful";

/** One thing that must be so, and whether it is. */
export interface Check {
  readonly what: string;
  readonly holds: boolean;
}

export interface StoryOptions {
  readonly server: Server;
  /** What the operator edits. */
  readonly input: string;
  /** What the server reads. */
  readonly output: string;
  readonly onCheck: (check: Check) => void;
}

/** Edits a server's config well and badly, kills the sidecar between two edits, and checks each time what the server says of itself. */
export async function tellStory({ server, input, output, onCheck }: StoryOptions): Promise<void> {
  const check = (what: string, holds: boolean): void => onCheck({ what, holds });
  const edit = (value: string): void => {
    // By a rename, so that nobody sees half of it.
    const text = readFileSync(input, "utf8").replace(/evaluation_interval: .*/, () => `evaluation_interval: ${value}`);
    writeFileSync(`${input}.new`, text);
    renameSync(`${input}.new`, input);
  };
  const isInForce = async (text: string): Promise<boolean> => (await server.config()).includes(text);
  const port = await freePort();
  const start = (): Promise<Sidecar> => startSidecar({ input, output, target: server.url, port });
  let sidecar = await start();
  const isHealthy = async (): Promise<boolean> => (await sidecar.page("/healthz")).status === 200;
  try {
    await until("the first reload", () => isInForce("evaluation_interval: 20s"));
    check("at the start the config is in force, with its variable put in", await isInForce("scrape_interval: 15s"));
    await until("health", isHealthy);
    const first = await server.metric(LAST_SUCCESS);

    edit("25s");
    await until("a good edit", () => isInForce("evaluation_interval: 25s"));
    await until("health", isHealthy);
    check(
      "a good edit is in force, and the server's time of its last reload has moved",
      (await server.metric(LAST_SUCCESS)) > first,
    );
    const good = readFileSync(output, "utf8");

    edit("soon");
    const rolledBack = async (): Promise<boolean> =>
      readMetric((await sidecar.page("/metrics")).text, "reloader_rollbacks_total") === 3;
    await until("a bad edit is given up", rolledBack);
    await until("the control", async () => (await server.metric(IS_SUCCESSFUL)) === 1);
    check("after a bad edit the old config is in force", await isInForce("evaluation_interval: 25s"));
    check("the file that the server reads is the good one again", readFileSync(output, "utf8") === good);
    const { status, text } = await sidecar.page("/healthz");
    check("/healthz says 503, with the server's own reason", status === 503 && text.includes('\\"soon\\"'));

    await sidecar.end("SIGKILL");
    edit("30s");
    sidecar = await start();
    await until("an edit that nobody watched", () => isInForce("evaluation_interval: 30s"));
    await until("health", isHealthy);
    check("an edit while the sidecar was killed is in force after its start", await isHealthy());
  } finally {
    const code = await sidecar.end("SIGTERM");
    check("the sidecar ends by SIGTERM as it should", code === 143);
  }
}
