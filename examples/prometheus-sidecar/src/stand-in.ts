import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { askServer, type Server } from "./server.ts";

/**
 * What stands in where there is no Prometheus: it loads its config at `POST /-/reload`, keeps the old one when an interval in it is none, and says so as Prometheus
 * does. It shows the story; that Prometheus behaves like this is shown with Prometheus alone.
 */
export async function startStandIn(configFile: string): Promise<Server> {
  let inForce = load(configFile);
  let isSuccessful = true;
  let lastSuccessMs = Date.now();
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === "/metrics") {
      const page = `prometheus_config_last_reload_successful ${isSuccessful ? 1 : 0}\n`;
      response.end(`${page}prometheus_config_last_reload_success_timestamp_seconds ${lastSuccessMs / 1000}\n`);
    } else if (request.url === "/api/v1/status/config") {
      response.end(JSON.stringify({ data: { yaml: inForce } }));
    } else if (request.method === "POST" && request.url === "/-/reload") {
      try {
        inForce = load(configFile);
        isSuccessful = true;
        lastSuccessMs = Math.max(Date.now(), lastSuccessMs + 1);
        response.end();
      } catch (error) {
        isSuccessful = false;
        response.writeHead(500).end(`failed to reload config: ${String(error)}`);
      }
    } else {
      response.writeHead(404).end();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    ...askServer(`http://127.0.0.1:${port}`),
    name: "a stand-in, since this machine has no Prometheus",
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function load(path: string): string {
  const text = readFileSync(path, "utf8");
  for (const [, value = ""] of text.matchAll(/_interval: *(.*)$/gm)) {
    if (!/^\d+(?:ms|s|m|h)$/.test(value)) throw new Error(`not a valid duration string: "${value}"`);
  }
  return text;
}
