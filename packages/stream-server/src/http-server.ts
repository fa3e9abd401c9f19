import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { errorCode } from "@plumbline/core";
import { refuseSocket } from "./answers.ts";
import { formatAddress, isLoopback, type ListenAddress } from "./listen-address.ts";
import { serverError } from "./server-error.ts";
import type { ServerSettings } from "./server-settings.ts";

const MAX_HEADER_BYTES = 16 * 1024;
const LOOK_MS = 1000;
const KEEP_ALIVE_MS = 5000;
/** Connections beyond the subscribers', for requests and for those that are refused. */
const SPARE_CONNECTIONS = 64;

/** What is done with requests. */
export interface HttpHandlers {
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  readonly onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** An HTTP server whose patience with heads, handshakes and headers is bounded. Rejects with `PLB_SERVE_OPTION_INVALID` for TLS files that cannot be read. */
export async function createHttpServer(settings: ServerSettings, handlers: HttpHandlers): Promise<Server> {
  const { handshakeTimeoutMs, maxConnections, tls, diagnostics } = settings;
  const bounds = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: handshakeTimeoutMs,
    requestTimeout: handshakeTimeoutMs,
    connectionsCheckingInterval: LOOK_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
  };
  const files = tls && (await readTls(tls.keyFile, tls.certificateFile));
  const server =
    files === undefined
      ? createServer(bounds, handlers.onRequest)
      : createTlsServer({ ...bounds, ...files, handshakeTimeout: handshakeTimeoutMs }, handlers.onRequest);
  server.maxConnections = maxConnections + SPARE_CONNECTIONS;
  server.on("upgrade", handlers.onUpgrade);
  server.on("clientError", (error, socket) => {
    // What is no HTTP, heads that are too long, and those that do not come to an end.
    const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[errorCode(error)] ?? 400;
    refuseSocket(socket, serverError("PLB_SERVE_REQUEST_INVALID"), status);
  });
  // A connection that the system could not give, for want of descriptors: those that are there go on. What keeps it from listening is told by `listen`.
  server.on("error", (error) => {
    if (server.listening)
      diagnostics?.error("A stream server could not take a connection.", { code: errorCode(error) });
  });
  return server;
}

/** Listens, and gives the address that was bound. Rejects with `PLB_SERVE_LISTEN_FAILED`, and with `PLB_SERVE_CLOSING` when the server is closed meanwhile. */
export function listen(server: Server, address: ListenAddress, needsLoopback: boolean): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown): void =>
      reject(
        serverError("PLB_SERVE_LISTEN_FAILED", {
          message: `${formatAddress(address)} cannot be listened on: ${errorCode(cause)}.`,
          details: { address: formatAddress(address), code: errorCode(cause) },
          cause,
        }),
      );
    const closed = (): void => reject(serverError("PLB_SERVE_CLOSING"));
    server.once("error", failed).once("close", closed);
    server.listen({ host: address.host, port: address.port }, () => {
      server.off("error", failed).off("close", closed);
      // A TCP server's address is none of the other two kinds.
      const bound = server.address() as AddressInfo;
      // `localhost` is what the system says it is.
      if (!needsLoopback || isLoopback(bound.address)) resolve({ host: address.host, port: bound.port });
      else server.close(() => failed(serverError("PLB_SERVE_TLS_REQUIRED")));
    });
  });
}

async function readTls(keyFile: string, certificateFile: string): Promise<{ key: Buffer; cert: Buffer }> {
  try {
    const [key, cert] = await Promise.all([readFile(keyFile), readFile(certificateFile)]);
    return { key, cert };
  } catch (cause) {
    throw serverError("PLB_SERVE_OPTION_INVALID", {
      message: `A file of the option tls cannot be read: ${errorCode(cause)}.`,
      details: { option: "tls" },
      cause,
    });
  }
}
