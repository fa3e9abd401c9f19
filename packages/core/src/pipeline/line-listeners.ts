import type { JournalLine } from "../line-record.ts";

/** Told what became of a line: `undefined` for delivered, else the reason for which it was dropped. */
export type SettledListener = (dropped: string | undefined) => void;

/** Those who asked what becomes of single lines. Costs nothing where nobody did. */
export class LineListeners {
  readonly #listeners = new Map<JournalLine, SettledListener>();

  add(line: JournalLine, listener: SettledListener | undefined): void {
    if (listener !== undefined) this.#listeners.set(line, listener);
  }

  /** These lines are settled; each listener is told once. */
  tell(lines: readonly JournalLine[], dropped: string | undefined): void {
    if (this.#listeners.size === 0) return;
    for (const line of lines) {
      const listener = this.#listeners.get(line);
      if (listener === undefined) continue;
      this.#listeners.delete(line);
      listener(dropped);
    }
  }
}
