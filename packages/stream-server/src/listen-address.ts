import { isIPv4, isIPv6 } from "node:net";
import { serverError } from "./server-error.ts";

/** An address to listen on. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const ADDRESS = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/;

/** `127.0.0.1:4700`, `localhost:4700` or `[::1]:4700`; port 0 is any that is free. Throws `PLB_SERVE_OPTION_INVALID`. */
export function parseListenAddress(text: string): ListenAddress {
  const match = ADDRESS.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) {
    throw serverError("PLB_SERVE_OPTION_INVALID", {
      message: "The option listen is no address of the form HOST:PORT.",
      details: { option: "listen" },
    });
  }
  return { host, port };
}

/** Whether a host as it was given is this machine's own and nobody else's: `localhost`, 127.0.0.0/8, `::1`. */
export function isLoopback(host: string): boolean {
  const plain = host.startsWith("::ffff:") ? host.slice("::ffff:".length) : host;
  if (isIPv4(plain)) return plain.startsWith("127.");
  return isIPv6(plain) ? plain === "::1" : plain.toLowerCase() === "localhost";
}

/** `HOST:PORT`, with brackets where the host needs them. */
export function formatAddress({ host, port }: ListenAddress): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
