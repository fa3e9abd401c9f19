import { closeSync, constants, openSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { fileError } from "./error-codes.ts";
import { systemCode } from "./system-error.ts";
import type { ProofSocket, SocketState } from "./file-driver.ts";

/** sockaddr_un has 108 bytes with a NUL on Linux, 104 on the BSDs; longer paths are cut without a word (unix(7)). */
const MAX_SOCKET_PATH_BYTES = process.platform === "linux" ? 107 : 103;

/**
 * Listens under the name `temporary` in the folder. Whoever renames the file afterwards keeps it there when the socket is
 * closed: libuv would remove the name that it bound. Rejects with the system's error.
 */
export async function listenAsProof(directory: string, temporary: string): Promise<ProofSocket> {
  const server = createServer((connection) => connection.destroy());
  await withAddress(directory, temporary, (path) => listen(server, path));
  // Proof of life must not be what keeps the process alive.
  server.unref();
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

/** Looks whether somebody holds the socket. Only a refused connection says that nobody does: connect(2), ECONNREFUSED. */
export function lookAtSocket(directory: string, name: string): Promise<SocketState> {
  return withAddress(directory, name, (path) => {
    return new Promise<SocketState>((resolve) => {
      const socket = connect({ path });
      socket.once("connect", () => {
        socket.destroy();
        resolve("alive");
      });
      socket.once("error", (error) => {
        const code = systemCode(error);
        resolve(code === "ECONNREFUSED" ? "refused" : code === "ENOENT" ? "missing" : "alive");
      });
    });
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // `exclusive`: a cluster worker's socket must be its own, not one that the primary holds for all.
    server.listen({ path, exclusive: true }, () => {
      server.off("error", reject);
      // An accept that fails for want of descriptors leaves the socket listening: the proof stands.
      server.on("error", () => undefined);
      resolve();
    });
  });
}

/** Calls `use` with a path to the name that is short enough for a socket: through the open folder where it is not. */
async function withAddress<T>(directory: string, name: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return use(path);
  if (process.platform !== "linux") throw fileError("PLB_FILE_PATH_TOO_LONG", { details: { path } });
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await use(`/proc/self/fd/${fd}/${name}`);
  } finally {
    closeSync(fd);
  }
}
