import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createSystemClock } from "@plumbline/core";
import { createSftpDestination } from "@plumbline/handoff-sftp";
import ssh2 from "ssh2";
import type { FarSide } from "./far-side.ts";
import { handOnTo } from "./folder-ways.ts";
import { findProgram, runProgram } from "./programs.ts";
import type { Way } from "./work.ts";

/** How files get to a server; resolves with `undefined` where the program cannot be had. */
export type SftpWay = (far: FarSide) => Promise<Way | undefined>;

/** OpenSSH's own, all in one session. `-f`: each file is synced over there. */
export const sftpBatch: SftpWay = (far) =>
  withProgram("sftp", (sftp) => async (from, to) => {
    const lines = (await readdir(from)).map((name) => `put ${join(from, name)} ${join(to, name)}\n`);
    await runProgram(sftp, ["-q", "-f", "-b", "-", ...sshOptions(far, "-P")], { input: lines.join("") });
  });

/** The same in a loop, as scripts do: a session a file. */
export const sftpLoop: SftpWay = (far) =>
  withProgram("sftp", (sftp) => async (from, to) => {
    for (const name of await readdir(from)) {
      const input = `put ${join(from, name)} ${join(to, name)}\n`;
      await runProgram(sftp, ["-q", "-f", "-b", "-", ...sshOptions(far, "-P")], { input });
    }
  });

/** The least that bringing a file through sshd can be: `ssh` pipes it to `cat`, which knows of no requests and no answers. Nothing is synced, nothing is checked. */
export const sshPipe: SftpWay = (far) =>
  withProgram("ssh", (ssh) => async (from, to) => {
    for (const name of await readdir(from)) {
      const given = [...sshOptions(far, "-p"), `cat > '${join(to, name)}'`];
      await runProgram(ssh, given, { inputFile: join(from, name) });
    }
  });

export const scp: SftpWay = (far) =>
  withProgram("scp", (program) => async (from, to) => {
    const [address = "", ...options] = sshOptions(far, "-P").reverse();
    const files = (await readdir(from)).map((name) => join(from, name));
    await runProgram(program, ["-q", ...options.reverse(), ...files, `${address}:${to}/`]);
  });

/**
 * As it comes, it has the server compute a checksum, by `md5sum` here, and compares it with its own: as `verify: server` does. Where a server runs no commands, or where it is told
 * so, sizes alone are compared.
 */
export function rclone(compares: "checksums" | "sizes"): SftpWay {
  return (far) => withProgram("rclone", (program) => copyWithRclone(program, far, compares));
}

function copyWithRclone(program: string, far: FarSide, compares: "checksums" | "sizes"): Way {
  return async (from, to) => {
    const remote = {
      TYPE: "sftp",
      HOST: "127.0.0.1",
      PORT: String(far.port),
      USER: far.username,
      KEY_FILE: far.keyFile,
      KNOWN_HOSTS_FILE: far.knownHostsFile,
      DISABLE_HASHCHECK: String(compares === "sizes"),
    };
    const env = Object.fromEntries(Object.entries(remote).map(([name, value]) => [`RCLONE_CONFIG_FAR_${name}`, value]));
    await runProgram(program, ["--config", "", "copy", from, `far:${to}`], { env });
  };
}

/** What ssh2 offers for it: 64 pieces at once, in no order, at the final name. */
export const fastPut: SftpWay = async (far) => async (from, to) => {
  const client = new ssh2.Client();
  await new Promise<void>((resolve, reject) => {
    client.once("ready", resolve).once("error", reject);
    client.connect({ host: "127.0.0.1", port: far.port, username: far.username, privateKey: far.privateKey });
  });
  for (const name of await readdir(from)) {
    await new Promise<void>((resolve, reject) => {
      client.sftp((refused, session) => {
        if (refused !== undefined) return reject(refused);
        session.fastPut(join(from, name), join(to, name), (error) => {
          session.end();
          if (error === undefined || error === null) resolve();
          else reject(error);
        });
      });
    });
  }
  client.end();
};

/** Ours. */
export function handOnOverSftp(verify: "read-back" | "server" | "size"): SftpWay {
  return async (far) => async (from, to) => {
    const { port, username, privateKey, fingerprint } = far;
    const destination = await createSftpDestination(
      { host: "127.0.0.1", port, username, privateKey, hostKey: [fingerprint], path: to, verify },
      { clock: createSystemClock(), baseDir: from, signal: new AbortController().signal },
    );
    await handOnTo(from, destination, `${from}-state`);
  };
}

async function withProgram(name: string, way: (path: string) => Way): Promise<Way | undefined> {
  const path = await findProgram(name);
  return path === undefined ? undefined : way(path);
}

/** The address comes last. */
function sshOptions({ port, username, keyFile, knownHostsFile }: FarSide, portOption: string): string[] {
  const options = [
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${knownHostsFile}`,
    "GlobalKnownHostsFile=/dev/null",
    "IdentitiesOnly=yes",
    "BatchMode=yes",
  ];
  return [
    "-F",
    "/dev/null",
    "-i",
    keyFile,
    portOption,
    String(port),
    ...options.flatMap((option) => ["-o", option]),
    `${username}@127.0.0.1`,
  ];
}
