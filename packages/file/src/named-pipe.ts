import { createHash } from "node:crypto";
import { createServer } from "node:net";
import type { JournalLocation } from "@plumbline/core";
import { fromSystem, systemCode } from "./system-error.ts";
import type { Ownership } from "./ownership.ts";

/**
 * The proof of ownership on Windows: a named pipe of which only one instance may be the first, and which the system takes
 * away with its process. Its name is a digest of the file's path, without case as the file system is.
 *
 * Resolves with `undefined` when the file has an owner; rejects with `PLB_FILE_NO_ACCESS` or
 * `PLB_FILE_OWNERSHIP_FAILED`.
 */
export async function claimNamedPipe(
  location: JournalLocation,
  prefix: string = String.raw`\\.\pipe\plumbline-`,
): Promise<Ownership | undefined> {
  const digest = createHash("sha256").update(location.path.toLowerCase()).digest("hex");
  const server = createServer((connection) => connection.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ path: prefix + digest, exclusive: true }, () => resolve());
    });
  } catch (error) {
    if (systemCode(error) === "EADDRINUSE") return undefined;
    throw fromSystem(error, "PLB_FILE_OWNERSHIP_FAILED", location.path);
  }
  server.unref();
  return {
    proof: "socket",
    confirm: () => Promise.resolve(),
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
