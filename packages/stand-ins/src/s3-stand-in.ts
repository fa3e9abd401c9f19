import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Answer, encodeKey, escapeXml, refuse, xml } from "./stand-in-answers.ts";
import {
  assemble,
  checkBody,
  checksumsOf,
  digest,
  etagOf,
  header,
  type Headers,
  type KeptObject,
  type KeptPart,
  type KeptUpload,
  listParts,
  metadataOf,
  newUploadId,
  type StandInAbility,
} from "./stand-in-objects.ts";

export type Operation =
  | "PutObject"
  | "GetObject"
  | "HeadObject"
  | "DeleteObject"
  | "ListObjects"
  | "CreateUpload"
  | "UploadPart"
  | "ListParts"
  | "CompleteUpload"
  | "AbortUpload"
  | "ListUploads";

/** A request as a fault may look at it, or change its body. */
export interface SeenRequest {
  readonly operation: Operation;
  readonly key: string;
  readonly headers: Headers;
  body: Buffer;
}

/**
 * What goes wrong: an answer instead of the work, a connection that breaks before (`reset`) or after it (`drop-answer`), in the middle of an answer's body
 * (`cut-body`); nothing where it only looks.
 */
export type Fault = Answer | "reset" | "drop-answer" | "cut-body" | undefined;

const BUCKET = "far-side";

