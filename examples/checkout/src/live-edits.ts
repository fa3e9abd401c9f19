import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ReloadNotice, Telemetry } from "@plumbline/sdk";
import { writeFileAtomic } from "@plumbline/watch";

/** One edit of the config while the shop is open, and what came of it. */
export interface EditOutcome {
  readonly what: string;
  readonly isGood: boolean;
  /** The generation of the config before the edit. */
  readonly before: number;
  /** What the telemetry told of it; `undefined` when it told nothing in time. */
  readonly notice: ReloadNotice | undefined;
  /** Events that were emitted before the edit, and until it was told of. */
  readonly emitted: readonly [before: number, after: number];
}

interface Edit {
  readonly what: string;
  readonly isGood: boolean;
  /** The share of the orders after which it is made. */
  readonly at: number;
  readonly replace: readonly (readonly [from: string, to: string])[];
}

const EDITS: readonly Edit[] = [
  {
    what: "alerts to on-call.jsonl",
    isGood: true,
    at: 0.25,
    replace: [["/alerts.jsonl", "/on-call.jsonl"]],
  },
  { what: "a slip in a key", isGood: false, at: 0.5, replace: [["minSeverity: error", "minSeverty: error"]] },
  {
    what: "mended, and a longer queue",
    isGood: true,
    at: 0.75,
    replace: [
      ["minSeverty: error", "minSeverity: error"],
      ["maxCount: 500", "maxCount: 600"],
    ],
  },
];

/** Longer than any machine needs to see an edit; what is not told by then is a fault. */
const PATIENCE_MS = 20_000;

/**
 * Copies the config into a folder of the run, where it may be edited, and asks for it to be watched. Gives its path. Plugins are found from a config's own
 * folder: in the copy they are named by where they are.
 */
export function layOutConfig(source: string, folder: string, plugins: string): string {
  const path = join(folder, "config", "plumbline.yaml");
  mkdirSync(join(folder, "config"));
  const text = readFileSync(source, "utf8")
    .replace("./dist/", plugins)
    .replace(/use: "(@[^"]+)"/g, (_all, name: string) => `use: "${import.meta.resolve(name)}"`);
  writeFileSync(
    path,
    `${text}\n# Edits of this file are put in force while the service runs.\nwatch: { self: true }\n`,
  );
  return path;
}

/** Edits the config of a running shop, one edit after the other, each when so many orders are done. */
export class LiveEdits {
  readonly outcomes: EditOutcome[] = [];
  readonly #telemetry: Telemetry;
  readonly #path: string;
  readonly #waiting = [...EDITS];
  #last: Promise<void> = Promise.resolve();

  constructor(telemetry: Telemetry, path: string) {
    this.#telemetry = telemetry;
    this.#path = path;
  }

  /** Makes the edits that are due at this share of the orders. */
  at(share: number): void {
    for (let next = this.#waiting[0]; next !== undefined && next.at <= share; next = this.#waiting[0]) {
      this.#waiting.shift();
      const edit = next;
      this.#last = this.#last.then(() => this.#make(edit));
    }
  }

  /** Makes what is left, and resolves with what came of all. */
  async done(): Promise<readonly EditOutcome[]> {
    this.at(1);
    await this.#last;
    return this.outcomes;
  }

  async #make({ what, isGood, replace }: Edit): Promise<void> {
    const { reload, intake } = this.#telemetry.report();
    const told = this.#nextNotice();
    const text = replace.reduce((now, [from, to]) => now.replace(from, to), readFileSync(this.#path, "utf8"));
    // A rename: whoever reads the file sees the old content or the new one, never half of it.
    await writeFileAtomic(this.#path, text);
    const notice = await told;
    const after = this.#telemetry.report().intake.emitted;
    this.outcomes.push({ what, isGood, before: reload.generation, notice, emitted: [intake.emitted, after] });
  }

  #nextNotice(): Promise<ReloadNotice | undefined> {
    return new Promise((resolve) => {
      const settle = (notice: ReloadNotice | undefined): void => {
        clearTimeout(timer);
        stop();
        resolve(notice);
      };
      const timer = setTimeout(() => settle(undefined), PATIENCE_MS);
      const stop = this.#telemetry.on("reload", settle);
    });
  }
}
