import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { PlumblineError } from "@plumbline/core";
import { WebSocketServer, type WebSocket } from "ws";
import type { Access } from "./access.ts";
import { answerJson, answerText, refuseRequest, refuseSocket, targetOf } from "./answers.ts";
import { knownError } from "./known-error.ts";
import { readRequest, type SubscribeRequest } from "./request-options.ts";
import { serverError } from "./server-error.ts";
import type { StreamServerStatus } from "./server-report.ts";
import { Session } from "./session.ts";
import type { SessionHost } from "./session-host.ts";
import type { Sessions } from "./sessions.ts";
import { SseOutlet } from "./sse-outlet.ts";
import { TICKET_LIFE_MS } from "./tickets.ts";
import { WebSocketOutlet } from "./websocket-outlet.ts";

/** The longest message that a client may send, in bytes. */
const MAX_CLIENT_MESSAGE = 64 * 1024;
const PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
const INVALID_REQUEST: SubscribeRequest = {
  cursor: "latest",
  options: { filter: {}, isFiltered: false, maxMessageBytes: Number.POSITIVE_INFINITY, batch: 1 },
  compress: "none",
  requireHello: false,
};

/** What a {@link RequestHandler} works with. */
export interface RequestHost extends SessionHost {
  readonly sessions: Sessions;
  readonly access: Access;
  readonly status: () => Promise<StreamServerStatus>;
  readonly metrics: () => Promise<string>;
}

