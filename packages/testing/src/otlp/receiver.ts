import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Signal } from "@plumbline/core";
import { acceptedOf, awaitAnswer, sendAnswer, type OtlpAnswer } from "./answer.ts";
import {
  itemsOf,
  readHead,
  readRequest,
  type ReceivedItem,
  type ReceivedRequest,
  type RequestHead,
} from "./received-request.ts";

/** Options of {@link createOtlpReceiver}. */
export interface OtlpReceiverOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default: one that is free. */
  readonly port?: number;
  /** Serves over TLS with these; `requestCert` and `ca` ask for a certificate of the client's. */
  readonly tls?: ServerOptions;
  /** Whether requests and what was accepted are kept. Default true; a receiver of millions leaves them to `answer` alone. */
  readonly keep?: boolean;
  /** Decides on requests for which no answer was planned. Default: accept. */
  readonly answer?: (request: ReceivedRequest) => OtlpAnswer;
}

/** An OTLP/HTTP receiver in this process, that does as it is told. */
export interface OtlpReceiver extends AsyncDisposable {
  /** Where it listens, without a path: `http://127.0.0.1:40123`. */
  readonly url: string;
  /** All requests that could be read, answered well or not, in the order in which they came. */
  readonly requests: readonly ReceivedRequest[];
  /** What was accepted, in that order. */
  readonly logRecords: readonly ReceivedItem[];
  readonly spans: readonly ReceivedItem[];
  readonly metrics: readonly ReceivedItem[];
  /** Why requests could not be read; each was answered with 400. */
  readonly problems: readonly unknown[];
  /** How many connections were ever made to it. */
  readonly connections: number;
  /** How many requests were being answered at once, at most. */
  readonly mostUnderWay: number;
  /** Plans the answers to the next requests, one each, behind those already planned. */
  plan(...answers: readonly OtlpAnswer[]): void;
  /** Stops listening and resets every connection, as a process that is killed. */
  goDown(): Promise<void>;
  /** Listens again, on the same port. */
  comeUp(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a receiver. */
export async function createOtlpReceiver(options: OtlpReceiverOptions = {}): Promise<OtlpReceiver> {
  const receiver = new Receiver(options);
  await receiver.comeUp();
  return receiver;
}

const REJECTED_FIELDS: Readonly<Record<Signal, string>> = {
  logs: "rejectedLogRecords",
  traces: "rejectedSpans",
  metrics: "rejectedDataPoints",
};

class Receiver implements OtlpReceiver {
  readonly requests: ReceivedRequest[] = [];
  readonly problems: unknown[] = [];
  connections = 0;
  mostUnderWay = 0;
  readonly #options: OtlpReceiverOptions;
  readonly #accepted: Record<Signal, ReceivedItem[]> = { logs: [], traces: [], metrics: [] };
  readonly #answers: OtlpAnswer[] = [];
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port: number;
  #underWay = 0;

  constructor(options: OtlpReceiverOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
  }

  get url(): string {
    const { host = "127.0.0.1", tls } = this.#options;
    return `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${this.#port}`;
  }

  get logRecords(): readonly ReceivedItem[] {
    return this.#accepted.logs;
  }

  get spans(): readonly ReceivedItem[] {
    return this.#accepted.traces;
  }

  get metrics(): readonly ReceivedItem[] {
    return this.#accepted.metrics;
  }

  plan(...answers: readonly OtlpAnswer[]): void {
    this.#answers.push(...answers);
  }

  async comeUp(): Promise<void> {
    if (this.#server !== undefined) return;
    const { host = "127.0.0.1", tls } = this.#options;
    const listener = (request: IncomingMessage, response: ServerResponse): void => void this.#serve(request, response);
    const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    server.on("connection", (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => socket.destroy()); // a client that resets is no failure of the test
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, host, resolve);
    });
    this.#port = (server.address() as AddressInfo).port; // a TCP server that listens has one
    this.#server = server;
  }

  async goDown(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  async close(): Promise<void> {
    await this.goDown();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.#underWay);
    try {
      await this.#answer(request, response);
    } catch (error) {
      this.problems.push(error);
      if (!response.headersSent && !response.destroyed) response.writeHead(400).end();
    } finally {
      this.#underWay -= 1;
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (body === undefined) return; // the client has gone
    const head: RequestHead = readHead(new URL(request.url ?? "", "http://receiver").pathname, request.headers);
    const received = readRequest(head, body);
    const { keep = true } = this.#options;
    if (keep) this.requests.push(received);
    const planned = this.#answers.shift() ?? this.#options.answer?.(received) ?? { kind: "accept" };
    const answer = await awaitAnswer(planned);
    if (response.destroyed) return;
    const items = itemsOf(received);
    if (keep) this.#accepted[received.signal].push(...items.slice(0, acceptedOf(answer, items.length)));
    sendAnswer(response, answer, received.form, REJECTED_FIELDS[received.signal]);
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined; // the connection broke in mid-body
  }
  return Buffer.concat(chunks);
}
