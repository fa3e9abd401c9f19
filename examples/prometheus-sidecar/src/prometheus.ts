import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { askServer, until, type Server } from "./server.ts";

/** The Prometheus of this machine: the one that PLUMBLINE_PROMETHEUS names, else that of the path. `undefined` when there is none that runs. */
export function findPrometheus(env: NodeJS.ProcessEnv): string | undefined {
  const binary = env["PLUMBLINE_PROMETHEUS"] ?? "prometheus";
  return spawnSync(binary, ["--version"], { stdio: "ignore" }).status === 0 ? binary : undefined;
}

/** Starts it on a loopback port. `--web.enable-lifecycle` is what makes it listen to `/-/reload`. */
export async function startPrometheus(binary: string, configFile: string, dataFolder: string): Promise<Server> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const address = new URL(url).host;
  const args = [`--config.file=${configFile}`, `--storage.tsdb.path=${dataFolder}`, `--web.listen-address=${address}`];
  const child = spawn(binary, [...args, "--web.enable-lifecycle"], { stdio: "ignore" });
  const ended = once(child, "exit");
  await until("Prometheus is ready", async () => (await fetch(`${url}/-/ready`)).ok);
  return {
    ...askServer(url),
    name: "a real Prometheus",
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
