import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CONTROL_FOLDER } from "@plumbline/handoff";
import { FarServer, fingerprintOf, HOST_KEY, PASSWORD } from "@plumbline/stand-ins";
import { type DestinationFixture, viewOfFolder } from "@plumbline/testing";

/** A server with its folder, and what somebody there sees. */
export interface SftpFixture extends DestinationFixture {
  readonly options: Readonly<Record<string, unknown>>;
  readonly server: FarServer;
  /** The folder that files are published in, on disk. */
  readonly path: string;
  readonly staging: string;
  close(): Promise<void>;
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
      hostKey: fingerprintOf(HOST_KEY.public),
      path: "/inbox",
      ...options,
    },
    ...viewOfFolder(path, CONTROL_FOLDER),
    close: async () => {
      await server.close();
      await rm(base, { recursive: true, force: true });
    },
  };
}
