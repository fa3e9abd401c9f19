import { readFile } from "node:fs/promises";
import { request as requestHttp, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestHttps, type RequestOptions as TlsRequestOptions } from "node:https";

/** How to trust the target, and to be trusted by it. Files are read anew for each request, so that certificates may be replaced. */
export interface HttpTlsOptions {
  /** PEM. Default: the authorities that Node trusts. */
  readonly caFile?: string;
  /** PEM, with `keyFile`. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** The name that the certificate must have. Default: the host of the URL. */
  readonly serverName?: string;
  /** Whether a certificate that is not trusted ends the request. Default `true`. */
  readonly rejectUnauthorized?: boolean;
}

/** A secret, or where it comes from; a function is called for each request, so that it may change. */
export type HttpSecret = string | (() => string | Promise<string>);

/** Who asks. */
export interface HttpAuth {
  readonly basicAuth?: { readonly user: string; readonly password: HttpSecret };
  readonly bearer?: HttpSecret;
}

/** One request. */
export interface HttpRequest extends HttpAuth {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly tls: HttpTlsOptions | undefined;
  readonly signal: AbortSignal;
}

/** An answer. */
export interface HttpAnswer {
  readonly status: number;
  /** The first MiB. */
  readonly body: string;
  /** The target's own time, from the header `date`, in milliseconds since 1970; whole seconds. */
  readonly dateMs: number | undefined;
}

const MAX_BODY_BYTES = 1_048_576;

/** Sends a request, without following redirects, on a connection of its own. Rejects as `node:http` does, and when the signal aborts. */
export async function sendRequest(request: HttpRequest): Promise<HttpAnswer> {
  const { url, method, headers, body, tls, signal } = request;
  const options: RequestOptions = {
    method,
    agent: false,
    signal,
    headers: {
      ...headers,
      ...(await authorization(request)),
      ...(body === undefined ? { "content-length": "0" } : { "content-length": String(Buffer.byteLength(body)) }),
    },
  };
  const tlsOptions = url.protocol === "https:" ? await readTls(tls) : undefined;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAnswer = (answer: IncomingMessage): void => {
      readAnswer(answer).then(resolve, reject);
    };
    const sent =
      tlsOptions === undefined
        ? requestHttp(url, options, onAnswer)
        : requestHttps(url, { ...options, ...tlsOptions }, onAnswer);
    sent.on("error", reject);
    sent.end(body);
  });
}

async function readAnswer(answer: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    // The rest is read all the same: a target that cannot send it may take it for a failure.
    if (length < MAX_BODY_BYTES) chunks.push(chunk);
    length += chunk.length;
  }
  const dateMs = Date.parse(answer.headers.date ?? "");
  return {
    status: answer.statusCode ?? 0,
    body: Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString("utf8"),
    dateMs: Number.isNaN(dateMs) ? undefined : dateMs,
  };
}

async function authorization({ basicAuth, bearer }: HttpAuth): Promise<Record<string, string>> {
  if (basicAuth !== undefined) {
    const credentials = `${basicAuth.user}:${await valueOf(basicAuth.password)}`;
    return { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
  }
  if (bearer !== undefined) return { authorization: `Bearer ${await valueOf(bearer)}` };
  return {};
}

async function valueOf(secret: HttpSecret): Promise<string> {
  // A file of a secret mostly ends with a line feed, which no header may hold.
  return (typeof secret === "string" ? secret : await secret()).trim();
}

async function readTls(tls: HttpTlsOptions = {}): Promise<TlsRequestOptions> {
  const { caFile, certFile, keyFile, serverName, rejectUnauthorized } = tls;
  return {
    ...(caFile === undefined ? {} : { ca: await readFile(caFile) }),
    ...(certFile === undefined ? {} : { cert: await readFile(certFile) }),
    ...(keyFile === undefined ? {} : { key: await readFile(keyFile) }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}
