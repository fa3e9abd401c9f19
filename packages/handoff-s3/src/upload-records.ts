import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import type { S3Checksum } from "./checksum.ts";
import { abortUpload } from "./multipart-upload.ts";
import type { S3Connection } from "./s3-connection.ts";
import { decodeKey, deleteObject, getText, type ListedObject, listObjects, putText } from "./stored-objects.ts";

const MOST_BYTES = 16 * 1024;
const ENDING = ".json";

/** Who began which upload: S3 lists uploads by their keys, and does not tell who. Written before one begins, and again with its id. */
export interface UploadRecord {
  /** `owner.random`. */
  readonly delivery: string;
  readonly key: string;
  readonly uploadId: string | undefined;
}

/** Where records are. */
export interface RecordPlace {
  readonly connection: S3Connection;
  /** The prefix of all records. */
  readonly staging: string;
}

export async function keepRecord(
  place: RecordPlace,
  record: UploadRecord,
  how: { readonly checksum: S3Checksum; readonly signal: AbortSignal },
): Promise<void> {
  const { key, uploadId } = record;
  await putText(
    place.connection,
    recordKey(place, record.delivery),
    `${JSON.stringify({ version: 1, key, uploadId })}\n`,
    how,
  );
}

export async function removeRecord(place: RecordPlace, delivery: string): Promise<void> {
  await deleteObject(place.connection, recordKey(place, delivery));
}

/**
 * Aborts what one owner has begun and left, and removes the records; resolves with how many it were. Asks twice for each record, and once for the uploads of each key
 * that has one without an id.
 */
export async function reapUploads(
  place: RecordPlace,
  owner: string,
  isUnderWay: (delivery: string) => boolean,
): Promise<number> {
  const { connection } = place;
  const isLeft = ({ delivery }: UploadRecord): boolean => delivery.startsWith(`${owner}.`) && !isUnderWay(delivery);
  let count = 0;
  const remove = async ({ listed }: KeptRecord): Promise<void> => {
    await deleteObject(connection, listed.key);
    count += 1;
  };
  const lost: KeptRecord[] = [];
  for (const kept of await readRecords(place)) {
    const { key, uploadId } = kept.record;
    if (!isLeft(kept.record)) continue;
    if (uploadId === undefined) {
      lost.push(kept);
      continue;
    }
    await abortUpload(connection, key, uploadId);
    await remove(kept);
  }
  for (const ofKey of await findLost(place, lost)) {
    if (!(await abortUnclaimed(connection, ofKey, isLeft))) continue;
    for (const kept of ofKey.lost) await remove(kept);
  }
  return count;
}

interface KeptRecord {
  readonly record: UploadRecord;
  readonly listed: ListedObject;
}

/** The records of one key without an id that an owner has left, and what is known of that key. */
interface LostOfKey {
  readonly key: string;
  readonly lost: readonly KeptRecord[];
  readonly uploads: readonly ListedUpload[];
  /** Of all owners. Read after the uploads: each of them had its record before it began. */
  readonly records: readonly UploadRecord[];
}

async function findLost(place: RecordPlace, lost: readonly KeptRecord[]): Promise<readonly LostOfKey[]> {
  if (lost.length === 0) return [];
  const lostByKey = byKey(lost, ({ record }) => record.key);
  const uploads: ListedUpload[] = [];
  for (const key of lostByKey.keys())
    uploads.push(...(await listUploads(place.connection, key)).filter((upload) => upload.key === key));
  const uploadsByKey = byKey(uploads, ({ key }) => key);
  const recordsByKey = byKey(
    (await readRecords(place)).map(({ record }) => record),
    ({ key }) => key,
  );
  return [...lostByKey].map(([key, ofKey]) => ({
    key,
    lost: ofKey,
    uploads: uploadsByKey.get(key) ?? [],
    records: recordsByKey.get(key) ?? [],
  }));
}

/**
 * A crash between the beginning of an upload and the word of its id, or an answer that was lost. It is the one of that key that was begun since, both by the
 * server's clock, and that no other record claims. Where another delivery of the same key is about to begin, it may be that one's: resolves with `false`, and
 * all is left.
 */
async function abortUnclaimed(
  connection: S3Connection,
  { key, lost, uploads, records }: LostOfKey,
  isLeft: (record: UploadRecord) => boolean,
): Promise<boolean> {
  if (records.some((record) => record.uploadId === undefined && !isLeft(record))) return false;
  const claimed = new Set(records.map(({ uploadId }) => uploadId));
  // The server tells an upload's time in whole seconds.
  const sinceMs = Math.min(...lost.map(({ listed }) => Math.trunc((listed.modifiedMs ?? 0) / 1000) * 1000));
  for (const { id, initiatedMs } of uploads)
    if ((initiatedMs ?? 0) >= sinceMs && !claimed.has(id)) await abortUpload(connection, key, id);
  return true;
}

function byKey<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => string,
): ReadonlyMap<string, readonly Value[]> {
  const found = new Map<string, Value[]>();
  for (const value of values) {
    const group = found.get(keyOf(value));
    if (group === undefined) found.set(keyOf(value), [value]);
    else group.push(value);
  }
  return found;
}

/** An upload that has begun and not ended. */
export interface ListedUpload {
  readonly key: string;
  readonly id: string;
  readonly initiatedMs: number | undefined;
}

/** The uploads of all keys that begin so. */
export async function listUploads(connection: S3Connection, prefix: string): Promise<readonly ListedUpload[]> {
  const found: ListedUpload[] = [];
  let after: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } = {};
  for (;;) {
    const page = await connection.run("list uploads", (client, sending) =>
      client.send(
        new ListMultipartUploadsCommand({ Bucket: connection.bucket, Prefix: prefix, EncodingType: "url", ...after }),
        sending,
      ),
    );
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined) continue;
      found.push({ key: decodeKey(Key), id: UploadId, initiatedMs: Initiated?.getTime() });
    }
    if (page.IsTruncated !== true || page.NextKeyMarker === undefined) return found;
    after = {
      KeyMarker: decodeKey(page.NextKeyMarker),
      ...(page.NextUploadIdMarker === undefined ? {} : { UploadIdMarker: page.NextUploadIdMarker }),
    };
  }
}

async function readRecords(place: RecordPlace): Promise<readonly KeptRecord[]> {
  const found: KeptRecord[] = [];
  for await (const page of listObjects(place.connection, place.staging)) {
    for (const listed of page) {
      if (!listed.key.endsWith(ENDING)) continue;
      const text = await getText(place.connection, listed.key, MOST_BYTES);
      const delivery = listed.key.slice(place.staging.length, -ENDING.length);
      const record = text === undefined ? undefined : parseRecord(delivery, text);
      if (record !== undefined) found.push({ record, listed });
    }
  }
  return found;
}

function parseRecord(delivery: string, text: string): UploadRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // not one of ours
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { version, key, uploadId } = value as Readonly<Record<string, unknown>>;
  if (version !== 1 || typeof key !== "string") return undefined;
  return { delivery, key, uploadId: typeof uploadId === "string" ? uploadId : undefined };
}

function recordKey({ staging }: RecordPlace, delivery: string): string {
  return staging + delivery + ENDING;
}
