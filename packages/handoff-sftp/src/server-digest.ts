import { createHash, randomBytes } from "node:crypto";
import { openNewFar, removeFar } from "./far-files.ts";
import type { FarPlaces } from "./far-side.ts";
import { probeNames } from "./old-probes.ts";
import { lacks } from "./probe.ts";
import { FAILURE, refusal } from "./sftp-error.ts";
import type { SftpSession } from "./sftp-session.ts";

/** Commands that print the SHA-256 of what they are given, the fastest first. Of OpenSSL, of coreutils, of Perl, of BSD. */
const PROGRAMS: readonly string[] = ["openssl dgst -sha256 -r", "sha256sum", "shasum -a 256", "sha256"];

/** So slow may the slowest of them be. */
const LEAST_BYTES_PER_MS = 16 * 1024;

/** The SHA-256 (hex) of a file, as the server tells it. */
export type ServerDigest = (session: SftpSession, path: string, bytes: number) => Promise<string>;

/**
 * Finds a command by which the server tells what a file holds, by having it tell of one that is known. Rejects with `PLB_HANDOFF_LACKS` where there is none: an account that is
 * for SFTP alone runs no commands.
 */
export async function findServerDigest(session: SftpSession, places: FarPlaces): Promise<ServerDigest> {
  const content = randomBytes(64);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const [path] = probeNames(places, randomBytes(8).toString("hex")).probes;
  const handle = await openNewFar(session, path, 0o600);
  if (handle === undefined) throw lacks(`${path} is there already`);
  try {
    await session.write(handle, content, 0);
    await session.close(handle);
    for (const program of PROGRAMS) {
      if ((await ask(session, program, path, content.length)) === sha256) return digestBy(program);
    }
  } finally {
    if (session.isOpen) await removeFar(session, path);
  }
  throw lacks(`\`verify: server\` needs one of the commands ${PROGRAMS.join(", ")}, and a user who may run it`);
}

function digestBy(program: string): ServerDigest {
  return async (session, path, bytes) => {
    const found = await ask(session, program, path, bytes);
    if (found === undefined) throw refusal("tell the SHA-256 of", path, FAILURE);
    return found;
  };
}

async function ask(session: SftpSession, program: string, path: string, bytes: number): Promise<string | undefined> {
  // As its input: no name is taken for an option, and none is printed.
  const printed = await session.run(`${program} < ${quote(path)}`, bytes / LEAST_BYTES_PER_MS);
  const starts = printed?.split("\n").map((line) => line.slice(0, 64)); // a shell may greet first
  return starts?.find((start) => /^[0-9a-f]{64}$/.test(start));
}

/** For the shell that POSIX describes. */
function quote(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
