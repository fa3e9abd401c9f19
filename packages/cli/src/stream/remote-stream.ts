import { createErrorFactory } from "@plumbline/core";
import { CLI_ERRORS } from "../error-codes.ts";
import type { Console } from "../terminal/console.ts";
import type { EventFilter } from "../view/event-filter.ts";
import { loadStreamClient, loadStreamServer, type RemoteItem } from "./stream-server-module.ts";

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
   * The server at an address, with its token: of the file that is named, of `PLUMBLINE_STREAM_TOKEN`, or of the file where a server of that port keeps it.
   * Throws `PLB_CLI_USAGE`, `PLB_CLI_NO_PACKAGE`, `PLB_CLI_NO_TOKEN` or `PLB_SERVE_TOKEN_FILE`.
   */
  static async at(console: Console, address: string, tokenFile: string | undefined): Promise<RemoteStream> {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url?.protocol !== "http:" && url?.protocol !== "https:") {
      throw cliError("PLB_CLI_USAGE", { message: "--url is no address such as http://127.0.0.1:4700." });
    }
    const { readToken, tokenFilePath } = await loadStreamServer(console.cwd);
    const given = tokenFile === undefined ? console.env["PLUMBLINE_STREAM_TOKEN"] : undefined;
    const port = Number(url.port === "" ? (url.protocol === "https:" ? 443 : 80) : url.port);
    const token = given ?? (await readToken(tokenFile ?? tokenFilePath(port, console.env)));
    if (token === undefined && tokenFile !== undefined) {
      throw cliError("PLB_CLI_NO_TOKEN", { message: `The token file ${tokenFile} is not there.` });
    }
    return new RemoteStream(console, url, token);
  }

  /** The cursor so many events before the end, within the journal's present run. Throws as {@link follow} does. */
  async before(count: number): Promise<string> {
    if (!Number.isFinite(count)) return "earliest";
    const { signal } = this.#console.interruptions;
    const headers: Record<string, string> = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const response = await fetch(new URL("/status", this.#url), { headers, signal });
    if (response.status === 401) throw cliError("PLB_CLI_NO_TOKEN");
    const status: unknown = response.ok ? await response.json() : {};
    const tip = typeof status === "object" && status !== null && "tip" in status ? String(status.tip) : "";
    const [, epoch, seq] = /^([0-9a-v]{13}):(\d+)$/.exec(tip) ?? [];
    return epoch === undefined ? "earliest" : `${epoch}:${Math.max(0, Number(seq) - count)}`;
  }

  /** What comes after a cursor, over as many connections as it takes. */
  async follow(cursor: string, filter: EventFilter): Promise<AsyncIterable<RemoteItem>> {
    const { followStream } = await loadStreamClient(this.#console.cwd);
    const { err, errColours, interruptions } = this.#console;
    return followStream({
      url: this.#url.href,
      cursor,
      token: this.#token,
      wantedNames: filter.names.length > 0 ? filter.names : undefined,
      minSeverity: filter.minSeverity,
      signal: interruptions.signal,
      onState(state) {
        if (state === "waiting") err.print(`${errColours.dim("plumbline: the server is away; trying again")}\n`);
      },
    });
  }
}
