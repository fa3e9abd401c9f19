import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { NatsConnection } from "nats";
import { endChild, hasEnded } from "../frame/child-end.ts";
import { recordOf } from "./journal-lines.ts";
import { NATS_STREAM } from "./nats-reader.ts";
import type { CellServer } from "./servers.ts";
import { isSmoke } from "./size.ts";

export const NATS = "NATS JetStream";

const CACHE = fileURLToPath(new URL("../../../../node_modules/.cache/plumbline-nats/", import.meta.url));
const UNPACKED = join(CACHE, "usr/sbin/nats-server");
const FETCH_TIMEOUT_MS = 60_000;
const PER_FLUSH = 2000;
const LOOK_MS = 5;
/** In which it answers, or never will. */
const START_TIMEOUT_MS = 20_000;

/** A NATS server with JetStream, its stream on disk as it comes: it acknowledges before it syncs, as the class `written` does. */
export class NatsServer implements CellServer {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #connection: NatsConnection;

  private constructor(url: string, child: ChildProcess, connection: NatsConnection) {
    this.url = url;
    this.#child = child;
    this.#connection = connection;
  }

  /** Whether the server is here, or could be had: the one on the path, or Debian's, unpacked beside the packages. A smoke test asks for none. */
  static isThere(scale: number): boolean {
    return !isSmoke(scale) && findServer(true) !== undefined;
  }

  static async open(directory: string): Promise<NatsServer> {
    const program = findServer(false);
    if (program === undefined) throw new Error("there is no nats-server");
    const port = await freePort();
    const url = `127.0.0.1:${port}`;
    const args = ["-js", "-a", "127.0.0.1", "-p", String(port), "-sd", join(directory, "nats")];
    const child = spawn(program, args, { stdio: "ignore" });
    const { connect } = await import("nats");
    const giveUpMs = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      let connection: NatsConnection | undefined;
      try {
        connection = await connect({ servers: url });
        const manager = await connection.jetstreamManager();
        await manager.streams.add({ name: NATS_STREAM, subjects: [NATS_STREAM] });
        return new NatsServer(url, child, connection);
      } catch (error) {
        await connection?.close().catch(() => undefined); // the error is said already
        if (performance.now() > giveUpMs || hasEnded(child)) {
          await endChild(child);
          throw error;
        }
        await sleep(LOOK_MS);
      }
    }
  }

  /** One whose stream holds so many events. */
  static async openWith(directory: string, events: number): Promise<NatsServer> {
    const server = await NatsServer.open(directory);
    try {
      await server.#fill(events);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #fill(events: number): Promise<void> {
    for (let n = 1; n <= events; n++) {
      this.publish(n, 0);
      if (n % PER_FLUSH === 0) await this.#connection.flush();
    }
    await this.#connection.flush();
    const manager = await this.#connection.jetstreamManager();
    while ((await manager.streams.info(NATS_STREAM)).state.messages < events) await sleep(LOOK_MS);
  }

  /** Publishes an event without waiting for its acknowledgement. */
  publish(n: number, sent?: number): void {
    this.#connection.publish(NATS_STREAM, recordOf(n, sent).line);
  }

  async live(): Promise<number> {
    const manager = await this.#connection.jetstreamManager();
    return (await manager.streams.info(NATS_STREAM)).state.consumer_count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close().catch(() => undefined); // it may be gone with the server
    await endChild(this.#child);
  }
}

function findServer(mayFetch: boolean): string | undefined {
  const places = [
    ...(process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "nats-server")),
    UNPACKED,
  ];
  const find = (): string | undefined => places.find((path) => existsSync(path));
  // Tried once: the folder stays.
  if (find() === undefined && mayFetch && !existsSync(CACHE)) fetchServer();
  return find();
}

function fetchServer(): void {
  mkdirSync(CACHE, { recursive: true });
  const quietly = { cwd: CACHE, stdio: "ignore", timeout: FETCH_TIMEOUT_MS } as const;
  spawnSync("apt-get", ["download", "nats-server"], quietly);
  const archives = readdirSync(CACHE).filter((name) => name.endsWith(".deb"));
  for (const archive of archives) spawnSync("dpkg-deb", ["-x", archive, "."], quietly);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
