import { createHash } from "node:crypto";
import ssh2 from "ssh2";

/** As OpenSSH writes them. */
export interface SshKeyPair {
  readonly private: string;
  readonly public: string;
}

/** Bytes of an Ed25519 key: its name and itself, each behind its length. */
const PUBLIC_BYTES = 51;

/** A new Ed25519 key, encrypted where a passphrase is given. `ssh2` leaves out the first byte of one of 256, when that is zero; nobody can use such a key. */
export function createKeyPair(passphrase?: string): SshKeyPair {
  for (;;) {
    const made =
      passphrase === undefined
        ? ssh2.utils.generateKeyPairSync("ed25519")
        : ssh2.utils.generateKeyPairSync("ed25519", { passphrase, cipher: "aes256-ctr", rounds: 1 });
    if (Buffer.from(made.public.split(" ")[1] ?? "", "base64").length === PUBLIC_BYTES) return made;
  }
}

/** Keys for this process alone. */
export const HOST_KEY: SshKeyPair = createKeyPair();
export const USER_KEY: SshKeyPair = createKeyPair();

/** `SHA256:…` of a public key, as `ssh-keygen -l` prints it. */
export function fingerprintOf(publicKey: string): string {
  const key = ssh2.utils.parseKey(publicKey);
  if (key instanceof Error) throw key;
  return `SHA256:${createHash("sha256").update(key.getPublicSSH()).digest("base64").replace("=", "")}`;
}
