import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { JournalLocation } from "@plumbline/core";
import { fileError } from "./error-codes.ts";
import { fromSystem, systemCode } from "./system-error.ts";
import type { FileDriver, ProofSocket } from "./file-driver.ts";
import type { HostIdentity } from "./host-identity.ts";

/** The right to write a file, for as long as this thread lives or until it is released. */
export interface Ownership {
  /** `none`: the file system has no sockets, so that nobody can prove anything; stated, not hidden. */
  readonly proof: "socket" | "none";
  /** Makes sure that the proof still stands, after others have changed the folder. Rejects with `PLB_FILE_OWNED`. */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

/** A record in the folder of proofs: a symlink named by its number, whose text names the socket. */
interface ClaimRecord {
  readonly number: number;
  readonly socket: string;
  readonly host: string;
}

const RECORD = /^own\.([1-9][0-9]{0,15})$/;
const ATTEMPTS = 1000;
/** What bind(2) and symlink(2) say where a file system has none. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  "EPERM",
  "EOPNOTSUPP",
  "ENOTSUP",
  "ENOSYS",
  "EINVAL",
  "EAFNOSUPPORT",
]);

/**
 * Claims a file for this thread, or says that it has an owner (`undefined`).
 *
 * The proof that an owner lives is a listening Unix-domain socket: the kernel closes it with the process, so there is
 * nothing to expire and no process id to be reused, and a stopped process still holds it. Who owns is said by records with
 * rising numbers in `.<stem>.own/`: the highest counts. A claim is made by a record one higher than a dead one, which only
 * one can make; afterwards the folder is listed again, because a claim that was prepared from an old listing may come out
 * too low, and withdraws. The highest record is never removed, so that no number is ever given twice.
 *
 * A record is a symlink: made in one step, only if absent, and without needing a free block on a full disk.
 *
 * Rejects with `PLB_FILE_NO_ACCESS`, `PLB_FILE_DISK_FULL`, `PLB_FILE_PATH_TOO_LONG` or `PLB_FILE_OWNERSHIP_FAILED`.
 */
export async function claimOwnership(
  location: JournalLocation,
  driver: FileDriver,
  host: HostIdentity,
  directoryMode: number,
): Promise<Ownership | undefined> {
  const directory = proofsFolder(location);
  const claim = async (): Promise<Claim | "none" | undefined> => {
    try {
      await driver.makeDirectory(directory, directoryMode);
      return await claimIn(directory, driver, host);
    } catch (error) {
      throw fromSystem(error, "PLB_FILE_OWNERSHIP_FAILED", directory);
    }
  };
  const first = await claim();
  if (first === undefined) return undefined;
  if (first === "none") return { proof: "none", confirm: () => Promise.resolve(), release: () => Promise.resolve() };
  let held = first;
  return {
    proof: "socket",
    async confirm(): Promise<void> {
      if ((await driver.facts(directory)) !== undefined) {
        const highest = await highestRecord(directory, driver);
        if (highest?.socket === held.name) return;
      }
      const again = await claim();
      if (again === undefined) throw fileError("PLB_FILE_OWNED", { details: { path: location.path } });
      if (again === "none") return;
      await held.socket.close();
      held = again;
    },
    release: () => held.socket.close(),
  };
}

/** Where the proofs of a file's owners are. */
export function proofsFolder({ directory, stem }: JournalLocation): string {
  return join(directory, `.${stem}.own`);
}

/** Whether a file has an owner that may live, without claiming it. */
export async function isOwned(location: JournalLocation, driver: FileDriver, host: HostIdentity): Promise<boolean> {
  const directory = proofsFolder(location);
  if ((await driver.facts(directory)) === undefined) return false;
  const record = await highestRecord(directory, driver);
  return record !== undefined && (await mayLive(record, directory, driver, host));
}

/** A claim that was won: its socket, and the name that the record gives for it. */
interface Claim {
  readonly name: string;
  readonly socket: ProofSocket;
}

async function claimIn(directory: string, driver: FileDriver, host: HostIdentity): Promise<Claim | "none" | undefined> {
  const before = await highestRecord(directory, driver);
  if (before !== undefined && (await mayLive(before, directory, driver, host))) return undefined;
  const name = `s.${randomBytes(8).toString("hex")}`;
  const socket = await listenUnder(directory, name, driver);
  if (socket === undefined) return "none";
  let isWon = false;
  try {
    isWon = await makeClaim(directory, name, driver, host);
    return isWon ? { name, socket } : undefined;
  } finally {
    if (!isWon) {
      await socket.close();
      await driver.unlink(join(directory, name));
    }
  }
}

async function listenUnder(directory: string, name: string, driver: FileDriver): Promise<ProofSocket | undefined> {
  const temporary = `t${name.slice(1)}`;
  let socket: ProofSocket;
  try {
    socket = await driver.listenAsProof(directory, temporary);
  } catch (error) {
    if (UNSUPPORTED.has(systemCode(error) ?? "")) return undefined;
    throw error;
  }
  await driver.rename(join(directory, temporary), join(directory, name));
  return socket;
}

async function makeClaim(directory: string, socket: string, driver: FileDriver, host: HostIdentity): Promise<boolean> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const highest = await highestRecord(directory, driver);
    if (highest !== undefined && (await mayLive(highest, directory, driver, host))) return false;
    const number = (highest?.number ?? 0) + 1;
    const path = join(directory, `own.${number}`);
    try {
      await driver.symlink(`${socket}!${host.tag}!${process.pid}`, path);
    } catch (error) {
      if (systemCode(error) === "EEXIST") continue;
      throw error;
    }
    const now = await highestRecord(directory, driver);
    if (now !== undefined && now.number > number) {
      await driver.unlink(path);
      continue;
    }
    await sweep(directory, number, driver);
    return true;
  }
  throw fileError("PLB_FILE_OWNERSHIP_FAILED", {
    message: "The claim was lost to others too many times.",
    details: { directory },
  });
}

