import type { Generation, WatchedFile } from "./generation.ts";
import { fingerprintOf } from "./judgement.ts";

/** The generations of a watch: numbers them, and knows what the last one held. */
export class Emissions {
  readonly #first: string | undefined;
  /** Content by path; included files are added as they are read. */
  #held: Map<string, string | undefined> | undefined;
  #current: Generation | undefined;

  /** `first` is the path whose bytes are a generation's `content`. */
  constructor(first: string | undefined) {
    this.#first = first;
  }

  get current(): Generation | undefined {
    return this.#current;
  }

  /** A file as the last generation has it, unless it is not watched any more. */
  heldFile(path: string): WatchedFile | undefined {
    return this.#held?.has(path) === true ? this.#current?.files.find((file) => file.path === path) : undefined;
  }

  /** An included file was read: the last generation counts as one that held it. */
  hold(path: string, sha256: string | undefined): void {
    this.#held?.set(path, sha256);
  }

  release(path: string): void {
    this.#held?.delete(path);
  }

  /** The next generation; `undefined` when the last one held the same. */
  next(files: readonly WatchedFile[]): Generation | undefined {
    const holds = new Map(files.map(({ path, sha256 }) => [path, sha256]));
    if (this.#held !== undefined && isSame(this.#held, holds)) return undefined;
    this.#held = holds;
    const content = files.find(({ path }) => path === this.#first)?.content ?? Buffer.alloc(0);
    const generation = (this.#current?.generation ?? 0) + 1;
    this.#current = Object.freeze({ generation, content, fingerprint: fingerprintOf(files), files });
    return this.#current;
  }
}

function isSame(a: ReadonlyMap<string, string | undefined>, b: ReadonlyMap<string, string | undefined>): boolean {
  if (a.size !== b.size) return false;
  for (const [path, sha256] of a) if (!b.has(path) || b.get(path) !== sha256) return false;
  return true;
}
