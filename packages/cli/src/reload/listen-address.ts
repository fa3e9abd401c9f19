/** An address to listen on. */
export interface ListenAddress {
  /** `undefined`: every address of the machine. */
  readonly host: string | undefined;
  readonly port: number;
}

/** `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, or `:8080` for every address. `undefined` when it is none. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2];
  const port = Number(match[3]);
  return port > 65_535 ? undefined : { host: host === "" ? undefined : host, port };
}
