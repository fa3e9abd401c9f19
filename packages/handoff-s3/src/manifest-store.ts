import { type HandoffManifest, PlumblineError } from "@plumbline/core";
import { formatManifest, manifestFileName, parseManifest } from "@plumbline/handoff";
import type { S3Checksum } from "./checksum.ts";
import type { ControlKeys } from "./control-keys.ts";
import type { S3Connection } from "./s3-connection.ts";
import { deleteObject, getText, headObject, listObjects, putText } from "./stored-objects.ts";

const MOST_BYTES = 64 * 1024;
const READ_AT_ONCE = 8;

/** How manifests are put. */
export interface ManifestPut {
  readonly checksum: S3Checksum;
  /** Whether the server keeps to `If-None-Match`. */
  readonly isConditional: boolean;
  readonly signal: AbortSignal;
}

/** Makes a manifest durable; resolves with what takes it back, if it was not there before. */
export async function keepManifest(
  connection: S3Connection,
  key: string,
  manifest: HandoffManifest,
  { checksum, isConditional, signal }: ManifestPut,
): Promise<() => Promise<void>> {
  const text = formatManifest(manifest);
  const isMine = isConditional
    ? await putText(connection, key, text, { checksum, signal, isNew: true })
    : (await headObject(connection, key)) === undefined;
  if (!isMine || !isConditional) await putText(connection, key, text, { checksum, signal });
  return async () => {
    if (isMine) await deleteObject(connection, key);
  };
}

/** All manifests. What is none is left out. */
export async function* readManifests(
  connection: S3Connection,
  { manifests }: ControlKeys,
): AsyncGenerator<HandoffManifest> {
  for await (const page of listObjects(connection, manifests)) {
    const keys = page.map(({ key }) => key).filter((key) => /^[0-9a-f]{32}\.json$/.test(key.slice(manifests.length)));
    for (let from = 0; from < keys.length; from += READ_AT_ONCE) {
      const texts = await Promise.all(
        keys
          .slice(from, from + READ_AT_ONCE)
          .map(async (key) => ({ key, text: await getText(connection, key, MOST_BYTES) })),
      );
      for (const { key, text } of texts) {
        const manifest = text === undefined ? undefined : readManifest(text);
        if (manifest !== undefined && manifests + manifestFileName(manifest.id) === key) yield manifest;
      }
    }
  }
}

function readManifest(text: string): HandoffManifest | undefined {
  try {
    return parseManifest(text);
  } catch (error) {
    if (PlumblineError.isInstance(error)) return undefined;
    throw error;
  }
}
