import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { PlumblineError } from "@plumbline/core";
import { isForGood } from "./close-code.ts";

const JSON_TEXT = "application/json; charset=utf-8";

/** Headers of every answer: nothing is kept, nothing is guessed, no page embeds it. */
const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

/** The HTTP status of a refusal. What is not the request's fault is 5xx: an EventSource and the client take 400 as final. */
function httpStatusOf(code: string): number {
  switch (code) {
    case "PLB_SERVE_UNAUTHORIZED":
      return 401;
    case "PLB_SERVE_HOST_REFUSED":
      return 421;
    case "PLB_SERVE_ORIGIN_REFUSED":
      return 403;
    case "PLB_SERVE_FULL":
    case "PLB_SERVE_CLOSING":
      return 503;
    case "PLB_SERVE_REQUEST_INVALID":
      return 400;
    default:
      return isForGood(code) ? 400 : 500;
  }
}

function headersOf(status: number): Readonly<Record<string, string>> {
  if (status === 401) return { "www-authenticate": "Bearer" };
  return status === 503 ? { "retry-after": "5" } : {};
}

function bodyOf({ code, message }: PlumblineError): string {
  return `${JSON.stringify({ kind: "error", code, message })}\n`;
}

export function answerJson(response: ServerResponse, body: unknown, headers: Readonly<Record<string, string>>): void {
  response.writeHead(200, { ...SAFE_HEADERS, ...headers, "content-type": JSON_TEXT });
  response.end(`${JSON.stringify(body)}\n`);
}

export function answerText(response: ServerResponse, body: string, type: string): void {
  response.writeHead(200, { ...SAFE_HEADERS, "content-type": type }).end(body);
}

/** Refuses a request with a code and a sentence; `status` where another than the code's own is meant. */
export function refuseRequest(
  response: ServerResponse,
  error: PlumblineError,
  extra: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): void {
  const status = extra.status ?? httpStatusOf(error.code);
  // What is left of a body is not read: the connection ends.
  const headers = { ...SAFE_HEADERS, ...headersOf(status), ...extra.headers, connection: "close" };
  response.writeHead(status, { ...headers, "content-type": JSON_TEXT }).end(bodyOf(error));
}

/** The same on a socket that has no response: an upgrade, or what is no HTTP. */
export function refuseSocket(socket: Duplex, error: PlumblineError, status: number = httpStatusOf(error.code)): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = bodyOf(error);
  const headers = {
    ...SAFE_HEADERS,
    ...headersOf(status),
    "content-type": JSON_TEXT,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`);
}

/** The path and the query, or `undefined` where the target is none that a server has. */
export function targetOf(request: IncomingMessage): URL | undefined {
  const { url = "" } = request;
  return url.startsWith("/") && URL.canParse(url, "http://localhost") ? new URL(url, "http://localhost") : undefined;
}
