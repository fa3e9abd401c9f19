import type { BigIntStats } from "node:fs";
import { lstat } from "node:fs/promises";
import { basename } from "node:path";
import { errorCode, type Clock, type PickupGuarantee } from "@plumbline/core";
import { unreadableName } from "../unreadable-name.ts";
import { changedFields, type FileIdentity, identityAt, identityOf } from "./identity.ts";
import { type CommitRule, readCommitRecord } from "./commit-rule.ts";
import type { WriterScan } from "./open-writers.ts";
import { isUnfinishedName } from "./unfinished-name.ts";

/** When a file is ready. */
export interface ReadinessPolicy {
  readonly commit: CommitRule;
  /** The ending of what commits a file; empty where nothing beside it does. */
  readonly commitEnding: string;
  /** The least that must be known. */
  readonly require: PickupGuarantee;
  /** How long nothing of a file's identity may change, in milliseconds, where its producer does not say that it is done. */
  readonly settleMs: number;
}

/** What is known of a file, evidence by evidence, and what follows. */
export type Verdict =
  | {
      readonly kind: "ready";
      readonly guarantee: PickupGuarantee;
      readonly evidence: readonly string[];
      readonly identity: FileIdentity;
      /** What its producer says, in hex. */
      readonly sha256: string | undefined;
    }
  | {
      readonly kind: "wait";
      readonly evidence: readonly string[];
      /** Milliseconds, where time alone may change it. */ readonly againMs: number | undefined;
      /** The system's code, where it could not be looked at, or what its producer says of it could not; {@link WRITERS_UNKNOWN} where its writers could not. */ readonly trouble?: string;
    }
  | { readonly kind: "never"; readonly evidence: readonly string[] };

/** Too many files are open: that passes. */
const PASSING = ["EMFILE", "ENFILE", "EAGAIN"];
const TROUBLE_PAUSE_MS = 1000;

/** Told where nobody can tell who writes to a file, and that has to be known. */
export const WRITERS_UNKNOWN = "PLB_HANDOFF_WRITERS_UNKNOWN";

/** Told where a marker stands and its file does not. */
export const MARKER_ALONE = "PLB_HANDOFF_MARKER_ALONE";

interface Sighting {
  readonly identity: FileIdentity;
  readonly sinceMs: number;
  /** Whether it was all that it waited for that nobody could tell who writes to it. */
  isBlind: boolean;
}

/** Judges files, cheapest proof first; remembers what it saw of those that have to wait. */
export class Judge {
  readonly #policy: ReadinessPolicy;
  readonly #clock: Clock;
  readonly #sightings = new Map<string, Sighting>();
  /** Markers that stood alone, by the path of the file that was not there. */
  readonly #lone = new Map<string, FileIdentity>();

  constructor(policy: ReadinessPolicy, clock: Clock) {
    this.#policy = policy;
    this.#clock = clock;
  }

  /** Forgets a file that is gone, or that has been handed on. */
  forget(path: string): void {
    this.#sightings.delete(path);
  }

  /** Looks at the marker of a file that may not be there: alone, it commits nothing that comes later unless it is touched anew. Tells whether it stands alone, and did before. */
  async noteMarker(path: string): Promise<"new" | "still" | undefined> {
    const beside = path + this.#policy.commitEnding;
    const marker = await identityAt(beside);
    if (marker === undefined || (await identityAt(path)) !== undefined) return undefined;
    // Of what was delivered the marker goes first: between the two looks both may have gone.
    if ((await identityAt(beside)) === undefined) return undefined;
    const before = this.#lone.get(path);
    this.#lone.set(path, marker);
    return before !== undefined && changedFields(before, marker).length === 0 ? "still" : "new";
  }

