import { randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { type FileHandle, link, mkdir, open, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { errorCode } from "@plumbline/core";
import { serverError } from "./server-error.ts";

const TOKEN_BYTES = 32;
const MAX_FILE_BYTES = 4096;
/** Printable ASCII without spaces: what can stand in a header. */
const TOKEN = /^[\x21-\x7e]+$/;
const MIN_TOKEN_LENGTH = 16;

/** Whether a text can be a token: long enough not to be guessed, and such as a header can carry. */
export function isToken(text: string): boolean {
  return text.length >= MIN_TOKEN_LENGTH && TOKEN.test(text);
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where a server of this port keeps its token, and where the CLI looks for it: `PLUMBLINE_RUNTIME_DIR`, else a folder of ours in `XDG_RUNTIME_DIR`, else
 * `~/.plumbline`.
 */
export function tokenFilePath(port: number, env: Environment = process.env): string {
  const own = env["PLUMBLINE_RUNTIME_DIR"];
  const runtime = env["XDG_RUNTIME_DIR"];
  const folder = own || (runtime ? join(runtime, "plumbline") : join(homedir(), ".plumbline"));
  return join(folder, `stream-${port}.token`);
}

/** How a token comes into its new file. */
type WriteToken = (file: FileHandle, text: string) => Promise<void>;

/** A token, and whether this call has made the file. */
export interface FoundToken {
  readonly token: string;
  readonly isNew: boolean;
}

/**
 * The token in the file; where there is none yet, a new one in a new file, mode 0600. Two servers that begin at once get the same. Rejects with
 * `PLB_SERVE_TOKEN_FILE`.
 */
export async function readOrCreateToken(path: string, write: WriteToken = writeSynced): Promise<FoundToken> {
  for (let attempt = 0; attempt < 2; attempt++) {
    const found = await readToken(path);
    if (found !== undefined) return { token: found, isNew: false };
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    if (await createFile(path, `${token}\n`, write)) return { token, isNew: true };
  }
  throw refused(path, "is made and removed while it is read");
}

/** The token in the file; `undefined` where there is no file. Rejects with `PLB_SERVE_TOKEN_FILE` where others could have read or written it. */
export async function readToken(path: string): Promise<string | undefined> {
  try {
    // A link could lead to a file that somebody else writes.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const problem = problemOf(await file.stat());
      if (problem !== undefined) throw refused(path, problem);
      const token = (await file.readFile("utf8")).trim();
      if (!isToken(token)) throw refused(path, "holds no token");
      return token;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw errorCode(error) === "PLB_SERVE_TOKEN_FILE" ? error : refused(path, `cannot be read: ${errorCode(error)}`);
  }
}

/** Removes a token file that was made for a port that nobody will have again. */
export async function removeTokenFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

function problemOf(stats: Stats): string | undefined {
  if (!stats.isFile() || stats.size > MAX_FILE_BYTES) return "is no small plain file";
  if (process.platform === "win32") return undefined; // its modes say nothing
  if (stats.uid !== process.getuid?.()) return "belongs to another user";
  return (stats.mode & 0o077) === 0 ? undefined : "may be read by others";
}

async function writeSynced(file: FileHandle, text: string): Promise<void> {
  await file.writeFile(text);
  await file.sync();
}

/** Whether the file was made here; not where another has made it meanwhile. It has its name when all of the token is in it, and not before. */
async function createFile(path: string, text: string, write: WriteToken): Promise<boolean> {
  const unnamed = `${path}.${randomBytes(8).toString("hex")}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      const file = await open(unnamed, "wx", 0o600);
      try {
        await write(file, text);
      } finally {
        await file.close();
      }
      await link(unnamed, path);
    } finally {
      await rm(unnamed, { force: true });
    }
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw refused(path, `cannot be made: ${errorCode(error)}`);
  }
}

function refused(path: string, problem: string): Error {
  return serverError("PLB_SERVE_TOKEN_FILE", {
    message: `The token file ${path} ${problem}.`,
    details: { path, problem },
  });
}
