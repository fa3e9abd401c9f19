import { createErrorFactory, errorCode, type ErrorDetails, PlumblineError, RetryableError } from "@plumbline/core";
import { SFTP_ERRORS } from "./error-codes.ts";

export const sftpError: (code: keyof typeof SFTP_ERRORS, extra?: ErrorDetails) => PlumblineError =
  createErrorFactory(SFTP_ERRORS);

/** Status codes of SFTP, version 3. Source: draft-ietf-secsh-filexfer-02, section 7. */
export const NO_SUCH_FILE = 2;
export const FAILURE = 4;
const CONNECTION_GONE: readonly number[] = [6, 7];
export const OP_UNSUPPORTED = 8;
const STATUS_NAMES: readonly string[] = [
  "OK",
  "EOF",
  "NO_SUCH_FILE",
  "PERMISSION_DENIED",
  "FAILURE",
  "BAD_MESSAGE",
  "NO_CONNECTION",
  "CONNECTION_LOST",
  "OP_UNSUPPORTED",
];

/**
 * An answer other than OK. What the server wrote beside it is read for "full" alone and never quoted: it may hold anything.
 */
export function refused(what: string, path: string, error: unknown): Error {
  const { code: status, message } = error as { code?: unknown; message?: unknown };
  if (typeof status !== "number" || CONNECTION_GONE.includes(status)) return connectionLost(`${what} was not answered`);
  const isFull = typeof message === "string" && /no space|quota|disk full/i.test(message);
  return refusal(what, path, status, isFull);
}

/** `PLB_SFTP_REFUSED`, with the status. */
export function refusal(what: string, path: string, status: number, isFull = false): PlumblineError {
  return sftpError("PLB_SFTP_REFUSED", {
    message: `The SFTP server refused to ${what} ${path}: ${STATUS_NAMES[status] ?? `status ${status}`}.`,
    details: { what, path, status, isFull },
  });
}

/** The status that the server answered with; `undefined` for all else, a lost connection above all. */
export function statusOf(error: unknown): number | undefined {
  if (!PlumblineError.isInstance(error) || error.code !== "PLB_SFTP_REFUSED") return undefined;
  const { status } = error.details;
  return typeof status === "number" ? status : undefined;
}

/** Whether a write, or making it durable, failed over there for a reason that was not told. */
export function isFailedWrite(error: unknown): boolean {
  if (statusOf(error) !== FAILURE || !PlumblineError.isInstance(error)) return false;
  return error.details["what"] === "write to" || error.details["what"] === "fsync";
}

/** What the place is in trouble with and no single file, and what may pass: a `RetryableError` with the same code. Any other error as it is. */
export function toTrouble(error: unknown): unknown {
  if (!PlumblineError.isInstance(error)) return error;
  return Object.assign(new RetryableError(error.message, { cause: error }), { code: error.code });
}

/** Whether an answer came: what was asked failed, and nobody need look. A connection that was lost tells nothing. */
export function isAnswer(error: unknown): boolean {
  return !RetryableError.isInstance(error) || errorCode(error) === "PLB_SFTP_REFUSED";
}

/** Whether the server said that a disk or a quota is full. */
export function saysFull(error: unknown): boolean {
  return PlumblineError.isInstance(error) && error.details["isFull"] === true;
}

/** The connection is gone: another one may do better. */
export function connectionLost(why: string): RetryableError {
  return new RetryableError(`The connection to the SFTP server was lost: ${why}.`, {
    cause: sftpError("PLB_SFTP_LOST"),
  });
}
