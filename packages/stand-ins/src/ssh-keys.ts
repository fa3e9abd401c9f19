import { createHash } from "node:crypto";
import ssh2 from "ssh2";

/** Keys for this process alone. */
export const HOST_KEY: { private: string; public: string } = ssh2.utils.generateKeyPairSync("ed25519");
export const USER_KEY: { private: string; public: string } = ssh2.utils.generateKeyPairSync("ed25519");

/** `SHA256:…` of a public key, as `ssh-keygen -l` prints it. */
export function fingerprintOf(publicKey: string): string {
  const key = ssh2.utils.parseKey(publicKey);
  if (key instanceof Error) throw key;
  return `SHA256:${createHash("sha256").update(key.getPublicSSH()).digest("base64").replace("=", "")}`;
}
