import { randomBytes } from "node:crypto";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { RetryableError } from "@plumbline/core";
import { handoffError } from "@plumbline/handoff";
import { bodyChecksum, checksumOf, type S3Checksum, SERVER_CHECKSUMS } from "./checksum.ts";
import { MultipartUpload } from "./multipart-upload.ts";
import { probePrefix, removeOldProbes } from "./old-probes.ts";
import type { S3Connection } from "./s3-connection.ts";
import { failureOf, toS3Error } from "./s3-failures.ts";
import { deleteObject, headObject, listObjects } from "./stored-objects.ts";

/** What was found out by trying. */
export interface S3Findings {
  /** The best checksum that the server refuses a wrong body by, in a single put and in a part; `none`: it looks at none of them. */
  readonly checksum: S3Checksum;
  /** Whether a put and a completion with `If-None-Match: *` leave alone what stands there. */
  readonly isConditional: boolean;
}

const BODY = Buffer.from("plumbline");
const OTHER_BODY = Buffer.from("Plumbline");

/**
 * Tries out what publishing needs, with objects of its own below `staging`, which are removed: to put, see, list and delete, to be refused with a wrong
 * checksum, and not to replace what stands there; in the end, what starts that were cut have left an hour ago is removed. Rejects with `PLB_HANDOFF_LACKS`, or with `RetryableError` where the server cannot be reached.
 */
export async function probe(
  connection: S3Connection,
  staging: string,
  wanted: readonly S3Checksum[],
): Promise<S3Findings> {
  const key = probePrefix(staging) + randomBytes(8).toString("hex");
  const signal = connection.deadline;
  try {
    await putProbe(connection, key, { checksum: "none", body: BODY, isNew: false });
    const there = await headObject(connection, key);
    if (there?.size !== BODY.length) throw lacks("what was put there is not there");
    await listObjects(connection, key).next();
    let checksum: S3Checksum = "none";
    for (const kind of SERVER_CHECKSUMS.filter((known) => wanted.includes(known))) {
      if (!(await checksBodies(connection, key, kind))) continue;
      checksum = kind;
      break;
    }
    const upload = await MultipartUpload.create({ connection, key, checksum, metadata: {} }, signal);
    try {
      const checksParts = checksum === "none" || (await checksPart(upload, checksum, signal));
      await upload.send(1, BODY, checksumOf(checksum, BODY), signal);
      if (!(await upload.isComplete(signal))) throw lacks("it does not list the parts of an upload as they were sent");
      const isConditional = await leavesAlone(connection, key, upload, checksum, signal);
      if (there.modifiedMs !== undefined) await removeOldProbes(connection, staging, there.modifiedMs);
      return { checksum: checksParts ? checksum : "none", isConditional };
    } finally {
      await upload.abort();
    }
  } catch (error) {
    const known = toS3Error(error, "do what a hand-off needs");
    if (RetryableError.isInstance(known)) throw known;
    throw lacks(known instanceof Error ? known.message : "it cannot be used", known);
  } finally {
    await deleteObject(connection, key).catch(() => undefined); // what is the matter was said already
  }
}

/** `PLB_HANDOFF_LACKS`. */
export function lacks(what: string, cause?: unknown): Error {
  return handoffError("PLB_HANDOFF_LACKS", {
    message: `The destination cannot be used: ${what}`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A right body must be taken, and a wrong one refused. */
async function checksBodies(connection: S3Connection, key: string, checksum: S3Checksum): Promise<boolean> {
  return (
    (await isTaken(putProbe(connection, key, { checksum, body: BODY, isNew: false }))) &&
    !(await isTaken(putProbe(connection, key, { checksum, body: OTHER_BODY, isNew: false })))
  );
}

async function checksPart(upload: MultipartUpload, checksum: S3Checksum, signal: AbortSignal): Promise<boolean> {
  return !(await isTaken(upload.send(1, OTHER_BODY, checksumOf(checksum, BODY), signal)));
}

async function leavesAlone(
  connection: S3Connection,
  key: string,
  upload: MultipartUpload,
  checksum: S3Checksum,
  signal: AbortSignal,
): Promise<boolean> {
  const isPutRefused = await isPrecondition(putProbe(connection, key, { checksum, body: BODY, isNew: true }));
  return isPutRefused && isPrecondition(upload.complete(checksumOf(checksum, BODY), true, signal));
}

/** Puts the probe with the checksum of `BODY`, whatever the body. */
async function putProbe(
  connection: S3Connection,
  key: string,
  { checksum, body, isNew }: { readonly checksum: S3Checksum; readonly body: Uint8Array; readonly isNew: boolean },
): Promise<void> {
  await connection.attempt((client, sending) =>
    client.send(
      new PutObjectCommand({
        Bucket: connection.bucket,
        Key: key,
        Body: body,
        ...bodyChecksum(checksum, checksumOf(checksum, BODY)),
        ...(isNew ? { IfNoneMatch: "*" } : {}),
      }),
      sending,
    ),
  );
}

/** Whether a request was answered with success, and not with a refusal of what it holds; any other failure is thrown. */
async function isTaken(request: Promise<void>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    const status = failureOf(error).status ?? statusOf(error);
    if (status === 400 || status === 501) return false;
    throw error;
  }
}

async function isPrecondition(request: Promise<void>): Promise<boolean> {
  try {
    await request;
    return false;
  } catch (error) {
    const { status } = failureOf(error);
    if (status === 412) return true;
    if (status === 400 || status === 501) return false; // it does not know the header
    throw error;
  }
}

/** What an error of ours says that the answer was. */
function statusOf(error: unknown): unknown {
  return (error as { readonly details?: { readonly status?: unknown } } | undefined)?.details?.status;
}
