import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Clock, PlumblineError } from "@plumbline/core";
import { isLoopback } from "./listen-address.ts";
import { serverError } from "./server-error.ts";
import { Tickets } from "./tickets.ts";

/** What an {@link Access} goes by. */
export interface AccessRules {
  /** `undefined`: nobody is asked for one. */
  readonly token: string | undefined;
  readonly listenHost: string;
  readonly allowedHosts: ReadonlySet<string>;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly clock: Clock;
}

const HOST = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+))(?::\d{1,5})?$/;

/** Who may come in: the host that is called, the page that calls, and the token or ticket that it shows. */
export class Access {
  readonly #rules: AccessRules;
  readonly #digest: Buffer | undefined;
  readonly #tickets: Tickets;

  constructor(rules: AccessRules) {
    this.#rules = rules;
    this.#digest = rules.token === undefined ? undefined : digestOf(rules.token);
    this.#tickets = new Tickets(rules.clock);
  }

  /**
   * Why the caller is not let as far as the door, whatever it would show there: `PLB_SERVE_HOST_REFUSED` against names that were made to point here,
   * `PLB_SERVE_ORIGIN_REFUSED` against pages of others.
   */
  refuseCaller(request: IncomingMessage): PlumblineError | undefined {
    if (!this.#isOwnHost(request)) return serverError("PLB_SERVE_HOST_REFUSED");
    const { origin } = request.headers;
    if (origin !== undefined) {
      return this.#rules.allowedOrigins.has(origin) ? undefined : serverError("PLB_SERVE_ORIGIN_REFUSED");
    }
    // A browser leaves Origin out of plain requests, and says here that a page of another site made them.
    const site = request.headers["sec-fetch-site"];
    const isForeign = site !== undefined && site !== "same-origin" && site !== "none";
    return isForeign ? serverError("PLB_SERVE_ORIGIN_REFUSED") : undefined;
  }

  /** Why the caller may not read: `PLB_SERVE_UNAUTHORIZED`. A ticket is used up by this. */
  refuseReader(request: IncomingMessage, ticket: string | null): PlumblineError | undefined {
    if (this.#digest === undefined || this.#hasToken(request)) return undefined;
    if (ticket !== null && this.#tickets.take(ticket)) return undefined;
    return serverError("PLB_SERVE_UNAUTHORIZED");
  }

  /** A ticket for whoever shows the token itself; a ticket gets no other. Throws `PLB_SERVE_UNAUTHORIZED`. */
  giveTicket(request: IncomingMessage): string {
    if (this.#digest !== undefined && !this.#hasToken(request)) throw serverError("PLB_SERVE_UNAUTHORIZED");
    return this.#tickets.give();
  }

  /** The origin to name to a browser, whose page may read the answer. */
  allowedOrigin(request: IncomingMessage): string | undefined {
    const { origin } = request.headers;
    return origin !== undefined && this.#rules.allowedOrigins.has(origin) ? origin : undefined;
  }

  #hasToken(request: IncomingMessage): boolean {
    const token = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? "")?.[1];
    return token !== undefined && this.#digest !== undefined && timingSafeEqual(digestOf(token), this.#digest);
  }

  #isOwnHost(request: IncomingMessage): boolean {
    const match = HOST.exec(request.headers.host ?? "");
    const host = (match?.[1] ?? match?.[2])?.toLowerCase();
    if (host === undefined) return false;
    if (host === this.#rules.listenHost.toLowerCase() || this.#rules.allowedHosts.has(host)) return true;
    const local = request.socket.localAddress ?? "";
    // No name can be made to point at an address that is spelled out.
    return host === local || `::ffff:${host}` === local || (isLoopback(host) && isLoopback(local));
  }
}

/** Digests have one length, whatever was sent. */
function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
