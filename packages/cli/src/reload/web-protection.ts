import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import { BasicAuth } from "./basic-auth.ts";
import { readWebConfig, type WebConfig } from "./web-config.ts";

const OPEN: WebConfig = { tls: undefined, users: new Map() };

/**
 * Who may read the pages, and whether they are encrypted, by a file that is read again with every request: new passwords count at once, a new certificate from the
 * next connection on. Whether there is TLS at all stays as it was at the start.
 */
export class WebProtection {
  readonly #path: string | undefined;
  readonly #auth = new BasicAuth();
  #config: WebConfig;
  #server: TlsServer | undefined;

  private constructor(path: string | undefined, config: WebConfig) {
    this.#path = path;
    this.#config = config;
  }

  /** Without a path everybody may, in the clear. Rejects with `PLB_CLI_RELOAD_WEB_CONFIG`. */
  static async read(path: string | undefined): Promise<WebProtection> {
    return new WebProtection(path, path === undefined ? OPEN : await readWebConfig(path));
  }

  createServer(listener: RequestListener): Server {
    const { tls } = this.#config;
    if (tls === undefined) return createServer(listener);
    this.#server = createTlsServer({ ...tls }, listener);
    return this.#server;
  }

  /** Whether a request with this header may be answered. Rejects with `PLB_CLI_RELOAD_WEB_CONFIG` while the file cannot be used: then nobody may. */
  async admits(authorization: string | undefined): Promise<boolean> {
    if (this.#path === undefined) return true;
    const config = await readWebConfig(this.#path);
    const { tls } = config;
    const before = this.#config.tls;
    const isNew =
      tls !== undefined && before !== undefined && !(tls.cert.equals(before.cert) && tls.key.equals(before.key));
    if (isNew) this.#server?.setSecureContext({ ...tls });
    this.#config = config;
    return this.#auth.admits(authorization, config.users);
  }
}
