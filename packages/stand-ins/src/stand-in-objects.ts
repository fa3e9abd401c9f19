import { createHash, randomBytes } from "node:crypto";
import { crc64nvme } from "./crc64.ts";
import { type Answer, refuse, xml, escapeXml } from "./stand-in-answers.ts";

/** An object as the stand-in keeps it. */
export interface KeptObject {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly modified: Date;
  readonly metadata: Readonly<Record<string, string>>;
  /** Headers such as `x-amz-checksum-sha256`, as a HEAD with checksum mode gives them. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** A part as the stand-in keeps it; its bytes may be damaged by a test. */
export interface KeptPart {
  bytes: Buffer;
  etag: string;
  checksums: Readonly<Record<string, string>>;
}

export interface KeptUpload {
  readonly key: string;
  readonly initiated: Date;
  readonly metadata: Readonly<Record<string, string>>;
  readonly algorithm: string | undefined;
  readonly parts: Map<number, KeptPart>;
}

/** What a server of this kind can do. */
export interface StandInAbility {
  /** Keeps to `If-None-Match: *`. */
  readonly conditional: boolean;
  /** Header names without `x-amz-checksum-`, and `md5`, that it checks; the others it ignores. */
  readonly checksums: readonly string[];
  readonly leastPartBytes: number;
  readonly pageSize: number;
}

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export function header(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

/** Compares a body with the checksums that came with it. */
export function checkBody(headers: Headers, body: Buffer, ability: StandInAbility): Answer | undefined {
  const signed = header(headers, "x-amz-content-sha256") ?? "";
  if (/^[0-9a-f]{64}$/.test(signed) && signed !== createHash("sha256").update(body).digest("hex")) {
    return refuse(400, "XAmzContentSHA256Mismatch");
  }
  if (ability.checksums.includes("md5")) {
    const md5 = header(headers, "content-md5");
    if (md5 !== undefined && md5 !== createHash("md5").update(body).digest("base64")) return refuse(400, "BadDigest");
  }
  for (const [name, value] of Object.entries(checksumsOf(headers, ability))) {
    if (value !== digest(name, body)) return refuse(400, "BadDigest");
  }
  return undefined;
}

/** The checksum headers of a request that the server knows. */
export function checksumsOf(headers: Headers, ability: StandInAbility): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of ["sha256", "crc64nvme"]) {
    const value = header(headers, `x-amz-checksum-${name}`);
    if (value !== undefined && ability.checksums.includes(name)) found[name] = value;
  }
  return found;
}

export function digest(name: string, body: Buffer): string {
  if (name === "crc64nvme") return crc64nvme(body);
  return createHash(name).update(body).digest("base64");
}

export function etagOf(body: Buffer): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}

export function metadataOf(headers: Headers): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith("x-amz-meta-") && typeof value === "string") found[name.slice("x-amz-meta-".length)] = value;
  }
  return found;
}

/** What CompleteMultipartUpload does with the parts that its body names. */
export function assemble(
  upload: KeptUpload,
  headers: Headers,
  body: string,
  ability: StandInAbility,
): Answer | { readonly object: KeptObject } {
  const wanted = fields(body, "Part").map((text) => ({
    number: Number(field(text, "PartNumber")),
    etag: field(text, "ETag")?.replaceAll("&quot;", '"'),
    sha256: field(text, "ChecksumSHA256"),
    crc64nvme: field(text, "ChecksumCRC64NVME"),
  }));
  const parts: KeptPart[] = [];
  for (const [index, part] of wanted.entries()) {
    const kept = upload.parts.get(part.number);
    if (kept === undefined || kept.etag !== part.etag) return refuse(400, "InvalidPart");
    if (part.number <= (wanted[index - 1]?.number ?? 0)) return refuse(400, "InvalidPartOrder");
    for (const name of ["sha256", "crc64nvme"] as const) {
      if (part[name] !== undefined && kept.checksums[name] !== undefined && part[name] !== kept.checksums[name]) {
        return refuse(400, "InvalidPart");
      }
    }
    if (index < wanted.length - 1 && kept.bytes.length < ability.leastPartBytes) return refuse(400, "EntityTooSmall");
    parts.push(kept);
  }
  if (parts.length === 0) return refuse(400, "MalformedXML");
  const bytes = Buffer.concat(parts.map((part) => part.bytes));
  const whole = header(headers, "x-amz-checksum-crc64nvme");
  if (whole !== undefined && ability.checksums.includes("crc64nvme") && whole !== digest("crc64nvme", bytes)) {
    return refuse(400, "BadDigest");
  }
  const checksums: Record<string, string> =
    upload.algorithm === "SHA256"
      ? {
          sha256: `${digest("sha256", Buffer.concat(parts.map((part) => Buffer.from(digest("sha256", part.bytes), "base64"))))}-${parts.length}`,
        }
      : upload.algorithm === "CRC64NVME"
        ? { crc64nvme: digest("crc64nvme", bytes) }
        : {};
  const etag = `"${createHash("md5").update(bytes).digest("hex")}-${parts.length}"`;
  return { object: { bytes, etag, modified: upload.initiated, metadata: upload.metadata, checksums } };
}

export function newUploadId(): string {
  return randomBytes(12).toString("hex");
}

/** One page of parts. A next marker is named always, as some servers do. */
export function listParts(upload: KeptUpload, after: number, pageSize: number): Answer {
  const all = [...upload.parts].filter(([number]) => number > after).toSorted(([one], [other]) => one - other);
  const page = all.slice(0, pageSize);
  const parts = page.map(
    ([number, { bytes, etag, checksums }]) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>${escapeXml(etag)}</ETag><Size>${bytes.length}</Size>` +
      (checksums["sha256"] === undefined ? "" : `<ChecksumSHA256>${checksums["sha256"]}</ChecksumSHA256>`) +
      (checksums["crc64nvme"] === undefined ? "" : `<ChecksumCRC64NVME>${checksums["crc64nvme"]}</ChecksumCRC64NVME>`) +
      `</Part>`,
  );
  const head = `<IsTruncated>${page.length < all.length}</IsTruncated><NextPartNumberMarker>${page.at(-1)?.[0] ?? 0}</NextPartNumberMarker>`;
  return xml("ListPartsResult", head + parts.join(""));
}

function field(text: string, name: string): string | undefined {
  return fields(text, name)[0];
}

/** What stands in the elements of a name, one after the other. */
function fields(text: string, name: string): readonly string[] {
  return text
    .split(`<${name}>`)
    .slice(1)
    .map((rest) => rest.split(`</${name}>`)[0] ?? "");
}
