import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createErrorFactory, errorCode } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { Sidecar } from "./sidecar.ts";
import type { WebProtection } from "./web-protection.ts";

const cliError = createErrorFactory(CLI_ERRORS);

const PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
const JSON_TEXT = "application/json; charset=utf-8";

/** `/metrics`, `/healthz` and `/livez` of a sidecar, over HTTP or HTTPS. */
export class Listener {
  readonly #server: Server;
  readonly #sidecar: Sidecar;
  readonly #protection: WebProtection;

  constructor(sidecar: Sidecar, protection: WebProtection) {
    this.#sidecar = sidecar;
    this.#protection = protection;
    this.#server = protection.createServer((request, response) => {
      // A reader of a scrape that sends a body has nothing to say with it.
      request.resume();
      this.#answer(request, response).catch((error: unknown) => {
        // A sidecar that cannot say how it stands does not stand well.
        if (!response.headersSent) response.writeHead(503);
        response.end(`${errorCode(error)}\n`);
      });
    });
  }

  /** Resolves with the port that was bound. Rejects with `PLB_CLI_RELOAD_LISTEN`. */
  listen({ host, port }: ListenAddress): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", (cause) => {
        const message = `${host ?? ""}:${port} cannot be listened on: ${errorCode(cause)}.`;
        reject(cliError("PLB_CLI_RELOAD_LISTEN", { message, cause }));
      });
      this.#server.listen(port, host, () => {
        const address = this.#server.address();
        resolve(typeof address === "object" && address !== null ? address.port : port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(
    { method = "", url = "", headers: { authorization } }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const [path = ""] = url.split("?");
    if (!(await this.#protection.admits(authorization))) {
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
    } else if (method !== "GET" && method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
    } else if (path === "/metrics") {
      response.writeHead(200, { "content-type": PROMETHEUS_TEXT }).end(this.#sidecar.metrics());
    } else if (path === "/healthz" || path === "/livez") {
      const { isAlive, isGood, reasons, generation } = await this.#sidecar.health();
      const isFine = path === "/livez" ? isAlive : isGood;
      const headers = { "content-type": JSON_TEXT, "cache-control": "no-store" };
      const body = { status: isFine ? "ok" : "failed", reasons, generation };
      response.writeHead(isFine ? 200 : 503, headers).end(`${JSON.stringify(body)}\n`);
    } else {
      response.writeHead(404).end();
    }
  }
}
