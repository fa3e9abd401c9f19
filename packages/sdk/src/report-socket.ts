import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { type Clock, errorCode, PlumblineError } from "@plumbline/core";
import { sdkError } from "./error-codes.ts";
import { makeDirectory } from "./make-directory.ts";
import { findReportSockets, removeStaleSockets } from "./report-client.ts";
import { reportSocketName, type SocketAddress, socketAddress } from "./report-path.ts";

/** Options of {@link openReportSocket}. */
export interface ReportSocketOptions {
  /** The folder that the socket is made in; made with 0700 when it is missing. */
  readonly directory: string;
  /** What its name begins with. */
  readonly stem: string;
  /** Gives what is answered: JSON values alone. */
  readonly report: () => unknown;
  readonly clock: Clock;
}

/** A socket that answers every connection with one JSON report and closes it. */
export interface ReportSocket extends AsyncDisposable {
  readonly path: string;
  /** Closes it and removes its file. Safe when repeated. */
  close(): Promise<void>;
  /** Removes its file at once, for a process that ends. */
  remove(): void;
}

const MAX_CONNECTIONS = 8;
const MAX_COPIES = 16;
const ANSWER_TIMEOUT_MS = 5000;

/**
 * Opens the socket over which `plumbline doctor` asks a running service for its accounting. Only the service's own user can
 * connect; it takes nothing in. It keeps no process alive. Sockets of dead processes of the same stem are removed.
 *
 * Rejects with `PLB_REPORT_SOCKET_FAILED` (where the folder takes no sockets, or on Windows) or `PLB_REPORT_PATH_TOO_LONG`.
 */
export async function openReportSocket(options: ReportSocketOptions): Promise<ReportSocket> {
  if (process.platform === "win32") {
    throw sdkError("PLB_REPORT_SOCKET_FAILED", {
      message: "Windows has no sockets in folders; there is no report socket.",
    });
  }
  const { directory, stem } = options;
  try {
    makeDirectory(directory);
    const others = await findReportSockets(directory);
    await removeStaleSockets(others.filter((other) => other.stem === stem));
    for (let copy = 0; copy < MAX_COPIES; copy++) {
      const path = join(directory, reportSocketName(stem, process.pid, copy));
      const opened = await listen(path, options);
      if (opened !== undefined) return opened;
    }
    throw new Error("every name for it is taken");
  } catch (cause) {
    if (PlumblineError.isInstance(cause)) throw cause;
    throw sdkError("PLB_REPORT_SOCKET_FAILED", {
      message: `The report socket could not be opened in ${directory} (${errorCode(cause)}).`,
      details: { directory },
      cause,
    });
  }
}

/** `undefined` when the name is taken. */
async function listen(path: string, options: ReportSocketOptions): Promise<ReportSocket | undefined> {
  const address = socketAddress(path);
  const server = createServer((socket) => answer(socket, options));
  server.maxConnections = MAX_CONNECTIONS;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      // Exclusive, or a cluster's worker would have its primary listen. It is bound when listen returns, and nobody is let in
      // before the mode is set: connections are taken by this thread's loop.
      server.listen({ path: address.address, exclusive: true }, resolve);
      if (server.listening) chmodSync(path, 0o600);
    });
  } catch (error) {
    address[Symbol.dispose]();
    if (errorCode(error) === "EADDRINUSE") return undefined;
    throw error;
  }
  server.unref();
  return createHandle(path, server, address);
}

function createHandle(path: string, server: Server, address: SocketAddress): ReportSocket {
  let closing: Promise<void> | undefined;
  const remove = (): void => {
    try {
      rmSync(path, { force: true });
    } catch {
      return; // ENOTDIR, EACCES: its folder is not what it was, and telemetry ends without it
    }
  };
  const close = (): Promise<void> => {
    closing ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      remove();
    }).finally(() => address[Symbol.dispose]());
    return closing;
  };
  return { path, close, remove, [Symbol.asyncDispose]: close };
}

function answer(socket: Socket, { report, clock }: ReportSocketOptions): void {
  // Whoever asks may be gone before the answer; that is theirs to notice.
  socket.on("error", () => socket.destroy());
  socket.unref();
  const timer = clock.setTimer(() => socket.destroy(), ANSWER_TIMEOUT_MS);
  socket.on("close", () => timer.cancel());
  socket.resume();
  socket.end(`${JSON.stringify(report())}\n`);
}
