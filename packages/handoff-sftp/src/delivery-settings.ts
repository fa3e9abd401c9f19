import type { DeliveryRequest, PlumblineError, VerificationLevel } from "@plumbline/core";
import { handoffError } from "@plumbline/handoff";
import type { FarSetting } from "./far-files.ts";
import { freeFar } from "./probe.ts";
import type { ServerDigest } from "./server-digest.ts";
import { isFailedWrite, saysFull, statusOf, toTrouble } from "./sftp-error.ts";
import type { FarTurn } from "./stamp.ts";

/** What a delivery over SFTP is made with. */
export interface SftpDeliverySettings extends FarSetting {
  readonly request: DeliveryRequest;
  /** Of the request's name. */
  readonly parts: readonly string[];
  readonly signal: AbortSignal;
  readonly turn: FarTurn;
  readonly verify: VerificationLevel;
  /** What `verify: server` asks. */
  readonly serverDigest: ServerDigest | undefined;
  readonly windowBytes: number;
  /** Called when nothing of it is under way any more, with whether nothing of it is left either. */
  readonly ended: (isCleared: boolean) => void;
}

/**
 * `PLB_HANDOFF_NO_SPACE` for a disk or quota that is full, as far as the server lets that be known. A failure to write what was opened to be written is the place's too, though
 * nobody says why: OpenSSH has no other word for a quota that is used up. Any other error as it is.
 */
export async function toSpaceError(error: unknown, { session, places }: FarSetting): Promise<unknown> {
  if (statusOf(error) === undefined) return error;
  const isFull = saysFull(error) || ((await freeFar(session, places.staging)) ?? 1) === 0;
  if (isFull) return handoffError("PLB_HANDOFF_NO_SPACE", { cause: error });
  return isFailedWrite(error) ? toTrouble(error) : error;
}

/** `PLB_HANDOFF_MISMATCH`. */
export function wrongContent(name: string, expected: number, found: number): PlumblineError {
  const what = expected === found ? "other content of the same size" : `${found} bytes instead of ${expected}`;
  return handoffError("PLB_HANDOFF_MISMATCH", {
    message: `${name} did not arrive as it was sent: there are ${what}.`,
    details: { name, expected, found },
  });
}

/** `PLB_HANDOFF_NAME_TAKEN`. */
export function nameTaken(name: string): PlumblineError {
  return handoffError("PLB_HANDOFF_NAME_TAKEN", {
    message: `Another file stands under the name ${name} at the destination.`,
    details: { name },
  });
}

/**
 * Runs all steps of what clears up, and rejects then with the first failure: what could not be done, over a lost connection or since it was refused, stays for `reap`.
 */
export async function clearUp(...steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Who may read files may enter their folders. */
export function folderMode(mode: number): number {
  return mode | ((mode & 0o444) >> 2);
}
