import { createHash } from "node:crypto";
import { compare } from "bcryptjs";

/** Of a password that nobody has: whoever names no user waits as long as one who does. */
const NOBODY = `$2b$10$${".".repeat(53)}`;
const BASIC = /^Basic ([A-Za-z0-9+/=]+)$/i;
/** A scrape comes again and again with the same password, and bcrypt is slow on purpose. */
const MAX_REMEMBERED = 64;

/** Passwords by HTTP Basic, against bcrypt hashes. What was right once is known by its digest, for as long as the hash is the same. */
export class BasicAuth {
  readonly #right = new Set<string>();

  /** Whether the header names one of the users with the right password. Always, where there are no users. */
  async admits(header: string | undefined, users: ReadonlyMap<string, string>): Promise<boolean> {
    if (users.size === 0) return true;
    const encoded = BASIC.exec(header ?? "")?.[1];
    if (encoded === undefined) return false;
    const given = Buffer.from(encoded, "base64").toString("utf8");
    const colon = given.indexOf(":");
    const hash = colon === -1 ? undefined : users.get(given.slice(0, colon));
    const digest = createHash("sha256")
      .update(`${hash ?? ""}\0${given}`)
      .digest("base64");
    if (hash !== undefined && this.#right.has(digest)) return true;
    const isRight = await compare(given.slice(colon + 1), hash ?? NOBODY);
    if (!isRight || hash === undefined) return false;
    if (this.#right.size >= MAX_REMEMBERED) this.#right.clear();
    this.#right.add(digest);
    return true;
  }
}
