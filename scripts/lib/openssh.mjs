// A real OpenSSH on loopback, with keys, configuration and folder of its own: the installed one, or Debian's packages unpacked into a temporary folder.
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";

const PACKAGES = ["openssh-server", "openssh-sftp-server", "inotify-tools", "libwrap0", "libinotifytools0"];
/**
 * Whom sshd runs as, and lets in, where this process is root: as root it would need a user of its own to separate privileges. It stands in a copy of
 * /etc/passwd that only sshd sees, in a mount namespace of its own.
 */
const GUEST = { name: "plumbline", uid: 65_534, gid: 65_534 };
const AS_GUEST = `mount --bind "$1" /etc/passwd && exec setpriv --reuid ${GUEST.uid} --regid ${GUEST.gid} --clear-groups "$2" -D -e -f "$3"`;

/** A folder that everybody may go through, as far as such a place is found: the machine's own for temporary files may be closed to the guest. */
export function openFolder(prefix) {
  const isOpen = (path) => (statSync(path).mode & 0o001) !== 0 && (dirname(path) === path || isOpen(dirname(path)));
  const places = [tmpdir(), "/tmp", "/var/tmp", "/srv"].filter((place) => existsSync(place));
  const folder = mkdtempSync(join(places.find(isOpen) ?? tmpdir(), prefix));
  chmodSync(folder, 0o755);
  return folder;
}

/** Where the programs are; `undefined` where they cannot be had. `folder` is one to unpack into. */
export function findOpenssh(folder) {
  const paths = ["usr/sbin/sshd", "usr/lib/openssh/sftp-server", "usr/bin/inotifywait"];
  const find = () => paths.map((path) => ["/", folder].map((from) => join(from, path)).find((at) => existsSync(at)));
  if (find().includes(undefined)) {
    const said = { cwd: folder, stdio: "ignore", timeout: 120_000 };
    for (const name of PACKAGES) spawnSync("apt-get", ["download", name], said);
    const archives = readdirSync(folder).filter((name) => name.endsWith(".deb"));
    for (const archive of archives) spawnSync("dpkg-deb", ["-x", archive, "."], said);
  }
  const [sshd, sftpServer, inotifywait] = find();
  if (sshd === undefined || sftpServer === undefined) return undefined;
  if (process.getuid?.() === 0 && spawnSync("unshare", ["-m", "setpriv", "--version"]).status !== 0) return undefined;
  const libraries = ["usr/lib", "lib"]
    .map((path) => join(folder, path))
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path).map((name) => join(path, name)));
  return { sshd, sftpServer, inotifywait, env: { LD_LIBRARY_PATH: libraries.join(":") } };
}

/** Starts sshd; resolves with where it is, whom it lets in, and what ends it. `keys` holds a host's private key and a user's public one. */
export async function startOpenssh(programs, keys) {
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
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries === 200 || child.exitCode !== null) throw new Error(`sshd does not answer: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return {
    port,
    username: user.name,
    inbox,
    own,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("data", () => socket.destroy());
    socket.once("error", () => resolve(false));
    socket.once("close", (failed) => resolve(!failed));
  });
}
