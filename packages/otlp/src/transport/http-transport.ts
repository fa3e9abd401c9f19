import { request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { promisify } from "node:util";
import { gzip as gzipCallback } from "node:zlib";
import type { Clock } from "@plumbline/core";
import { otlpError } from "../otlp-error.ts";
import type { SignalSettings } from "../settings/options.ts";
import { checkHeaders } from "../settings/resolve.ts";
import { openConnections, type Connections, type TunnelOptions } from "./agent.ts";
import { connectionError } from "./connection-error.ts";
import { untraced } from "./suppress-tracing.ts";
import type { OtlpTransport, TransportAnswer, TransportRequest } from "./transport.ts";

const gzip = promisify(gzipCallback);
/** An answer has no use for more: a count and a sentence. */
const MAX_ANSWER_BYTES = 64 * 1024;
const UNAUTHORIZED = 401;

/** What an HTTP transport is made from. */
export interface HttpTransportOptions {
  readonly settings: SignalSettings;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly proxy: string | false | undefined;
  readonly concurrency: number;
}

/** OTLP over HTTP/1.1, with connections that are kept open. Source: OTLP specification, "OTLP/HTTP". */
export class HttpTransport implements OtlpTransport {
  readonly host: string;
  readonly #options: HttpTransportOptions;
  readonly #closing = new AbortController();
  #connections: Promise<Connections> | undefined;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
    this.host = options.settings.url.host;
  }

  async start(): Promise<void> {
    await this.#open();
  }

  async send({ body, contentType }: TransportRequest, signal: AbortSignal): Promise<TransportAnswer> {
    const { settings, clock } = this.#options;
    const connections = await this.#open();
    const giveUp = new AbortController();
    let isLate = false;
    const timer = clock.setTimer(() => {
      isLate = true;
      giveUp.abort();
    }, settings.timeoutMs);
    const abort = (): void => giveUp.abort();
    const outer = [signal, this.#closing.signal];
    for (const each of outer) each.addEventListener("abort", abort);
    if (outer.some((each) => each.aborted)) abort();
    try {
      const isGzip = settings.compression === "gzip";
      const content = isGzip ? await gzip(body) : body;
      const attempt = async (): Promise<TransportAnswer> => {
        const headers = {
          ...(await this.#headers(giveUp.signal)),
          "content-type": contentType,
          ...(isGzip ? { "content-encoding": "gzip" } : {}),
          "content-length": String(content.length),
        };
        giveUp.signal.throwIfAborted();
        return untraced(() => exchange({ ...connections, url: settings.url, headers, signal: giveUp.signal }, content));
      };
      const answer = await attempt();
      // A token may have been replaced since it was asked for: once more with a new one, not again and again.
      const mayBeStale =
        answer.status === UNAUTHORIZED && settings.headers.some((given) => typeof given === "function");
      return mayBeStale ? await attempt() : answer;
    } catch (error) {
      if (!isLate && giveUp.signal.aborted) throw otlpError("PLB_OTLP_CLOSED");
      if (isLate) {
        throw otlpError("PLB_OTLP_TIMEOUT", {
          message: `${this.host} did not answer within ${settings.timeoutMs} ms.`,
          details: { timeoutMs: settings.timeoutMs },
        });
      }
      throw connectionError(error, this.host);
    } finally {
      timer.cancel();
      for (const each of outer) each.removeEventListener("abort", abort);
    }
  }

  close(): void {
    this.#closing.abort();
    void this.#connections?.then(
      ({ agent }) => agent.destroy(),
      () => undefined, // it was told to whoever started or sent
    );
  }

  /** Whoever comes first opens; one that failed is tried again by the next. */
  async #open(): Promise<Connections> {
    if (this.#closing.signal.aborted) throw otlpError("PLB_OTLP_CLOSED");
    const { settings, proxy, concurrency } = this.#options;
    this.#connections ??= openConnections(settings, proxy, concurrency);
    try {
      return await this.#connections;
    } catch (error) {
      this.#connections = undefined;
      throw error;
    }
  }

  async #headers(signal: AbortSignal): Promise<Record<string, string>> {
    const headers: Record<string, string> = {};
    for (const given of this.#options.settings.headers) {
      Object.assign(headers, typeof given === "function" ? await callHeaders(given, signal) : given);
    }
    return { ...headers, "user-agent": this.#options.userAgent };
  }
}

async function callHeaders(
  given: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  try {
    return checkHeaders(await orAbort(Promise.resolve().then(given), signal));
  } catch (cause) {
    if (signal.aborted) throw cause;
    // What the function threw may hold the token: only that it failed is told.
    throw otlpError("PLB_OTLP_HEADERS_FAILED");
  }
}

async function orAbort<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  return new Promise<Value>((resolve, reject) => {
    const abort = (): void => reject(otlpError("PLB_OTLP_TIMEOUT"));
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

interface Exchange extends Connections {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** One request and its answer. Redirects are not followed: they are answers. */
function exchange(given: Exchange, content: Buffer): Promise<TransportAnswer> {
  return new Promise<TransportAnswer>((resolve, reject) => {
    const request = open(given);
    request.on("error", reject);
    // A request that has no connection yet, and waits for one, tells nothing of its end.
    given.signal.addEventListener("abort", reject, { once: true });
    // What is no OTLP answer, like 101, ends the exchange; without a listener Node would end the process's patience instead.
    request.on("upgrade", (_, socket) => {
      socket.destroy();
      reject(otlpError("PLB_OTLP_UNREACHABLE", { message: "The OTLP receiver wants to speak another protocol." }));
    });
    request.on("response", (response) => {
      readAnswer(response).then(resolve, reject);
    });
    request.end(content);
  });
}

function open({ url, forwarder, agent, tls, headers, signal }: Exchange): ClientRequest {
  const options: RequestOptions & TunnelOptions = {
    method: "POST",
    agent,
    headers: { ...headers },
    signal,
    tunnelSignal: signal,
  };
  if (url.protocol === "https:") return httpsRequest(url, { ...options, ...tls });
  if (forwarder === undefined) return httpRequest(url, options);
  // A proxy is given the whole address of a plain request, but for what it need not know. Source: RFC 9112, section 3.2.2.
  const whole = new URL(url);
  whole.username = "";
  whole.password = "";
  const host = forwarder.hostname.replace(/^\[|\]$/g, "");
  const forProxy = credentialsOf(forwarder);
  const forwarded: RequestOptions = {
    ...options,
    auth: credentialsOf(url), // a header of the same name wins
    host,
    port: forwarder.port,
    path: whole.href,
    headers: {
      ...headers,
      host: url.host,
      ...(forProxy !== undefined && { "proxy-authorization": `Basic ${Buffer.from(forProxy).toString("base64")}` }),
    },
  };
  if (forwarder.protocol === "http:") return httpRequest(forwarded);
  // Else Node would ask for the certificate of the receiver, which the header names.
  return httpsRequest({ ...forwarded, servername: isIP(host) === 0 ? host : "" });
}

function credentialsOf({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
}

async function readAnswer(response: IncomingMessage): Promise<TransportAnswer> {
  const { statusCode: status = 0, headers } = response;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    // Leaving the loop destroys the connection.
    if (size > MAX_ANSWER_BYTES) return { status, headers, body: Buffer.concat(chunks), isCut: true };
  }
  return { status, headers, body: Buffer.concat(chunks), isCut: false };
}
