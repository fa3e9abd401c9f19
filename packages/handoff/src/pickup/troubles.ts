import { errorCode } from "@plumbline/core";

/** Is told what cannot be looked at. Called once for a path, and again when it could be in between. `code` is the system's, `PLB_HANDOFF_WRITERS_UNKNOWN` or `PLB_HANDOFF_MARKER_ALONE`. */
export type TroubleListener = (path: string, code: string) => void;

/** Tells of what cannot be looked at, without repeating itself at each look. */
export class Troubles {
  readonly #listener: TroubleListener;
  #before = new Set<string>();
  #now = new Set<string>();

  constructor(listener: TroubleListener = () => undefined) {
    this.#listener = listener;
  }

  tell(path: string, error: unknown): void {
    const code = typeof error === "string" ? error : errorCode(error);
    const what = `${code} ${path}`;
    if (!this.#before.has(what) && !this.#now.has(what)) this.#listener(path, code);
    this.#now.add(what);
  }

  /** After a look at everything: what did not come up again is over. */
  endRound(): void {
    this.#before = this.#now;
    this.#now = new Set();
  }
}
