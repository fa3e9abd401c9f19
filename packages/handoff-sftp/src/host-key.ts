import { createHash } from "node:crypto";
import { algorithmsOf, keysOf } from "./known-hosts.ts";
import { sftpError } from "./sftp-error.ts";
import type { SftpOptions } from "./sftp-options.ts";

/** By what a server is known. */
export interface HostCheck {
  /** The algorithms that it may sign with; `undefined` where its keys are known by fingerprint alone. */
  readonly algorithms: readonly string[] | undefined;
  /** Whether it may be trusted that shows this key, in the form that goes over the wire. */
  trusts(key: Buffer): boolean;
}

/** What 32 bytes take in base64, without the padding. */
const DIGEST_LENGTH = 43;

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").slice(0, DIGEST_LENGTH)}`;
}

/** A check by fingerprints, and by the text of a file of known hosts. Throws `PLB_SFTP_HOST_KEY_REFUSED` where neither has anything for the host. */
export function createHostCheck(
  { host, port, hostKey }: Pick<SftpOptions, "host" | "port" | "hostKey">,
  knownHosts: string | undefined,
): HostCheck {
  const prints = new Set(hostKey.map((print) => print.replace(/=$/, "")));
  const keys = knownHosts === undefined ? [] : keysOf(knownHosts, host, port);
  const algorithms = algorithmsOf(keys);
  if (prints.size === 0 && algorithms.length === 0) {
    throw sftpError("PLB_SFTP_HOST_KEY_REFUSED", {
      message: `No key of ${host}, port ${port}, is known, so none that it shows can be trusted.`,
      details: { host, port },
    });
  }
  return {
    algorithms: prints.size === 0 ? algorithms : undefined,
    trusts(key) {
      const known = keys.filter((each) => each.key.equals(key));
      if (known.some(({ isRevoked }) => isRevoked)) return false;
      return known.length > 0 || prints.has(fingerprintOf(key));
    },
  };
}
