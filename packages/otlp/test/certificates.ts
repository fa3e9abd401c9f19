import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";

/** A key and a certificate for it, in PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** What a certificate says. */
export interface CertificateOptions {
  readonly commonName: string;
  /** Who signs it; without one it signs itself. */
  readonly issuer?: { readonly commonName: string; readonly key: string };
  readonly notAfter?: Date;
  readonly isAuthority?: boolean;
  /** The only name that it is for. Default: `localhost`, `127.0.0.1` and `::1`. */
  readonly host?: string;
}

const YEAR_MS = 365 * 86_400_000;

/** Makes a certificate. Source: RFC 5280, in DER by hand. */
export function createIdentity(options: CertificateOptions): Identity {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const { issuer = { commonName: options.commonName, key } } = options;
  const signed = tbs(options, issuer.commonName, publicKey);
  const signature = createSign("sha256").update(signed).sign(issuer.key);
  const der = sequence(signed, sequence(ECDSA_SHA256), tagged(0x03, Buffer.from([0]), signature));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return { key, cert: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n") };
}

/** 1.2.840.10045.4.3.2 */
const ECDSA_SHA256 = Buffer.from("06082a8648ce3d040302", "hex");
/** 2.5.4.3 */
const COMMON_NAME = Buffer.from("0603550403", "hex");
/** `localhost`, `127.0.0.1` and `::1`. */
const LOCAL: readonly Buffer[] = [
  tagged(0x82, Buffer.from("localhost")),
  tagged(0x87, Buffer.from([127, 0, 0, 1])),
  tagged(0x87, Buffer.from("00000000000000000000000000000001", "hex")),
];
/** 2.5.29.17 */
const ALTERNATIVE_NAMES = "0603551d11";
/** 2.5.29.19, critical: an authority. */
const AUTHORITY = Buffer.from("0603551d130101ff040530030101ff", "hex");

function tbs(options: CertificateOptions, issuer: string, publicKey: KeyObject): Buffer {
  const { commonName, notAfter = new Date(Date.now() + YEAR_MS), isAuthority = false } = options;
  const serial = Buffer.from([1 + Math.trunc(Math.random() * 100), Math.trunc(Math.random() * 255)]);
  const names = options.host === undefined ? LOCAL : [tagged(0x82, Buffer.from(options.host))];
  const alternatives = Buffer.from(ALTERNATIVE_NAMES + hexOf(tagged(0x04, sequence(...names))), "hex");
  const extension = isAuthority ? AUTHORITY : alternatives;
  return sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, serial),
    sequence(ECDSA_SHA256),
    name(issuer),
    sequence(time(new Date(Date.now() - YEAR_MS * 2)), time(notAfter)),
    name(commonName),
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(sequence(extension))),
  );
}

function name(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(COMMON_NAME, tagged(0x0c, Buffer.from(commonName)))));
}

function time(date: Date): Buffer {
  return tagged(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const header =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

function hexOf(buffer: Buffer): string {
  return buffer.toString("hex");
}
