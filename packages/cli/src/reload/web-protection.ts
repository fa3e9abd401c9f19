import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import { createErrorFactory, errorCode } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";
import { BasicAuth } from "./basic-auth.ts";
import { readWebConfig, type WebConfig, type WebTls } from "./web-config.ts";

const cliError = createErrorFactory(CLI_ERRORS);
const OPEN: WebConfig = { tls: undefined, users: new Map() };

/**
 * Who may read the pages, and whether they are encrypted, by a file that is read again with every connection and every request: new passwords count at once, a new
 * certificate, authority or version from the next connection on. Whether there is TLS at all, and whether clients show a certificate, stays as it was at the
 * start: a file that says otherwise is refused until it is put back or the command starts anew.
 */
export class WebProtection {
  readonly #path: string | undefined;
  readonly #auth = new BasicAuth();
  #config: WebConfig;
  #server: TlsServer | undefined;
  /** One reading at a time, so that what was read last is in force. */
  #reading: Promise<unknown> = Promise.resolve();
  #isReadingForConnection = false;

  private constructor(path: string | undefined, config: WebConfig) {
    this.#path = path;
    this.#config = config;
  }

  /** Without a path everybody may, in the clear. Rejects with `PLB_CLI_RELOAD_WEB_CONFIG`. */
  static async read(path: string | undefined): Promise<WebProtection> {
    return new WebProtection(path, path === undefined ? OPEN : await readWebConfig(path));
  }

  /** Throws `PLB_CLI_RELOAD_WEB_CONFIG` for a certificate and a key that do not belong together. */
  createServer(listener: RequestListener): Server {
    const { tls } = this.#config;
    if (tls === undefined) return createServer(listener);
    const server = this.#use(() => createTlsServer({ ...tls }, listener));
    // Who trusts only what is new never gets as far as a request; some clients find that out when the handshake is over.
    server.on("connection", () => void this.#refreshForConnection());
    this.#server = server;
    return server;
  }

  /** Whether a request with this header may be answered. Rejects with `PLB_CLI_RELOAD_WEB_CONFIG` while the file cannot be used: then nobody may. */
  async admits(authorization: string | undefined): Promise<boolean> {
    if (this.#path === undefined) return true;
    const { users } = await this.#refresh(this.#path);
    return this.#auth.admits(authorization, users);
  }

  /** However many connect meanwhile, one reading is under way for them. */
  async #refreshForConnection(): Promise<void> {
    if (this.#path === undefined || this.#isReadingForConnection) return;
    this.#isReadingForConnection = true;
    try {
      await this.#refresh(this.#path);
    } catch {
      // The next request reads it too, and says what is wrong.
    } finally {
      this.#isReadingForConnection = false;
    }
  }

  #refresh(path: string): Promise<WebConfig> {
    const read = async (): Promise<WebConfig> => {
      const config = await readWebConfig(path);
      this.#take(config.tls);
      this.#config = config;
      return config;
    };
    const reading = this.#reading.then(read, read);
    this.#reading = reading;
    return reading;
  }

  #take(tls: WebTls | undefined): void {
    const before = this.#config.tls;
    const isSameKind =
      tls?.requestCert === before?.requestCert && tls?.rejectUnauthorized === before?.rejectUnauthorized;
    if (!isSameKind) {
      throw this.#invalid(
        "says otherwise than at the start whether there is TLS, or who shows a certificate: start anew",
      );
    }
    if (tls === undefined || before === undefined || isSame(tls, before)) return;
    this.#use(() => this.#server?.setSecureContext({ ...tls }));
  }

  #use<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw this.#invalid(`names a certificate, key or authority that cannot be used (${errorCode(cause)})`, cause);
    }
  }

  #invalid(what: string, cause?: unknown): Error {
    const path = this.#path ?? "";
    return cliError("PLB_CLI_RELOAD_WEB_CONFIG", {
      message: `The web config ${path} ${what}.`,
      details: { path },
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

function isSame(one: WebTls, other: WebTls): boolean {
  const isSameText = (a: Buffer | undefined, b: Buffer | undefined): boolean =>
    a === undefined || b === undefined ? a === b : a.equals(b);
  return (
    isSameText(one.cert, other.cert) &&
    isSameText(one.key, other.key) &&
    isSameText(one.ca, other.ca) &&
    one.minVersion === other.minVersion &&
    one.maxVersion === other.maxVersion
  );
}
