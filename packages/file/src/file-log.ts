import { errorCode } from "@plumbline/core";
import type { ForeignChange } from "./active-file-options.ts";
import type { FileDiagnostics } from "./options.ts";
import type { Recovered } from "./recovery.ts";
import type { Removal } from "./retention.ts";

/** How often what happened to a file and its segments, since it was opened. */
export interface FileCounts {
  readonly rotations: number;
  readonly rotationFailures: number;
  readonly segmentsSealed: number;
  readonly segmentsRemoved: number;
  /** Of the removed ones, those that a consumer still held: the bound on holds was reached. */
  readonly heldSegmentsRemoved: number;
  readonly writeFailures: number;
  readonly syncFailures: number;
  readonly sealFailures: number;
  readonly retentionFailures: number;
  /** Torn tails that were set aside. */
  readonly tornTails: number;
  readonly truncatedByOthers: number;
  readonly grownByOthers: number;
  readonly movedByOthers: number;
}

const FOREIGN: Readonly<Record<ForeignChange, readonly [keyof FileCounts, string]>> = {
  truncated: ["truncatedByOthers", "The file was cut short by somebody else; lines go on where it ends now."],
  holed: ["truncatedByOthers", "The file was cut short by somebody else during a write; lines stand behind NULs now."],
  grown: ["grownByOthers", "Somebody else has written to the file; lines go on after it."],
  moved: ["movedByOthers", "The file was moved or removed; lines go on in a new one under its path."],
};

/** Counts what happens to one file, and says it once: trouble when it begins and when it ends, not with every attempt. */
export class FileLog {
  readonly #say: (level: keyof FileDiagnostics, message: string, facts: Readonly<Record<string, unknown>>) => void;
  readonly #path: string;
  readonly #counts: { -readonly [Name in keyof FileCounts]: FileCounts[Name] } = {
    rotations: 0,
    rotationFailures: 0,
    segmentsSealed: 0,
    segmentsRemoved: 0,
    heldSegmentsRemoved: 0,
    writeFailures: 0,
    syncFailures: 0,
    sealFailures: 0,
    retentionFailures: 0,
    tornTails: 0,
    truncatedByOthers: 0,
    grownByOthers: 0,
    movedByOthers: 0,
  };
  #trouble: string | undefined;
  #isLossSaid = false;

  constructor(path: string, diagnostics: FileDiagnostics | undefined) {
    this.#path = path;
    this.#say = (level, message, facts) => diagnostics?.[level](message, facts);
  }

  get counts(): FileCounts {
    return { ...this.#counts };
  }

  writeFailed(error: Error): void {
    this.#counts.writeFailures += 1;
    const code = errorCode(error);
    if (this.#trouble === code) return;
    this.#trouble = code;
    this.#say("error", `${error.message} It is tried again; lines wait in memory.`, { code, path: this.#path });
  }

  writeSucceeded(): void {
    if (this.#trouble === undefined) return;
    this.#say("info", "The file is being written again.", { after: this.#trouble, path: this.#path });
    this.#trouble = undefined;
  }

  /** One of the counts that go with an error. */
  failed(
    what: "rotationFailures" | "syncFailures" | "sealFailures" | "retentionFailures",
    message: string,
    error: unknown,
  ): void {
    this.#counts[what] += 1;
    this.#say("error", message, { code: errorCode(error), path: this.#path });
  }

  lostAtExit(error: unknown): void {
    if (this.#isLossSaid) return;
    this.#isLossSaid = true;
    this.#say("error", "Lines could not be written at exit.", { code: errorCode(error), path: this.#path });
  }

  rotated(): void {
    this.#counts.rotations += 1;
  }

  sealed(): void {
    this.#counts.segmentsSealed += 1;
  }

  goneUnsealed(path: string): void {
    this.#say("warn", "A segment was removed by somebody else before it was sealed.", { path });
  }

  removed(removal: Removal): void {
    this.#counts.segmentsRemoved += removal.segments;
    this.#counts.heldSegmentsRemoved += removal.held;
    if (removal.held === 0) return;
    this.#say("warn", "Segments were removed that a consumer had not read: it is too far behind.", {
      segments: removal.held,
      path: this.#path,
    });
  }

  recovered(torn: Recovered): void {
    this.#counts.tornTails += 1;
    this.#say("warn", "A torn tail was set aside.", {
      bytes: torn.bytes,
      kind: torn.kind,
      at: torn.offset,
      movedTo: torn.movedTo,
    });
  }

  foreignChange(change: ForeignChange): void {
    const [count, message] = FOREIGN[change];
    this.#counts[count] += 1;
    this.#say("warn", message, { path: this.#path });
  }

  ownedElsewhere(wanted: string): void {
    this.#say("warn", "The file has another owner; this one writes the next free slot.", { wanted, path: this.#path });
  }

  unproven(): void {
    this.#say("warn", "The file system has no sockets: nothing keeps another process from writing the same file.", {
      path: this.#path,
    });
  }
}