  /** Forgets the markers that stood alone and are gone. */
  async forgetMarkers(): Promise<void> {
    for (const path of this.#lone.keys()) {
      const marker = await identityAt(path + this.#policy.commitEnding).catch(() => undefined);
      if (marker === undefined) this.#lone.delete(path);
    }
  }

  /**
   * `scan` is asked only where the producer has said nothing, for a look through the processes that was begun when the file had been seen as it is, which is no earlier
   * than what it is given, in milliseconds of the clock; one look serves many files.
   */
  async judge(path: string, scan: (sinceMs: number) => Promise<WriterScan | undefined>): Promise<Verdict> {
    try {
      return await this.#judge(path, scan);
    } catch (error) {
      const trouble = errorCode(error);
      return waitFor(trouble, `it cannot be looked at (${trouble})`);
    }
  }

  async #judge(path: string, scan: (sinceMs: number) => Promise<WriterScan | undefined>): Promise<Verdict> {
    const { commit, commitEnding, require: required } = this.#policy;
    if (isUnfinishedName(basename(path)))
      return { kind: "never", evidence: ["its name is hidden, or that of something unfinished"] };
    const stats = await statOf(path);
    if (stats === undefined) {
      const trouble = unreadableName(path);
      if (trouble !== undefined) return waitFor(trouble, "its name is no UTF-8: it cannot be opened by it");
      return { kind: "never", evidence: ["it is not there"] };
    }
    if (stats.isSymbolicLink()) return { kind: "never", evidence: ["it is a symbolic link, which is never followed"] };
    if (!stats.isFile()) return { kind: "never", evidence: ["it is no regular file"] };
    const identity = identityOf(stats);
    const file = { identity, links: stats.nlink, lone: this.#lone.get(path) };
    const record = await readCommitRecord(path, commit, commitEnding, file);
    if (record.kind === "committed") {
      return { kind: "ready", guarantee: "committed", evidence: [record.evidence], identity, sha256: record.sha256 };
    }
    // Whether its content is what its producer told is not known: nothing less than its word will do then.
    if (record.kind === "unreadable") return waitFor(record.trouble, record.evidence);
    const evidence = [`not committed: ${record.evidence}`];
    if (required === "committed") return { kind: "wait", evidence, againMs: undefined };
    const quiet = this.#quietness(path, identity);
    evidence.push(quiet.evidence);
    if (quiet.againMs > 0) return { kind: "wait", evidence, againMs: quiet.againMs };
    const writers = describeWriters(await scan(quiet.sinceMs), identity, stats);
    evidence.unshift(writers.evidence);
    const { settleMs } = this.#policy;
    if (writers.kind === "writer") return { kind: "wait", evidence, againMs: settleMs };
    if (writers.kind === "unknown" && required === "no-writer") return this.#blind(path, evidence);
    // A writer may have come and gone between the two looks.
    const after = await statOf(path);
    if (after === undefined || changedFields(identity, identityOf(after)).length > 0) {
      return { kind: "wait", evidence: ["it changed while it was judged", ...evidence], againMs: settleMs };
    }
    const guarantee = writers.kind === "none" ? "no-writer" : "quiescent";
    return { kind: "ready", guarantee, evidence, identity, sha256: undefined };
  }

  /** A process that has just begun can be looked into a moment later; one that cannot then, never, and time changes nothing. */
  #blind(path: string, evidence: readonly string[]): Verdict {
    const sighting = this.#sightings.get(path);
    if (sighting === undefined || sighting.isBlind)
      return { kind: "wait", evidence, againMs: undefined, trouble: WRITERS_UNKNOWN };
    sighting.isBlind = true;
    return { kind: "wait", evidence, againMs: this.#policy.settleMs };
  }

  #quietness(
    path: string,
    identity: FileIdentity,
  ): { readonly evidence: string; readonly againMs: number; readonly sinceMs: number } {
    const nowMs = this.#clock.monotonicMs();
    const { settleMs } = this.#policy;
    const before = this.#sightings.get(path);
    const changed = before === undefined ? [] : changedFields(before.identity, identity);
    if (before === undefined || changed.length > 0) {
      this.#sightings.set(path, { identity, sinceMs: nowMs, isBlind: false });
      const evidence =
        before === undefined
          ? "not quiescent: seen for the first time"
          : `not quiescent: ${changed.join(", ")} changed`;
      return { evidence, againMs: settleMs, sinceMs: nowMs };
    }
    const { sinceMs } = before;
    const quietMs = Math.floor(nowMs - sinceMs);
    if (nowMs - sinceMs < settleMs) {
      return {
        evidence: `not quiescent: unchanged for ${quietMs} of ${settleMs} ms`,
        againMs: Math.max(1, settleMs - quietMs),
        sinceMs,
      };
    }
    return { evidence: `quiescent: nothing of its identity changed for ${settleMs} ms or longer`, againMs: 0, sinceMs };
  }
}

function waitFor(trouble: string, evidence: string): Verdict {
  const againMs = PASSING.includes(trouble) ? TROUBLE_PAUSE_MS : undefined;
  return { kind: "wait", evidence: [evidence], againMs, trouble };
}

type WriterFinding = { readonly kind: "none" | "writer" | "unknown"; readonly evidence: string };

function describeWriters(
  scan: WriterScan | undefined,
  { dev, ino }: FileIdentity,
  { uid, mode }: { readonly uid: bigint; readonly mode: bigint },
): WriterFinding {
  if (scan === undefined) return { kind: "unknown", evidence: "writers unknown: this system has no /proc" };
  const pids = scan.writersOf(dev, ino);
  if (pids.length > 0)
    return { kind: "writer", evidence: `open for writing in process ${pids.slice(0, 5).join(", ")}` };
  // Root may write anything and is not counted: a claim that holds for nobody would say nothing.
  const blind = [...scan.blindUsers].filter((user) => user !== 0);
  const mayWrite = blind.filter((user) => BigInt(user) === uid || (mode & 0o022n) !== 0n);
  if (mayWrite.length > 0) {
    return {
      kind: "unknown",
      evidence: `writers unknown: processes of ${mayWrite.length} users that may write it cannot be looked into`,
    };
  }
  return { kind: "none", evidence: "no-writer: no process that may write it has it open for writing" };
}

async function statOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
