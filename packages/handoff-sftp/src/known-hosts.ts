import { createHmac, timingSafeEqual } from "node:crypto";

/** A key that a file of known hosts has for a host. */
export interface KnownKey {
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  /** In the form that goes over the wire. */
  readonly key: Buffer;
  readonly isRevoked: boolean;
}

/**
 * The keys that a text in OpenSSH's form has for a host. Certificate authorities are left out: a server is known by its own key here. Names may be hashed,
 * hold `*` and `?`, and be negated by `!`. Source: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
 */
export function keysOf(text: string, host: string, port: number): readonly KnownKey[] {
  const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
  return text.split("\n").flatMap((line): readonly KnownKey[] => {
    const fields = line.trim().split(/[ \t]+/);
    const marker = fields[0]?.startsWith("@") === true ? fields.shift() : undefined;
    const [hosts, type, key] = fields;
    if (hosts === undefined || type === undefined || key === undefined || hosts.startsWith("#")) return [];
    if (marker !== undefined && marker !== "@revoked") return [];
    if (!matches(hosts, name)) return [];
    return [{ type, key: Buffer.from(key, "base64"), isRevoked: marker === "@revoked" }];
  });
}

/** The signature algorithms that a server with one of these keys can use; without, it might show a key that nobody knows while having one that is known. */
export function algorithmsOf(keys: readonly KnownKey[]): readonly string[] {
  const types = new Set(keys.filter(({ isRevoked }) => !isRevoked).map(({ type }) => type));
  return [...types].flatMap((type) => (type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type]));
}

function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith("|1|")) return matchesHash(hosts, name);
  let isMatch = false;
  for (const pattern of hosts.toLowerCase().split(",")) {
    const isNegated = pattern.startsWith("!");
    if (!matchesPattern(isNegated ? pattern.slice(1) : pattern, name)) continue;
    if (isNegated) return false;
    isMatch = true;
  }
  return isMatch;
}

function matchesHash(hosts: string, name: string): boolean {
  const [, , salt = "", digest = ""] = hosts.split("|");
  const expected = Buffer.from(digest, "base64");
  const found = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
  return expected.length === found.length && timingSafeEqual(expected, found);
}

/** `*` and `?`, in time that is linear in the product of both lengths. */
function matchesPattern(pattern: string, name: string): boolean {
  let ends = new Set([0]);
  for (const letter of pattern) {
    const next = new Set<number>();
    for (const at of ends) {
      if (letter === "*") for (let to = at; to <= name.length; to++) next.add(to);
      else if (at < name.length && (letter === "?" || letter === name[at])) next.add(at + 1);
    }
    ends = next;
  }
  return ends.has(name.length);
}
