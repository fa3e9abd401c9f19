import { basename, join } from "node:path";
import type { TextRedactor } from "@plumbline/core";
import {
  type LinePlace,
  listJournals,
  mergeReports,
  readLines,
  verifyFiles,
  verifyJournal,
  type VerifyOptions,
  type VerifyReport,
} from "@plumbline/jsonl";
import { isFolder } from "../input/is-folder.ts";
import { noLines } from "../input/no-lines.ts";
import type { SecretFound } from "../redact/redact-value.ts";
import { findSecrets } from "./find-secrets.ts";

/** A secret and the line it stands in. */
export interface PlacedSecret extends SecretFound, LinePlace {}

/** What was found in one file, or in one journal with all its segments. */
export interface Verified {
  /** The path as it was given, or the journal's in a folder that was given. */
  readonly path: string;
  readonly report: VerifyReport;
  /** Secrets found, up to the bound; all are counted. */
  readonly secrets: readonly PlacedSecret[];
  readonly secretCount: number;
  /** Torn tails that were set aside when the journal was opened again: what a crash left, not part of the lines. */
  readonly setAside: readonly string[];
}

export interface VerifyPathOptions {
  readonly redactor: TextRedactor;
  readonly maxFindings: number;
  readonly signal: AbortSignal;
  /** Called for every event. */
  readonly onEvent: () => void;
}

/** Verifies one file, or every journal of a folder. Throws `PLB_CLI_NO_FILE` when there is nothing to read. */
export async function verifyPath(path: string, options: VerifyPathOptions): Promise<readonly Verified[]> {
  if (!(await isFolder(path, path))) {
    const secrets = new SecretSearch(options);
    const report = await verifyFiles([path], secrets.verifyOptions());
    return [{ path, report, secrets: secrets.found, secretCount: secrets.count, setAside: [] }];
  }
  const verified: Verified[] = [];
  for (const location of await listJournals(path)) {
    const secrets = new SecretSearch(options);
    const { setAside, ...report } = await verifyJournal(location, secrets.verifyOptions());
    for (const torn of setAside) await secrets.readSetAside(torn.path);
    verified.push({
      path: join(path, basename(location.path)),
      report,
      secrets: secrets.found,
      secretCount: secrets.count,
      setAside: setAside.map((torn) => join(path, basename(torn.path))),
    });
  }
  if (verified.length === 0) {
    throw noLines(path);
  }
  return verified;
}

/** All that was verified as one. */
export function total(
  verified: readonly Verified[],
  maxFindings: number,
): { readonly report: VerifyReport; readonly secretCount: number } {
  return {
    report: mergeReports(
      verified.map(({ report }) => report),
      maxFindings,
    ),
    secretCount: verified.reduce((sum, { secretCount }) => sum + secretCount, 0),
  };
}

class SecretSearch {
  readonly found: PlacedSecret[] = [];
  count = 0;
  readonly #options: VerifyPathOptions;

  constructor(options: VerifyPathOptions) {
    this.#options = options;
  }

  verifyOptions(): VerifyOptions {
    const { maxFindings, signal, onEvent } = this.#options;
    return {
      maxFindings,
      signal,
      onEvent: (text, place) => {
        onEvent();
        this.#look(text, place);
      },
      onDamaged: (text, place) => this.#look(text, place),
    };
  }

  /** Looks through what a crash left: no part of the lines, but on the disk. */
  async readSetAside(path: string): Promise<void> {
    let line = 0;
    for await (const lines of readLines(path, { signal: this.#options.signal })) {
      for (const { text, offset } of lines) this.#look(text, { file: path, line: (line += 1), offset });
    }
  }

  #look(text: string, place: LinePlace): void {
    const { maxFindings, redactor } = this.#options;
    for (const secret of findSecrets(text, redactor)) {
      this.count += 1;
      if (this.found.length < maxFindings) this.found.push({ ...secret, ...place });
    }
  }
}
