import { createHash } from "node:crypto";
import { compare } from "bcryptjs";

const BASIC = /^Basic ([A-Za-z0-9+/=]+)$/i;
/** A scrape comes again and again with the same password, and bcrypt is slow on purpose. */
const MAX_REMEMBERED = 64;

/** Passwords by HTTP Basic, against bcrypt hashes. What was right once is known by its digest, for as long as the hash is the same. */
export class BasicAuth {
  readonly #right = new Set<string>();
  readonly #compare: (password: string, hash: string) => Promise<boolean>;

  constructor(compareTo: (password: string, hash: string) => Promise<boolean> = compare) {
    this.#compare = compareTo;
  }

  /** Whether the header names one of the users with the right password. Always, where there are no users. */
  async admits(header: string | undefined, users: ReadonlyMap<string, string>): Promise<boolean> {
    const [anyHash] = users.values();
    if (anyHash === undefined) return true;
    const encoded = BASIC.exec(header ?? "")?.[1];
    if (encoded === undefined) return false;
    const given = Buffer.from(encoded, "base64").toString("utf8");
    const colon = given.indexOf(":");
    const hash = colon === -1 ? undefined : users.get(given.slice(0, colon));
    const digest = createHash("sha256")
      .update(`${hash ?? ""}\0${given}`)
      .digest("base64");
    if (hash !== undefined && this.#right.has(digest)) return true;
    // Whoever names no user waits as long as one who does: for a hash of the cost that the users' have.
    const isRight = await this.#compare(given.slice(colon + 1), hash ?? anyHash);
    if (!isRight || hash === undefined) return false;
    if (this.#right.size >= MAX_REMEMBERED) this.#right.clear();
    this.#right.add(digest);
    return true;
  }
}