/** Takes requests and upgrades: the caller is looked at first, then the path, the token, and last what it asks for. */
export class RequestHandler {
  readonly #host: RequestHost;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_CLIENT_MESSAGE,
    autoPong: false,
    clientTracking: false,
  });
  #lastId = 0;

  constructor(host: RequestHost) {
    this.#host = host;
    this.#webSockets.on("wsClientError", (_, socket) => {
      this.#refuseSocket(socket, serverError("PLB_SERVE_REQUEST_INVALID"));
    });
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    request.resume(); // no request has a body that says anything
    this.#answer(request, response).catch((error: unknown) => {
      const refusal = this.#known(error);
      this.#host.totals.refuse(refusal);
      if (response.headersSent) response.destroy();
      else refuseRequest(response, refusal, { headers: this.#crossOrigin(request) });
    });
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    try {
      const url = this.#target(request);
      if (url.pathname !== "/subscribe") throw serverError("PLB_SERVE_REQUEST_INVALID");
      this.#admit(request, url);
      const place = this.#host.sessions.takePlace();
      socket.once("close", () => place[Symbol.dispose]());
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        place[Symbol.dispose]();
        this.#subscribe(request, webSocket, socket, url);
      });
    } catch (error) {
      this.#refuseSocket(socket, this.#known(error));
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = this.#target(request);
    const { method } = request;
    const headers = this.#crossOrigin(request);
    if (method === "OPTIONS" && "access-control-allow-origin" in headers) {
      response.writeHead(204, { ...headers, ...PREFLIGHT }).end();
      return;
    }
    const isRead = method === "GET" || method === "HEAD";
    if (url.pathname === "/healthz" && isRead) {
      answerJson(response, { status: "ok" }, headers);
    } else if (url.pathname === "/tickets" && method === "POST") {
      const ticket = this.#host.access.giveTicket(request);
      answerJson(response, { ticket, expiresInMs: TICKET_LIFE_MS }, headers);
    } else if (isRead && PATHS.has(url.pathname)) {
      this.#admit(request, url);
      if (url.pathname === "/status") answerJson(response, await this.#host.status(), headers);
      else if (url.pathname === "/metrics") answerText(response, await this.#host.metrics(), PROMETHEUS_TEXT);
      else if (method === "GET") await this.#stream(request, response, url);
      else response.writeHead(200, { "content-type": "text/event-stream" }).end();
    } else {
      const error = serverError("PLB_SERVE_REQUEST_INVALID");
      this.#host.totals.refuse(error);
      const isKnown = PATHS.has(url.pathname) || url.pathname === "/healthz" || url.pathname === "/tickets";
      const status = url.pathname === "/subscribe" ? 426 : isKnown ? 405 : 404;
      refuseRequest(response, error, { status, headers });
    }
  }

  /** Server-sent events. Whatever is wrong with what was asked for is told by the status, which is the one thing that an EventSource does not try again. */
  async #stream(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { sessions, settings } = this.#host;
    const lastEventId = request.headers["last-event-id"];
    const asked = readRequest(
      url.searchParams,
      typeof lastEventId === "string" && lastEventId !== "" ? lastEventId : undefined,
      settings.maxFilterEntries,
    );
    // Their frames cannot be packed one by one, and nobody could send the hello.
    const unfit = asked.compress === "none" ? (asked.requireHello ? "requireHello" : undefined) : "compress";
    if (unfit !== undefined) {
      const message = `The parameter ${unfit} is one of /subscribe.`;
      throw serverError("PLB_SERVE_PARAMETER_INVALID", { message, details: { parameter: unfit } });
    }
    // Behind a stream that never ends on the same connection, its answer would wait for ever, and the server's end with it.
    if (response.socket === null) throw serverError("PLB_SERVE_REQUEST_INVALID");
    const place = sessions.takePlace();
    try {
      const session = this.#session(request, asked, "sse");
      const outlet = new SseOutlet(response, settings.clock, () => session.gone());
      await session.begin();
      outlet.begin(this.#crossOrigin(request));
      sessions.run(session, outlet);
    } finally {
      place[Symbol.dispose]();
    }
  }

  /** A WebSocket. What is wrong with what was asked for is told in a frame: a browser cannot see more of a refused upgrade than that it was. */
  #subscribe(request: IncomingMessage, webSocket: WebSocket, socket: Duplex, url: URL): void {
    const { sessions, settings } = this.#host;
    let asked = INVALID_REQUEST;
    let problem: PlumblineError | undefined;
    try {
      asked = readRequest(url.searchParams, undefined, settings.maxFilterEntries);
    } catch (error) {
      if (!PlumblineError.isInstance(error)) throw error;
      problem = error;
    }
    const session = this.#session(request, asked, "websocket");
    const outlet = new WebSocketOutlet(webSocket, socket, settings.clock, {
      onGone: () => session.gone(),
      onPong: () => session.ponged(),
      onMessage: (text) => session.receive(text),
    });
    sessions.run(session, outlet, problem);
  }

  #session(request: IncomingMessage, asked: SubscribeRequest, transport: "websocket" | "sse"): Session {
    this.#lastId += 1;
    this.#host.totals.connections[transport] += 1;
    const { remoteAddress = "", remotePort = 0 } = request.socket;
    const about = { id: this.#lastId, remote: `${remoteAddress} ${remotePort}` };
    return new Session(this.#host, { transport, compress: asked.compress }, asked, about);
  }

  /** Who calls, before anything else of the request is looked at. */
  #target(request: IncomingMessage): URL {
    const refusal = this.#host.access.refuseCaller(request);
    if (refusal !== undefined) throw refusal;
    const url = targetOf(request);
    if (url === undefined) throw serverError("PLB_SERVE_REQUEST_INVALID");
    return url;
  }

  #admit(request: IncomingMessage, url: URL): void {
    const refusal = this.#host.access.refuseReader(request, url.searchParams.get("ticket"));
    if (refusal !== undefined) throw refusal;
  }

  /** For pages that may read the answer. */
  #crossOrigin(request: IncomingMessage): Readonly<Record<string, string>> {
    const origin = this.#host.access.allowedOrigin(request);
    return origin === undefined ? {} : { "access-control-allow-origin": origin, vary: "origin" };
  }

  #refuseSocket(socket: Duplex, error: PlumblineError): void {
    this.#host.totals.refuse(error);
    refuseSocket(socket, error);
  }

  #known(error: unknown): PlumblineError {
    return knownError(error, "A stream server could not answer a request.", this.#host.settings.diagnostics);
  }
}

const PATHS: ReadonlySet<string> = new Set(["/status", "/metrics", "/events"]);
const PREFLIGHT: Readonly<Record<string, string>> = {
  "access-control-allow-methods": "GET, POST",
  "access-control-allow-headers": "authorization, last-event-id",
  "access-control-max-age": "600",
};
