import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { numbersIn } from "./read-request.ts";

/** What the receiver is told, and what it answers each time. */
export type ReceiverOrder = "up" | "down" | "report";

export interface ReceiverState {
  readonly url: string;
  /** Records that have come, and of those with a number the different ones. */
  readonly records: number;
  readonly different: number;
}

/** One that does next to nothing, so that it is the sender that is measured: it counts, and marks the numbers that it has seen. */
class Receiver {
  readonly #delayMs: number;
  readonly #sockets = new Set<Socket>();
  readonly #seen = new Set<number>();
  #server: Server | undefined;
  #port = 0;
  #records = 0;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  get state(): ReceiverState {
    return { url: `http://127.0.0.1:${this.#port}`, records: this.#records, different: this.#seen.size };
  }

  async up(): Promise<void> {
    const server = createServer((request, response) => this.#serve(request, response));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port; // a TCP server that listens has one
    this.#server = server;
  }

  async down(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => response.destroy());
    request.on("end", () => {
      const numbers = numbersIn(Buffer.concat(chunks));
      this.#records += numbers.length;
      for (const n of numbers) this.#seen.add(n);
      const answer = (): unknown => response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
      if (this.#delayMs === 0) answer();
      else setTimeout(answer, this.#delayMs);
    });
  }
}

async function main(): Promise<void> {
  const receiver = new Receiver(Number(process.argv[2]));
  await receiver.up();
  const obey = async (order: ReceiverOrder): Promise<void> => {
    if (order === "up") await receiver.up();
    if (order === "down") await receiver.down();
    process.send?.(receiver.state);
  };
  process.on("message", (order: ReceiverOrder) => void obey(order));
  process.on("disconnect", () => process.exit());
  process.send?.(receiver.state);
}

void main();