/** A server that speaks as S3 does, as far as the hand-off asks, with one bucket in memory. */
export class S3StandIn {
  readonly objects: Map<string, KeptObject> = new Map();
  readonly uploads: Map<string, KeptUpload> = new Map();
  /** What was asked for, in order. */
  readonly requests: { readonly operation: Operation; readonly key: string; readonly headers: Headers }[] = [];
  /** Asked at each request, until it is taken away. */
  fault: ((request: SeenRequest) => Fault | Promise<Fault>) | undefined;
  now = (): Date => new Date();
  readonly #ability: StandInAbility;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(ability: Partial<StandInAbility> = {}) {
    this.#ability = {
      conditional: true,
      checksums: ["sha256", "crc64nvme", "md5"],
      leastPartBytes: 1024,
      pageSize: 4,
      ...ability,
    };
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  async listen(): Promise<Readonly<Record<string, unknown>>> {
    await new Promise<void>((resolve) => void this.#server.listen(0, "127.0.0.1", resolve));
    const { port } = this.#server.address() as AddressInfo;
    return {
      bucket: BUCKET,
      endpoint: `http://127.0.0.1:${port}`,
      accessKeyId: "stand-in",
      secretAccessKey: ["not", "a", "secret"].join("-"),
    };
  }

  /** Fails the next so many requests of an operation in the same way. */
  failNext(operation: Operation, fault: Fault, times = 1): void {
    let left = times;
    this.fault = (request) => (request.operation === operation && left-- > 0 ? fault : undefined);
  }

  put(key: string, bytes: Uint8Array): void {
    const body = Buffer.from(bytes);
    this.objects.set(key, { bytes: body, etag: etagOf(body), modified: this.now(), metadata: {}, checksums: {} });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://stand-in");
    const path = decodeURIComponent(url.pathname);
    const key = path.slice(BUCKET.length + 2);
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // the client gave up
    }
    const operation = operationOf(request.method ?? "", key, url.searchParams);
    const seen: SeenRequest = { operation, key, headers: request.headers, body: Buffer.concat(chunks) };
    this.requests.push({ operation, key, headers: request.headers });
    const fault = await this.fault?.(seen);
    if (fault === "reset") return void request.socket.resetAndDestroy();
    const isKnown =
      path.split("/")[1] === BUCKET && (header(request.headers, "authorization") ?? "").includes("stand-in");
    const answer =
      typeof fault === "object" ? fault : isKnown ? this.#answer(seen, url.searchParams) : refuse(403, "AccessDenied");
    if (fault === "drop-answer") return void request.socket.resetAndDestroy();
    const body = typeof answer.body === "string" ? Buffer.from(answer.body) : (answer.body ?? Buffer.alloc(0));
    const isHead = request.method === "HEAD";
    response.writeHead(answer.status, {
      date: this.now().toUTCString(),
      ...(isHead ? {} : { "content-length": String(body.length) }),
      ...answer.headers,
    });
    if (isHead) return void response.end();
    if (fault !== "cut-body") return void response.end(body);
    response.write(body.subarray(0, Math.ceil(body.length / 2)), () =>
      setImmediate(() => request.socket.resetAndDestroy()),
    );
  }

  #answer(request: SeenRequest, query: URLSearchParams): Answer {
    const { operation, key, headers, body } = request;
    const uploadId = query.get("uploadId") ?? "";
    switch (operation) {
      case "PutObject":
        return this.#putObject(key, headers, body);
      case "GetObject":
      case "HeadObject":
        return this.#getObject(key, headers);
      case "DeleteObject":
        return this.#deleteObject(key, header(headers, "if-match"));
      case "ListObjects":
        return this.#listObjects(query);
      case "CreateUpload":
        return this.#createUpload(key, headers);
      case "ListUploads":
        return this.#listUploads(query.get("prefix") ?? "");
      default:
        break;
    }
    const upload = this.uploads.get(uploadId);
    if (upload?.key !== key) return refuse(404, "NoSuchUpload");
    if (operation === "ListParts")
      return listParts(upload, Number(query.get("part-number-marker") ?? 0), this.#ability.pageSize);
    if (operation === "AbortUpload") {
      this.uploads.delete(uploadId);
      return { status: 204 };
    }
    if (operation === "CompleteUpload") return this.#complete(uploadId, upload, request);
    const refusal = checkBody(headers, body, this.#ability);
    if (refusal !== undefined) return refusal;
    upload.parts.set(Number(query.get("partNumber")), {
      bytes: body,
      etag: etagOf(body),
      checksums: checksumsOf(headers, this.#ability),
    });
    return { status: 200, headers: { etag: etagOf(body) } };
  }

  #putObject(key: string, headers: Headers, body: Buffer): Answer {
    const refusal = checkBody(headers, body, this.#ability);
    if (refusal !== undefined) return refusal;
    if (this.#isTaken(key, headers)) return refuse(412, "PreconditionFailed");
    const checksums = checksumsOf(headers, this.#ability);
    this.objects.set(key, {
      bytes: body,
      etag: etagOf(body),
      modified: this.now(),
      metadata: metadataOf(headers),
      checksums,
    });
    return { status: 200, headers: { etag: etagOf(body) } };
  }

  #getObject(key: string, headers: Headers): Answer {
    const object = this.objects.get(key);
    if (object === undefined) return refuse(404, "NoSuchKey");
    const match = header(headers, "if-match");
    if (match !== undefined && match !== object.etag) return refuse(412, "PreconditionFailed");
    const range = /^bytes=(\d+)-(\d*)$/.exec(header(headers, "range") ?? "");
    const from = Number(range?.[1] ?? 0);
    if (range !== null && from >= object.bytes.length) return refuse(416, "InvalidRange");
    const bytes = object.bytes.subarray(from, range?.[2] ? Number(range[2]) + 1 : undefined);
    const isAsked = header(headers, "x-amz-checksum-mode") === "ENABLED" && range === null;
    return {
      status: range === null ? 200 : 206,
      headers: {
        etag: object.etag,
        "content-length": String(bytes.length),
        "last-modified": object.modified.toUTCString(),
        ...prefixed("x-amz-meta-", object.metadata),
        ...(isAsked ? prefixed("x-amz-checksum-", object.checksums) : {}),
      },
      body: bytes,
    };
  }

  #deleteObject(key: string, match: string | undefined): Answer {
    const isOther = match !== undefined && match !== this.objects.get(key)?.etag;
    if (isOther) return this.objects.has(key) ? refuse(412, "PreconditionFailed") : refuse(404, "NoSuchKey");
    this.objects.delete(key);
    return { status: 204 };
  }

  #createUpload(key: string, headers: Headers): Answer {
    const id = newUploadId();
    const algorithm = header(headers, "x-amz-checksum-algorithm");
    this.uploads.set(id, { key, initiated: this.now(), metadata: metadataOf(headers), algorithm, parts: new Map() });
    return xml("InitiateMultipartUploadResult", `<UploadId>${id}</UploadId>`);
  }

  #complete(uploadId: string, upload: KeptUpload, { key, headers, body }: SeenRequest): Answer {
    if (this.#isTaken(key, headers)) return refuse(412, "PreconditionFailed");
    const made = assemble(upload, headers, body.toString(), this.#ability);
    if (!("object" in made)) return made;
    this.objects.set(key, made.object);
    this.uploads.delete(uploadId);
    return xml("CompleteMultipartUploadResult", `<ETag>${escapeXml(made.object.etag)}</ETag>`);
  }

  #isTaken(key: string, headers: Headers): boolean {
    return this.#ability.conditional && header(headers, "if-none-match") === "*" && this.objects.has(key);
  }

  #listObjects(query: URLSearchParams): Answer {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("continuation-token") ?? "";
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted();
    const page = keys.slice(0, this.#ability.pageSize);
    const isTruncated = page.length < keys.length;
    const rows = page.map((key) => {
      const { bytes, etag, modified } = this.objects.get(key) ?? {
        bytes: Buffer.alloc(0),
        etag: "",
        modified: new Date(0),
      };
      return `<Contents><Key>${encodeKey(key)}</Key><Size>${bytes.length}</Size><ETag>${escapeXml(etag)}</ETag><LastModified>${modified.toISOString()}</LastModified></Contents>`;
    });
    const next = isTruncated ? `<NextContinuationToken>${escapeXml(page.at(-1) ?? "")}</NextContinuationToken>` : "";
    return xml(
      "ListBucketResult",
      `<EncodingType>url</EncodingType><IsTruncated>${isTruncated}</IsTruncated>${next}${rows.join("")}`,
    );
  }

  #listUploads(prefix: string): Answer {
    const rows = [...this.uploads]
      .filter(([, { key }]) => key.startsWith(prefix))
      .map(
        ([id, { key, initiated }]) =>
          `<Upload><Key>${encodeKey(key)}</Key><UploadId>${id}</UploadId><Initiated>${initiated.toISOString()}</Initiated></Upload>`,
      );
    return xml("ListMultipartUploadsResult", `<IsTruncated>false</IsTruncated>${rows.join("")}`);
  }
}

/** Flips a bit of what is kept of an upload's part, once it has arrived; what the server lists of it follows. */
export async function damagePart(server: S3StandIn, key: string, number: number): Promise<void> {
  let part: KeptPart | undefined;
  while (part === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    part = [...server.uploads.values()].find((upload) => upload.key === key)?.parts.get(number);
  }
  part.bytes = Buffer.from(part.bytes);
  part.bytes[0] = (part.bytes[0] ?? 0) ^ 1;
  part.etag = etagOf(part.bytes);
  const { bytes, checksums } = part;
  part.checksums = Object.fromEntries(Object.keys(checksums).map((name) => [name, digest(name, bytes)]));
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}

function operationOf(method: string, key: string, query: URLSearchParams): Operation {
  if (key === "") return query.has("uploads") ? "ListUploads" : "ListObjects";
  if (method === "POST") return query.has("uploads") ? "CreateUpload" : "CompleteUpload";
  if (method === "PUT") return query.has("uploadId") ? "UploadPart" : "PutObject";
  if (method === "HEAD") return "HeadObject";
  if (method === "DELETE") return query.has("uploadId") ? "AbortUpload" : "DeleteObject";
  return query.has("uploadId") ? "ListParts" : "GetObject";
}
