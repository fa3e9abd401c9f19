/** What an address says. */
interface SftpAddress {
  readonly host: string;
  readonly port?: number;
  readonly username?: string;
  readonly path: string;
}

const EXPECTED =
  "expected sftp://user@host:port/path, without a password; /~/path starts where the server puts the user";

/** What is wrong with an option; never quotes one. */
interface AddressIssue {
  readonly path: readonly string[];
  readonly message: string;
}

/** Puts in place of `url: "sftp://user@host:port/path"`, as a command line has it, the options that it stands for. */
export function withoutAddress(
  input: unknown,
): { readonly value: unknown } | { readonly issues: readonly AddressIssue[] } {
  if (typeof input !== "object" || input === null || !("url" in input)) return { value: input };
  const { url, ...rest } = input;
  const read = typeof url === "string" ? readAddress(url) : undefined;
  if (read === undefined) return { issues: [{ path: ["url"], message: EXPECTED }] };
  const twice = Object.keys(read).filter((name) => name in rest);
  if (twice.length === 0) return { value: { ...rest, ...read } };
  return { issues: twice.map((name) => ({ path: [name], message: "is said by the address already" })) };
}

function readAddress(text: string): SftpAddress | undefined {
  if (!text.startsWith("sftp://") || !URL.canParse(text)) return undefined;
  const { hostname, port, username, password, pathname, search, hash } = new URL(text);
  const path = decoded(pathname);
  const user = decoded(username);
  if (hostname === "" || password !== "" || search !== "" || hash !== "" || path === undefined || user === undefined) {
    return undefined;
  }
  return {
    host: hostname.replace(/^\[(.*)\]$/, "$1"), // an IPv6 address
    ...(port === "" ? {} : { port: Number(port) }),
    ...(user === "" ? {} : { username: user }),
    path: path === "" ? "/" : path.replace(/^\/~(?:\/|$)/, "./"),
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // a percent sign that stands for nothing
  }
}
