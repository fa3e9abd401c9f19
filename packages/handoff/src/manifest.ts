import { createHash } from "node:crypto";
import type { HandoffManifest, PickupGuarantee } from "@plumbline/core";
import { parseDeliveryName } from "./delivery-name.ts";
import { handoffError } from "./handoff-error.ts";

const GUARANTEES: readonly PickupGuarantee[] = ["committed", "no-writer", "quiescent"];

/** What a manifest is made of. */
export interface ManifestFacts {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  readonly guarantee: PickupGuarantee;
  /** Microseconds since 1970-01-01T00:00:00Z. */
  readonly createdMicros: number;
}

/** 32 hex digits, made of name and content: who has a file and its name finds its manifest, and finds none if a byte differs. */
export function manifestId(name: string, sha256: string): string {
  return createHash("sha256").update(name).update("\0").update(sha256).digest("hex").slice(0, 32);
}

/** The file that holds a manifest, in the folder or below the prefix of manifests. */
export function manifestFileName(id: string): string {
  return `${id}.json`;
}

export function createManifest(facts: ManifestFacts): HandoffManifest {
  const { name, size, sha256, guarantee, createdMicros } = facts;
  const created = new Date(createdMicros / 1000).toISOString();
  return { version: 1, id: manifestId(name, sha256), name, size, sha256, guarantee, created };
}

/** One JSON object and a newline. */
export function formatManifest(manifest: HandoffManifest): string {
  const { version, id, name, size, sha256, guarantee, created } = manifest;
  return `${JSON.stringify({ version, id, name, size, sha256, guarantee, created })}\n`;
}

/** A manifest from its text. Throws `PLB_HANDOFF_MANIFEST_INVALID`: also where its id is not made of its name and content, or its name leads elsewhere. */
export function parseManifest(text: string): HandoffManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw handoffError("PLB_HANDOFF_MANIFEST_INVALID"); // without the cause: its message quotes the text
  }
  if (typeof value !== "object" || value === null) throw handoffError("PLB_HANDOFF_MANIFEST_INVALID");
  const { version, id, name, size, sha256, guarantee, created } = value as Readonly<Record<string, unknown>>;
  const level = GUARANTEES.find((known) => known === guarantee);
  if (
    version !== 1 ||
    typeof name !== "string" ||
    typeof sha256 !== "string" ||
    !/^[0-9a-f]{64}$/.test(sha256) ||
    id !== manifestId(name, sha256) ||
    typeof size !== "number" ||
    !Number.isSafeInteger(size) ||
    size < 0 ||
    level === undefined ||
    typeof created !== "string" ||
    Number.isNaN(Date.parse(created))
  ) {
    throw handoffError("PLB_HANDOFF_MANIFEST_INVALID");
  }
  parseDeliveryName(name);
  return { version: 1, id: manifestId(name, sha256), name, size, sha256, guarantee: level, created };
}
