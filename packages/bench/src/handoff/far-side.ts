import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ssh2 from "ssh2";
import type { Outcome, Scratch } from "../frame/bench.ts";
import { type OpensshServer, startServer } from "./programs.ts";

/** A server to hand files on to, and how to get in. */
export interface FarSide extends OpensshServer {
  /** The folder over there that files are to come to: of this machine, too. */
  readonly to: string;
  /** A private key, and the path of a file that holds it. */
  readonly privateKey: string;
  readonly keyFile: string;
  /** As OpenSSH prints it. */
  readonly fingerprint: string;
  readonly knownHostsFile: string;
}

const LACKS = "OpenSSH's server: installed, or as Debian's package through apt-get";

/** Runs with a server of its own, where one can be had. */
export async function withFarSide(
  { directory, outside }: Scratch,
  run: (far: FarSide) => Promise<Outcome>,
): Promise<Outcome> {
  if (!outside) return { figures: {}, lacks: LACKS };
  const [host, user] = [ssh2.utils.generateKeyPairSync("ed25519"), ssh2.utils.generateKeyPairSync("ed25519")];
  const server = await startServer(host.private, user.public);
  if (server === undefined) return { figures: {}, lacks: LACKS };
  try {
    const key = ssh2.utils.parseKey(host.public);
    if (key instanceof Error) throw key;
    const to = join(server.inbox, "to");
    mkdirSync(to);
    server.own(to);
    const keyFile = join(directory, "key");
    writeFileSync(keyFile, user.private, { mode: 0o600 });
    const knownHostsFile = join(directory, "known-hosts");
    writeFileSync(knownHostsFile, `[127.0.0.1]:${server.port} ${host.public}\n`);
    const fingerprint = `SHA256:${createHash("sha256").update(key.getPublicSSH()).digest("base64").replace(/=$/, "")}`;
    return await run({ ...server, to, privateKey: user.private, keyFile, fingerprint, knownHostsFile });
  } finally {
    await server.stop();
  }
}
