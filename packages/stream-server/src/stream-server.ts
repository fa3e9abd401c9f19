import type { Server } from "node:http";
import { createReadMemory } from "@plumbline/stream";
import { journalTip } from "./journal-tip.ts";
import { Access } from "./access.ts";
import { FrameCache } from "./frame-cache.ts";
import { createHttpServer, listen } from "./http-server.ts";
import { formatAddress, type ListenAddress } from "./listen-address.ts";
import type { StreamServerOptions } from "./options.ts";
import { CLOSE_GRACE_MS } from "./outlet.ts";
import { RequestHandler } from "./request-handler.ts";
import { renderMetrics, type StreamServerStatus } from "./server-report.ts";
import { serverError } from "./server-error.ts";
import { resolveServerSettings, type ServerSettings } from "./server-settings.ts";
import { ServerTotals } from "./server-totals.ts";
import { Sessions } from "./sessions.ts";
import { readOrCreateToken, removeTokenFile, tokenFilePath } from "./token-file.ts";

/** A server of a journal: WebSocket at `/subscribe`, server-sent events at `/events`, one port. */
export interface StreamServer extends AsyncDisposable {
  /** `http://127.0.0.1:4700`; `undefined` before `start` and after `close`. */
  readonly url: string | undefined;
  /** Where the token stands; `undefined` where none is asked for, or it was given as an option. */
  readonly tokenFile: string | undefined;
  /**
   * Listens. Rejects with `PLB_SERVE_LISTEN_FAILED`, `PLB_SERVE_TOKEN_FILE`, or `PLB_SERVE_OPTION_INVALID` for TLS files that cannot be read; with
   * `PLB_SERVE_CLOSING` when it is closed before or meanwhile.
   */
  start(): Promise<void>;
  /** How many are connected. */
  readonly subscribers: number;
  /** What `/status` says. */
  status(): Promise<StreamServerStatus>;
  /** The same figures as Prometheus reads them. */
  metrics(): Promise<string>;
  /** Resolves when every subscriber was sent all that the journal of this process has, or after so many milliseconds. */
  caughtUp(withinMs: number): Promise<void>;
  /** Ends every subscription with `PLB_SERVE_CLOSING` and its cursor, then the port is free. Safe to repeat, and without `start`. */
  close(): Promise<void>;
}

/**
 * A stream server. Nothing happens before `start`. Throws `PLB_SERVE_OPTION_INVALID`, `PLB_SERVE_TLS_REQUIRED` or `PLB_SERVE_AUTH_REQUIRED`.
 */
export function createStreamServer(options: StreamServerOptions): StreamServer {
  return new JournalStreamServer(resolveServerSettings(options));
}

/** Resolves when the port is free, and everybody gone. */
async function closeListener(server: Server | undefined): Promise<void> {
  if (server?.listening === true) await new Promise<void>((resolve) => void server.close(() => resolve()));
}

class JournalStreamServer implements StreamServer {
  readonly #settings: ServerSettings;
  readonly #sessions: Sessions;
  readonly #totals = new ServerTotals();
  readonly #startedMs: number;
  #server: Server | undefined;
  #bound: ListenAddress | undefined;
  #tokenFile: string | undefined;
  #isTokenOfOnePort = false;
  #closing: Promise<void> | undefined;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
    this.#sessions = new Sessions(settings.clock, settings);
    this.#startedMs = settings.clock.monotonicMs();
  }

  get url(): string | undefined {
    const scheme = this.#settings.tls === undefined ? "http" : "https";
    return this.#bound && `${scheme}://${formatAddress(this.#bound)}`;
  }

  get tokenFile(): string | undefined {
    return this.#tokenFile;
  }

  get subscribers(): number {
    return this.#sessions.all.length;
  }

  async start(): Promise<void> {
    const { address, tls } = this.#settings;
    // Nobody is let in before the token is known, whose file may be named for the port.
    let handler: RequestHandler | undefined;
    const server = await createHttpServer(this.#settings, {
      onRequest: (request, response) => (handler ? handler.request(request, response) : response.destroy()),
      onUpgrade: (request, socket, head) => (handler ? handler.upgrade(request, socket, head) : socket.destroy()),
    });
    this.#refuseClosed();
    this.#server = server;
    const bound = await listen(server, address, tls === undefined);
    this.#bound = bound;
    try {
      this.#refuseClosed();
      handler = new RequestHandler({
        settings: this.#settings,
        sessions: this.#sessions,
        totals: this.#totals,
        cache: new FrameCache(),
        memory: createReadMemory(),
        access: await this.#access(bound),
        status: () => this.status(),
        metrics: () => this.metrics(),
      });
      this.#refuseClosed();
    } catch (error) {
      handler = undefined;
      await this.close();
      // A close that was called before did not know of them.
      const isClosed = closeListener(server);
      server.closeAllConnections(); // nobody was let in
      await isClosed;
      await this.#forget();
      throw error;
    }
  }

  async status(): Promise<StreamServerStatus> {
    const { journal, durability, clock } = this.#settings;
    const tip = await journalTip(journal, durability, clock);
    const nowMs = clock.monotonicMs();
    const { events, bytes, gaps, missing, outOfOrder, refused, closed } = this.#totals;
    return {
      listen: this.#bound && formatAddress(this.#bound),
      uptimeMs: Math.round(nowMs - this.#startedMs),
      tip,
      bufferedBytes: this.#sessions.bufferedBytes,
      events,
      bytes,
      gaps,
      missing,
      outOfOrder,
      refused: Object.fromEntries(refused),
      closed: Object.fromEntries(closed),
      subscribers: this.#sessions.all.map((session) => session.status(nowMs, tip)),
    };
  }

  async metrics(): Promise<string> {
    const { subscribers } = await this.status();
    return renderMetrics(this.#totals, subscribers);
  }

  caughtUp(withinMs: number): Promise<void> {
    return this.#sessions.caughtUp(withinMs);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const server = this.#server;
    const isClosed = closeListener(server);
    await this.#sessions.close();
    server?.closeIdleConnections();
    // Last words have a moment to get through; requests that never come to their end have no more.
    const cutOff = this.#settings.clock.setTimer(() => server?.closeAllConnections(), CLOSE_GRACE_MS);
    await isClosed;
    cutOff.cancel();
    await this.#forget();
  }

  /** What stood for the port is no more. */
  async #forget(): Promise<void> {
    this.#bound = undefined;
    if (this.#isTokenOfOnePort && this.#tokenFile !== undefined) await removeTokenFile(this.#tokenFile);
  }

  #refuseClosed(): void {
    if (this.#closing !== undefined) throw serverError("PLB_SERVE_CLOSING");
  }

  async #access(bound: ListenAddress): Promise<Access> {
    const { auth, allowedHosts, allowedOrigins, clock, address } = this.#settings;
    const token = auth === "none" ? undefined : (this.#settings.token ?? (await this.#readToken(bound)));
    return new Access({ token, listenHost: address.host, allowedHosts, allowedOrigins, clock });
  }

  async #readToken(bound: ListenAddress): Promise<string> {
    const { tokenFile, address } = this.#settings;
    this.#tokenFile = tokenFile ?? tokenFilePath(bound.port);
    const { token, isNew } = await readOrCreateToken(this.#tokenFile);
    // A port that the system chose will not come again, and a file of its name would be in the way of another server.
    this.#isTokenOfOnePort = isNew && tokenFile === undefined && address.port === 0;
    return token;
  }
}