/** Removes what lower records leave: they count for nothing any more. */
async function sweep(directory: string, number: number, driver: FileDriver): Promise<void> {
  for (const fileName of await driver.list(directory)) {
    const lower = Number(RECORD.exec(fileName)?.[1] ?? Number.POSITIVE_INFINITY);
    if (lower >= number) continue;
    const record = await readRecord(directory, lower, driver);
    if (record !== undefined) await driver.unlink(join(directory, record.socket));
    await driver.unlink(join(directory, fileName));
  }
}

async function highestRecord(directory: string, driver: FileDriver): Promise<ClaimRecord | undefined> {
  for (;;) {
    const numbers = (await driver.list(directory)).map((fileName) => Number(RECORD.exec(fileName)?.[1] ?? 0));
    const number = Math.max(0, ...numbers);
    if (number === 0) return undefined;
    const record = await readRecord(directory, number, driver);
    // Gone since it was listed: then a higher one is there.
    if (record !== undefined) return record;
  }
}

async function readRecord(directory: string, number: number, driver: FileDriver): Promise<ClaimRecord | undefined> {
  let text: string;
  try {
    text = await driver.readLink(join(directory, `own.${number}`));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  const [socket = "", host = ""] = text.split("!");
  // A name that leads elsewhere is none of ours.
  return { number, socket: /^s\.[0-9a-f]+$/.test(socket) ? socket : "s.0", host };
}

/** Whether the owner of a record may live. Only on the same host and boot does a refused connection say that it does not. */
async function mayLive(
  record: ClaimRecord,
  directory: string,
  driver: FileDriver,
  host: HostIdentity,
): Promise<boolean> {
  if (record.host !== host.tag) return !host.isLocal(directory);
  return (await driver.lookAtSocket(directory, record.socket)) !== "refused";
}
