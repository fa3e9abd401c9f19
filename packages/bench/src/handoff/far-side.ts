import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createKeyPair, fingerprintOf } from "@plumbline/stand-ins";
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
  const [host, user] = [createKeyPair(), createKeyPair()];
  const server = await startServer(host.private, user.public);
  if (server === undefined) return { figures: {}, lacks: LACKS };
  try {
    const to = join(server.inbox, "to");
    mkdirSync(to);
    server.own(to);
    const keyFile = join(directory, "key");
    writeFileSync(keyFile, user.private, { mode: 0o600 });
    const knownHostsFile = join(directory, "known-hosts");
    writeFileSync(knownHostsFile, `[127.0.0.1]:${server.port} ${host.public}\n`);
    return await run({
      ...server,
      to,
      privateKey: user.private,
      keyFile,
      fingerprint: fingerprintOf(host.public),
      knownHostsFile,
    });
  } finally {
    await server.stop();
  }
}
