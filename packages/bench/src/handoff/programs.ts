import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";

/** What `scripts/lib/openssh.mjs` gives, as far as it is used here. */
export interface OpensshServer {
  readonly port: number;
  readonly username: string;
  /** A folder that whoever is let in may write to. */
  readonly inbox: string;
  /** Gives a file to whoever is let in. */
  own(path: string): unknown;
  stop(): Promise<void>;
}

interface OpensshLibrary {
  readonly findOpenssh: () => object | undefined;
  readonly startOpenssh: (
    programs: object,
    keys: { readonly hostPrivate: string; readonly userPublic: string },
  ) => Promise<OpensshServer>;
}

/** What `scripts/lib/debian.mjs` gives. */
interface DebianLibrary {
  readonly unpackDebian: (packages: readonly string[]) => string;
}

const LIBRARIES = new URL("../../../../scripts/lib/", import.meta.url);

/** A real OpenSSH on loopback; `undefined` where its programs cannot be had. */
export async function startServer(hostPrivate: string, userPublic: string): Promise<OpensshServer | undefined> {
  const { findOpenssh, startOpenssh } = (await import(new URL("openssh.mjs", LIBRARIES).href)) as OpensshLibrary;
  const programs = findOpenssh();
  return programs === undefined ? undefined : startOpenssh(programs, { hostPrivate, userPublic });
}

/** Where a program is: on the path, or in Debian's package of its name, fetched once. */
export async function findProgram(name: string): Promise<string | undefined> {
  if (spawnSync(name, ["--version"], { stdio: "ignore" }).error === undefined) return name;
  const { unpackDebian } = (await import(new URL("debian.mjs", LIBRARIES).href)) as DebianLibrary;
  const path = join(unpackDebian([name]), "usr/bin", name);
  return existsSync(path) ? path : undefined;
}

/** What a program is given besides its arguments. */
export interface ProgramInput {
  /** What it reads: a text, or a file, which it has open itself. */
  readonly input?: string;
  readonly inputFile?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end. Rejects, with what it said, unless it ends well. */
export async function runProgram(
  path: string,
  given: readonly string[],
  { input, inputFile, env }: ProgramInput = {},
): Promise<void> {
  const file = inputFile === undefined ? undefined : await open(inputFile);
  try {
    const child = spawn(path, given, {
      env: { ...process.env, ...env },
      stdio: [file?.fd ?? (input === undefined ? "ignore" : "pipe"), "ignore", "pipe"],
    });
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
    // One that ends before it has read all says so by its code.
    child.stdin?.on("error", () => undefined).end(input);
    const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
    if (code !== 0) throw new Error(`${path} ended with ${String(code)}: ${said}`);
  } finally {
    await file?.close();
  }
}
