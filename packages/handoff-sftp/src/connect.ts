import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { errorCode, type PlumblineError, type PluginContext, RetryableError } from "@plumbline/core";
import ssh2, {
  type Client,
  type ConnectConfig,
  type ParsedKey,
  type ServerHostKeyAlgorithm,
  type SFTPWrapper,
} from "ssh2";
import { createHostCheck, fingerprintOf, type HostCheck } from "./host-key.ts";
import { sftpError } from "./sftp-error.ts";
import type { SftpOptions } from "./sftp-options.ts";
import { SftpSession } from "./sftp-session.ts";

const KEEPALIVES = 3;

/** What a connection is made in. */
export type ConnectContext = Pick<PluginContext, "clock" | "baseDir" | "signal">;

/**
 * Connects, checks the host's key before anything is told to it, and opens a session. Rejects with `PLB_SFTP_HOST_KEY_REFUSED`, `PLB_SFTP_AUTH_REFUSED`,
 * `PLB_SFTP_KEY_UNUSABLE`, or a `RetryableError` caused by `PLB_SFTP_UNREACHABLE`.
 */
export async function connect(options: SftpOptions, context: ConnectContext): Promise<SftpSession> {
  const { knownHosts, privateKeyFile } = options;
  const [hostsText, keyText] = await Promise.all([
    knownHosts === undefined ? undefined : readLocal(resolve(context.baseDir, knownHosts)),
    privateKeyFile === undefined ? options.privateKey : readLocal(resolve(context.baseDir, privateKeyFile)),
  ]);
  const check = createHostCheck(options, hostsText);
  const privateKey = keyText === undefined ? undefined : checkKey(keyText, options.passphrase);
  context.signal.throwIfAborted();
  let refusedKey: string | undefined;
  const config = configOf(options, check, privateKey, (fingerprint) => (refusedKey = fingerprint));
  const client = new ssh2.Client();
  answerQuestions(client, options.password);
  try {
    const sftp = await openSession(client, config, options, context);
    return new SftpSession(client, sftp, context.clock, options.replyTimeoutMs);
  } catch (error) {
    client.on("error", () => undefined); // what else it says of an end that is known already
    client.destroy();
    throw failure(error, options, refusedKey);
  }
}

function configOf(
  options: SftpOptions,
  check: HostCheck,
  privateKey: string | undefined,
  onRefused: (fingerprint: string) => void,
): ConnectConfig {
  const { host, port, username, password, passphrase, keepaliveMs } = options;
  const agent = options.agent === "env" ? process.env["SSH_AUTH_SOCK"] : options.agent;
  return {
    host,
    port,
    username,
    readyTimeout: 0, // timed by the clock of the host
    keepaliveInterval: keepaliveMs,
    keepaliveCountMax: KEEPALIVES,
    hostVerifier: (key: Buffer) => {
      if (check.trusts(key)) return true;
      onRefused(fingerprintOf(key));
      return false;
    },
    ...(check.algorithms === undefined ? {} : { algorithms: { serverHostKey: check.algorithms.filter(isSupported) } }),
    ...(password === undefined ? {} : { password, tryKeyboard: true }),
    ...(privateKey === undefined ? {} : { privateKey }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(agent === undefined ? {} : { agent }),
  };
}

const HOST_KEY_ALGORITHMS: readonly string[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
] satisfies readonly ServerHostKeyAlgorithm[];

function isSupported(name: string): name is ServerHostKeyAlgorithm {
  return HOST_KEY_ALGORITHMS.includes(name);
}

/** A password may be asked for as a question (PAM); one whose answer would be shown is not for it. */
function answerQuestions(client: Client, password: string | undefined): void {
  client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) => {
    finish(prompts.map(({ echo }) => (echo === true ? "" : (password ?? ""))));
  });
}

async function openSession(
  client: Client,
  config: ConnectConfig,
  { connectTimeoutMs }: SftpOptions,
  { clock, signal }: ConnectContext,
): Promise<SFTPWrapper> {
  let giveUp = (): void => undefined;
  let timer: { cancel(): void } | undefined;
  try {
    return await new Promise<SFTPWrapper>((resolve, reject) => {
      giveUp = () => reject(new Error("given up"));
      timer = clock.setTimer(() => reject(new Error("timed out")), connectTimeoutMs);
      signal.addEventListener("abort", giveUp, { once: true });
      client.on("error", (error: Error & { readonly level?: string }) => {
        if (error.level !== "agent") reject(error); // without its agent it goes on with what else it was given
      });
      client.on("close", () => reject(new Error("closed")));
      client.on("ready", () => {
        client.sftp((error, sftp) => (error === undefined ? resolve(sftp) : reject(error)));
      });
      client.connect(config);
      client.setNoDelay(true); // else each small request waits for the answer to the one before
    });
  } finally {
    timer?.cancel();
    signal.removeEventListener("abort", giveUp);
  }
}

/** Without the cause's own message: it may quote what a hostile server has sent. */
function failure(error: unknown, { host, port, username }: SftpOptions, refusedKey: string | undefined): Error {
  if (refusedKey !== undefined) {
    return sftpError("PLB_SFTP_HOST_KEY_REFUSED", {
      message: `${host}, port ${port}, showed a host key that it is not known by: ${refusedKey}.`,
      details: { host, port, fingerprint: refusedKey },
    });
  }
  const { level } = error as { level?: unknown };
  if (level === "client-authentication") {
    return sftpError("PLB_SFTP_AUTH_REFUSED", { details: { host, port, username } });
  }
  const reason = errorCode(error);
  return new RetryableError(`The SFTP server ${host}, port ${port}, cannot be reached (${reason}).`, {
    cause: sftpError("PLB_SFTP_UNREACHABLE", { details: { host, port, reason } }),
  });
}

async function readLocal(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw keyUnusable(`${path} cannot be read (${errorCode(error)})`, path);
  }
}

function checkKey(text: string, passphrase: string | undefined): string {
  const parsed = ssh2.utils.parseKey(text, passphrase);
  // Some forms hold several keys, and ssh2 then gives them all.
  const [key]: readonly (Error | ParsedKey | undefined)[] = Array.isArray(parsed) ? parsed : [parsed];
  if (key === undefined || key instanceof Error) {
    throw keyUnusable("the private key cannot be read: has it a passphrase, and the right one?");
  }
  if (!key.isPrivateKey()) throw keyUnusable("a public key was given where a private one is needed");
  return text;
}

function keyUnusable(why: string, path?: string): PlumblineError {
  return sftpError("PLB_SFTP_KEY_UNUSABLE", {
    message: `The SFTP destination cannot be used: ${why}.`,
    details: path === undefined ? {} : { path },
  });
}
