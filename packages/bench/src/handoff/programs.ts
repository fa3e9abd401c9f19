import { spawn, spawnSync } from "node:child_process";
import { constants, existsSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
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
  readonly findOpenssh: (folder: string) => object | undefined;
  readonly startOpenssh: (
    programs: object,
    keys: { readonly hostPrivate: string; readonly userPublic: string },
  ) => Promise<OpensshServer>;
}

const { S_IFMT: FILE_KIND, S_IFDIR: FOLDER } = constants;
const OTHERS_MAY_WRITE = 0o022;
const LIBRARY = new URL("../../../../scripts/lib/openssh.mjs", import.meta.url);

/** A real OpenSSH on loopback; `undefined` where its programs cannot be had. */
export async function startServer(hostPrivate: string, userPublic: string): Promise<OpensshServer | undefined> {
  const { findOpenssh, startOpenssh } = (await import(LIBRARY.href)) as OpensshLibrary;
  const programs = findOpenssh(programFolder());
  return programs === undefined ? undefined : startOpenssh(programs, { hostPrivate, userPublic });
}

/** Where the first that is asked for is: on the path, or in Debian's package of its name, fetched once. */
export function findProgram(name: string): string | undefined {
  if (spawnSync(name, ["--version"], { stdio: "ignore" }).error === undefined) return name;
  const folder = programFolder();
  const path = join(folder, "usr/bin", name);
  if (!existsSync(path)) {
    const said = { cwd: folder, stdio: "ignore", timeout: 120_000 } as const;
    spawnSync("apt-get", ["download", name], said);
    for (const archive of readdirSync(folder).filter((each) => each.startsWith(`${name}_`)))
      spawnSync("dpkg-deb", ["-x", archive, "."], said);
  }
  return existsSync(path) ? path : undefined;
}

/** Runs a program to its end. Rejects, with what it said, unless it ends well. */
export async function runProgram(
  path: string,
  given: readonly string[],
  { input, env }: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const child = spawn(path, given, { env: { ...process.env, ...env }, stdio: ["pipe", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stdin.end(input ?? "");
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0) throw new Error(`${path} ended with ${String(code)}: ${said}`);
}

/** Kept from run to run, where the server's user can read it. Throws when somebody else made it, or may write to it: programs are run from there. */
function programFolder(): string {
  const folder = join("/tmp", "plumbline-bench-programs");
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const { mode, uid } = lstatSync(folder);
  const isOurs = (mode & FILE_KIND) === FOLDER && uid === process.getuid?.() && (mode & OTHERS_MAY_WRITE) === 0;
  if (!isOurs) throw new Error(`${folder} is not a folder of this user's alone: remove it`);
  return folder;
}
