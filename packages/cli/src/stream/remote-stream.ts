import { createErrorFactory, errorCode, isNamePattern } from "@plumbline/core";
import { Readable } from "node:stream";
import { CLI_ERRORS } from "../error-codes.ts";
import type { Console } from "../terminal/console.ts";
import type { EventFilter } from "../view/event-filter.ts";
import { loadStreamClient, loadStreamServer, type RemoteItem } from "./stream-server-module.ts";

/** An answer names every subscriber of a server. What is longer is another's. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

const cliError = createErrorFactory(CLI_ERRORS);

/** A stream server, and how to come in. */
export class RemoteStream {
  readonly #console: Console;
  readonly #url: URL;
  readonly #token: string | undefined;

  private constructor(console: Console, url: URL, token: string | undefined) {
    this.#console = console;
    this.#url = url;
    this.#token = token;
  }

  /**
   * The server at an address, with its token: of the file that is named, of `PLUMBLINE_STREAM_TOKEN`, or, on this machine, of the file where a server of that port
   * keeps it. Throws `PLB_CLI_USAGE`, `PLB_CLI_NO_PACKAGE`, `PLB_CLI_NO_TOKEN`, `PLB_CLI_TLS_REQUIRED` or `PLB_SERVE_TOKEN_FILE`.
   */
  static async at(console: Console, address: string, tokenFile: string | undefined): Promise<RemoteStream> {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url?.protocol !== "http:" && url?.protocol !== "https:") {
      throw cliError("PLB_CLI_USAGE", { message: "--url is no address such as http://127.0.0.1:4700." });
    }
    if (url.username !== "" || url.password !== "") {
      throw cliError("PLB_CLI_USAGE", {
        message: "--url holds a name or password; a server asks for its token alone.",
      });
    }
    const isLocal = isLoopback(url.hostname);
    const { readToken, tokenFilePath } = await loadStreamServer(console.cwd);
    const given = tokenFile === undefined ? console.env["PLUMBLINE_STREAM_TOKEN"] || undefined : undefined;
    const port = Number(url.port === "" ? (url.protocol === "https:" ? 443 : 80) : url.port);
    // Another machine's server of that port has another token, and whoever listens there is not to get this one's.
    const file = tokenFile ?? (isLocal ? tokenFilePath(port, console.env) : undefined);
    const token = given ?? (file === undefined ? undefined : await readToken(file));
    if (token === undefined && tokenFile !== undefined) {
      throw cliError("PLB_CLI_NO_TOKEN", { message: `The token file ${tokenFile} is not there.` });
    }
    if (token !== undefined && url.protocol === "http:" && !isLocal) throw cliError("PLB_CLI_TLS_REQUIRED");
    return new RemoteStream(console, url, token);
  }

  /**
   * The id of the journal's last event; `undefined` for a journal that never had one. Throws `PLB_CLI_NO_TOKEN`, `PLB_CLI_SERVER_UNREACHABLE` or
   * `PLB_CLI_SERVER_REFUSED`.
   */
  async tip(): Promise<string | undefined> {
    const address = new URL(this.#url);
    address.pathname = `${address.pathname.replace(/\/$/, "")}/status`;
    const { status, isOk, body } = await this.#get(address);
    if (status === 401) throw cliError("PLB_CLI_NO_TOKEN");
    const answer = parseObject(body);
    if (!isOk || !("subscribers" in answer)) {
      const code = typeof answer["code"] === "string" ? answer["code"] : "the answer is not one of a stream server";
      const message = `The stream server answered ${address.pathname} with ${status} (${code}).`;
      throw cliError("PLB_CLI_SERVER_REFUSED", { message, details: { status, code } });
    }
    return typeof answer["tip"] === "string" ? answer["tip"] : undefined;
  }

  /** What comes after a cursor, over as many connections as it takes. */
  async follow(cursor: string, filter: EventFilter): Promise<AsyncIterable<RemoteItem>> {
    const { followStream } = await loadStreamClient(this.#console.cwd);
    const { err, errColours, interruptions } = this.#console;
    // The server knows whole names and namespaces. What else a name is given as is compared here, as all of the filter is.
    const isAskedByName = filter.names.length > 0 && filter.names.every((name) => isNamePattern(name));
    return followStream({
      url: this.#url.href,
      cursor,
      token: this.#token,
      wantedNames: isAskedByName ? filter.names : undefined,
      minSeverity: filter.minSeverity,
      signal: interruptions.signal,
      onState(state) {
        if (state === "waiting") err.say(`${errColours.dim("plumbline: the server is away; trying again")}\n`);
      },
    });
  }

  async #get(address: URL): Promise<{ readonly status: number; readonly isOk: boolean; readonly body: string }> {
    const { signal } = this.#console.interruptions;
    const headers: Record<string, string> = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    try {
      const response = await fetch(address, { headers, signal, redirect: "manual" });
      return { status: response.status, isOk: response.ok, body: await textOf(response, signal) };
    } catch (error) {
      if (signal.aborted) throw error;
      const code = errorCode(error instanceof Error && error.cause !== undefined ? error.cause : error);
      const message = `The stream server at ${this.#url.host} cannot be reached (${code}).`;
      throw cliError("PLB_CLI_SERVER_UNREACHABLE", { message, details: { code }, cause: error });
    }
  }
}

/**
 * The text of an answer, as far as it is read. The stream is given the signal as well: fetch holds it weakly, and once the request is collected an abort no longer
 * reaches the body.
 */
async function textOf({ body }: Response, signal: AbortSignal): Promise<string> {
  if (body === null) return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const stream: AsyncIterable<Uint8Array> = Readable.fromWeb(body, { signal });
  for await (const chunk of stream) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The cursor so many events before a journal's last one, within the run that it is of. */
export function cursorBefore(tip: string | undefined, count: number): string {
  const [, epoch, seq] = /^([0-9a-v]{13}):(\d+)$/.exec(tip ?? "") ?? [];
  if (epoch === undefined || !Number.isFinite(count)) return "earliest";
  return `${epoch}:${Math.max(0, Number(seq) - count)}`;
}

/** Whether an address's host, as `URL` writes it, is this machine and no other. */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {}; // the page of a proxy, or of something else
  }
}
