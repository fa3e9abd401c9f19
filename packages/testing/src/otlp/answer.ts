import type { ServerResponse } from "node:http";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/**
 * How one request is answered.
 * - `accept`: 200. `partial`: 200, and the last `rejected` items of the request are refused.
 * - `status`: this status. `retryInfoMs` puts a `google.rpc.Status` with a RetryInfo into the body, in the request's own form.
 * - `raw`: these bytes as they are, with status 200 unless another is given; the items count as accepted when it is below 300.
 * - `wait`: waits for `until`, then answers with `answer`.
 * - `hang`: reads the request and never answers. `reset`: ends the connection, `afterBytes` of an answer having been sent.
 * - `endless`: status 200 and a body without end. `early`: 103 and 100 before a 200.
 */
export type OtlpAnswer =
  | { readonly kind: "accept" }
  | { readonly kind: "partial"; readonly rejected: number; readonly message: string }
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly message?: string;
      readonly retryInfoMs?: number;
    }
  | {
      readonly kind: "raw";
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string | Uint8Array;
    }
  | { readonly kind: "wait"; readonly until: Promise<unknown>; readonly answer: OtlpAnswer }
  | { readonly kind: "hang" }
  | { readonly kind: "reset"; readonly afterBytes?: number }
  | { readonly kind: "endless" }
  | { readonly kind: "early" };

/** How many items of a request this answer takes. */
export function acceptedOf(answer: OtlpAnswer, items: number): number {
  switch (answer.kind) {
    case "accept":
    case "endless":
    case "early":
      return items;
    case "partial":
      return Math.max(0, items - answer.rejected);
    case "raw":
      return (answer.status ?? 200) < 300 ? items : 0;
    default:
      return 0;
  }
}

/** The answer behind those that only wait. */
export async function awaitAnswer(answer: OtlpAnswer): Promise<OtlpAnswer> {
  let current = answer;
  while (current.kind === "wait") {
    await current.until;
    current = current.answer;
  }
  return current;
}

/** Sends an answer to a request of this form and signal. */
export function sendAnswer(
  response: ServerResponse,
  answer: OtlpAnswer,
  form: "protobuf" | "json",
  rejectedField: string,
): void {
  const type = form === "json" ? "application/json" : "application/x-protobuf";
  switch (answer.kind) {
    case "accept":
      response.writeHead(200, { "content-type": type }).end(form === "json" ? "{}" : "");
      return;
    case "early":
      response.writeContinue();
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      response.writeHead(200, { "content-type": type }).end(form === "json" ? "{}" : "");
      return;
    case "partial":
      response.writeHead(200, { "content-type": type });
      response.end(form === "json" ? partialJson(answer, rejectedField) : partialProto(answer));
      return;
    case "status":
      response.writeHead(answer.status, { "content-type": type, ...answer.headers });
      response.end(form === "json" ? statusJson(answer) : statusProto(answer));
      return;
    case "raw":
      response.writeHead(answer.status ?? 200, { "content-type": type, ...answer.headers }).end(answer.body);
      return;
    case "reset":
      if (answer.afterBytes === undefined) {
        response.socket?.resetAndDestroy();
        return;
      }
      response.writeHead(200, { "content-type": type, "content-length": "1000000" });
      response.write(Buffer.alloc(answer.afterBytes), () => response.socket?.resetAndDestroy());
      return;
    case "endless":
      response.writeHead(200, { "content-type": type });
      pour(response);
      return;
    case "hang":
    case "wait":
  }
}

const POUR = Buffer.alloc(64 * 1024, 1);

function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write(POUR));
  if (!response.destroyed) response.once("drain", () => pour(response));
}

function partialJson({ rejected, message }: { rejected: number; message: string }, field: string): string {
  return JSON.stringify({ partialSuccess: { [field]: String(rejected), errorMessage: message } });
}

function partialProto({ rejected, message }: { rejected: number; message: string }): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).fork();
  if (rejected !== 0) writer.tag(1, WireType.Varint).int64(rejected);
  if (message !== "") writer.tag(2, WireType.LengthDelimited).string(message);
  return writer.join().finish();
}

interface StatusAnswer {
  readonly message?: string;
  readonly retryInfoMs?: number;
}

const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";
const UNAVAILABLE = 14;

function statusJson({ message = "", retryInfoMs }: StatusAnswer): string {
  const details = retryInfoMs === undefined ? [] : [{ "@type": RETRY_INFO, retryDelay: `${retryInfoMs / 1000}s` }];
  return JSON.stringify({ code: UNAVAILABLE, message, details });
}

function statusProto({ message = "", retryInfoMs }: StatusAnswer): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.Varint).int32(UNAVAILABLE);
  writer.tag(2, WireType.LengthDelimited).string(message);
  if (retryInfoMs !== undefined) {
    const seconds = Math.trunc(retryInfoMs / 1000);
    const duration = new BinaryWriter().tag(1, WireType.Varint).int64(seconds);
    duration.tag(2, WireType.Varint).int32(Math.round((retryInfoMs - seconds * 1000) * 1e6));
    const info = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(duration.finish()).finish();
    writer.tag(3, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(RETRY_INFO).tag(2, WireType.LengthDelimited).bytes(info).join();
  }
  return writer.finish();
}
