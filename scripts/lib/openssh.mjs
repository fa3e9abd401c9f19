// A real OpenSSH on loopback, with keys, configuration and folder of its own: the installed one, or Debian's packages.
import { spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { fingerprintOf, HOST_KEY, USER_KEY } from "../../packages/stand-ins/dist/index.js";
import { unpackDebian } from "./debian.mjs";
import { freePort } from "./free-port.mjs";
import { openFolder } from "./open-folder.mjs";

/** What a suite that cannot have it skips with. */
export const NEEDS_OPENSSH = "needs OpenSSH's server: installed, or as Debian's package through apt-get";

const PACKAGES = ["openssh-server", "openssh-sftp-server", "inotify-tools", "libwrap0", "libinotifytools0"];
/**
 * Whom sshd runs as, and lets in, where this process is root: as root it would need a user of its own to separate privileges. It stands in a copy of
 * /etc/passwd that only sshd sees, in a mount namespace of its own.
 */
const GUEST = { name: "plumbline", uid: 65_534, gid: 65_534 };
const AS_GUEST = `mount --bind "$1" /etc/passwd && exec setpriv --reuid ${GUEST.uid} --regid ${GUEST.gid} --clear-groups "$2" -D -e -f "$3"`;

/** Where the programs are; `undefined` where they cannot be had. */
export function findOpenssh() {
  const paths = ["usr/sbin/sshd", "usr/lib/openssh/sftp-server", "usr/bin/inotifywait"];
  const find = (...roots) => paths.map((path) => roots.map((from) => join(from, path)).find((at) => existsSync(at)));
  const folder = find("/").includes(undefined) ? unpackDebian(PACKAGES) : "/";
  const [sshd, sftpServer, inotifywait] = find("/", folder);
  if (sshd === undefined || sftpServer === undefined) return undefined;
  if (process.getuid?.() === 0 && spawnSync("unshare", ["-m", "setpriv", "--version"]).status !== 0) return undefined;
  if (folder === "/") return { sshd, sftpServer, inotifywait, env: {} };
  const libraries = ["usr/lib", "lib"]
    .map((path) => join(folder, path))
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path).map((name) => join(path, name)));
  return { sshd, sftpServer, inotifywait, env: { LD_LIBRARY_PATH: libraries.join(":") } };
}

/**
 * Starts sshd; resolves with where it is, the options of an SFTP destination that lead there, and what ends it. `keys` holds a host's private key and a user's
 * public one, where they are not to be those of the stand-in.
 */
export async function startOpenssh(programs, keys = { hostPrivate: HOST_KEY.private, userPublic: USER_KEY.public }) {
  const home = openFolder("plumbline-sshd-");
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? GUEST : { name: userInfo().username };
  const own = (path) => isRoot && chownSync(path, GUEST.uid, GUEST.gid);
  const write = (name, text, mode) => {
    const path = join(home, name);
    writeFileSync(path, text, { mode });
    own(path);
    return path;
  };
  const inbox = join(home, "inbox");
  mkdirSync(inbox);
  for (const path of [home, inbox]) own(path);
  const port = await freePort();
  const config = [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${write("host-key", keys.hostPrivate, 0o600)}`,
    `AuthorizedKeysFile ${write("authorized", `${keys.userPublic}\n`, 0o600)}`,
    "StrictModes no",
    "UsePAM no",
    "PasswordAuthentication no",
    "PidFile none",
    `Subsystem sftp ${programs.sftpServer}`,
  ];
  const configFile = write("config", `${config.join("\n")}\n`, 0o600);
  const passwd = `${readFileSync("/etc/passwd", "utf8")}${GUEST.name}:*:${GUEST.uid}:${GUEST.gid}::${home}:/bin/sh\n`;
  const [command, given] = isRoot
    ? ["unshare", ["-m", "sh", "-c", AS_GUEST, "sh", write("passwd", passwd, 0o644), programs.sshd, configFile]]
    : [programs.sshd, ["-D", "-e", "-f", configFile]];
  const child = spawn(command, given, {
    env: { PATH: process.env.PATH, ...programs.env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries < 200 && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      continue;
    }
    await stop();
    throw new Error(`sshd does not answer: ${said}`);
  }
  const login = { host: "127.0.0.1", port, username: user.name, privateKey: USER_KEY.private };
  return {
    port,
    username: user.name,
    inbox,
    own,
    stop,
    login,
    options: { ...login, hostKey: fingerprintOf(HOST_KEY.public), path: inbox },
  };
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("data", () => socket.destroy());
    socket.once("error", () => resolve(false));
    socket.once("close", (failed) => resolve(!failed));
  });
}
