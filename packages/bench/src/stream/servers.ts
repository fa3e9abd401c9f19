import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createStreamServer } from "@plumbline/stream-server";
import type { StreamSource } from "@plumbline/stream";
import { type WebSocket, WebSocketServer } from "ws";

/** A server of a cell, whoever made it. */
export interface CellServer extends AsyncDisposable {
  readonly url: string;
  /** How many subscribers are connected, and at the present. */
  live(): Promise<number>;
}

/** Ours, on a port that is free, without a token, and with its rate limit off. */
export async function serveJournal(journal: StreamSource): Promise<CellServer> {
  const server = createStreamServer({ journal, listen: "127.0.0.1:0", auth: "none", maxEventsPerSecond: false });
  await server.start();
  return {
    url: server.url ?? "",
    async live() {
      return (await server.status()).subscribers.filter(({ state }) => state === "live").length;
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** A bare server: what is to be done with a client is all it does. */
export class BareServer implements CellServer {
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.#server = server;
  }

  /** `onClient` is given the cursor that the client asked for, too. */
  static async open(onClient?: (client: WebSocket, cursor: string) => void): Promise<BareServer> {
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
    await once(server, "listening");
    server.on("connection", (client, { url = "" }) => {
      client.on("error", () => client.terminate());
      onClient?.(client, new URL(url, "http://127.0.0.1").searchParams.get("cursor") ?? "earliest");
    });
    return new BareServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get clients(): ReadonlySet<WebSocket> {
    return this.#server.clients;
  }

  live(): Promise<number> {
    return Promise.resolve(this.#server.clients.size);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Sends a frame of text as `ws` does; resolves, where it is waited for, when the system has taken it. */
export function sendFrame(client: WebSocket, frame: Buffer): void {
  client.send(frame, { binary: false });
}

export async function sendFrameAndWait(client: WebSocket, frame: Buffer): Promise<void> {
  await new Promise<void>((resolve) => client.send(frame, { binary: false }, () => resolve()));
}
