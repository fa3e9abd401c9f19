import { createHash } from "node:crypto";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { errorCode } from "@plumbline/core";
import { CONTROL_FOLDER } from "@plumbline/handoff";
import { FarServer, HOST_KEY, PASSWORD } from "@plumbline/stand-ins";
import type { DestinationFixture } from "@plumbline/testing";
import ssh2 from "ssh2";

/** A server with its folder, and what somebody there sees. */
export interface SftpFixture extends DestinationFixture {
  readonly options: Readonly<Record<string, unknown>>;
  readonly server: FarServer;
  /** The folder that files are published in, on disk. */
  readonly path: string;
  readonly staging: string;
  close(): Promise<void>;
}

/** `SHA256:…` of the test server's key. */
export function hostFingerprint(): string {
  const key = ssh2.utils.parseKey(HOST_KEY.public);
  if (key instanceof Error) throw key;
  return `SHA256:${createHash("sha256").update(key.getPublicSSH()).digest("base64").replace(/=+$/, "")}`;
}

export async function createSftpFixture(options: Readonly<Record<string, unknown>> = {}): Promise<SftpFixture> {
  const base = await mkdtemp(join(tmpdir(), "plumbline-sftp-"));
  const path = join(base, "inbox");
  const staging = join(path, CONTROL_FOLDER, "staging");
  const server = new FarServer(base);
  await server.listen();
  return {
    server,
    path,
    staging,
    options: {
      host: "127.0.0.1",
      port: server.port,
      username: "plumbline",
      password: PASSWORD,
      hostKey: hostFingerprint(),
      path: "/inbox",
      ...options,
    },
    visible: async () => {
      const files: string[] = [];
      for (const name of await namesIn(path, true)) {
        if (name.split("/")[0] === CONTROL_FOLDER || name.endsWith(".ready")) continue;
        if ((await lstat(join(path, name))).isFile()) files.push(name);
      }
      return files;
    },
    read: async (name) => {
      try {
        return await readFile(join(path, name));
      } catch (error) {
        if (errorCode(error) === "ENOENT") return undefined;
        throw error;
      }
    },
    put: async (name, content) => {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), content);
    },
    staged: async () => (await namesIn(staging, false)).length,
    close: async () => {
      await server.close();
      await rm(base, { recursive: true, force: true });
    },
  };
}

async function namesIn(path: string, recursive: boolean): Promise<readonly string[]> {
  try {
    return (await readdir(path, { recursive })).map((name) => relative(path, join(path, name)));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}
