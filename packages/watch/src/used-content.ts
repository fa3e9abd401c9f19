import { createHmac, randomBytes } from "node:crypto";
import type { Generation, WatchedFile } from "./generation.ts";
import { fingerprintOf } from "./judgement.ts";

/** All that a config was made of. */
export interface UsedContent {
  /** Watched by the options. */
  readonly watched: readonly WatchedFile[];
  /** Named by the content. */
  readonly included: readonly WatchedFile[];
  readonly variables: ReadonlyMap<string, string | undefined>;
}

/** Tells what configs were made of, and whether it is still the same. */
export class ContentRegister {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #names: readonly string[];
  /** A plain digest of a short secret could be guessed by whoever sees a fingerprint. */
  readonly #key: Buffer = randomBytes(32);

  constructor(env: Readonly<Record<string, string | undefined>>, names: readonly string[]) {
    this.#env = env;
    this.#names = names;
  }

  variable(name: string): string | undefined {
    return Object.hasOwn(this.#env, name) ? this.#env[name] : undefined;
  }

  used(
    watched: readonly WatchedFile[],
    included: ReadonlyMap<string, WatchedFile>,
    read: ReadonlySet<string>,
  ): UsedContent {
    const names = new Set([...this.#names, ...read]);
    const variables = new Map([...names].map((name) => [name, this.variable(name)]));
    return { watched, included: [...included.values()], variables };
  }

  fingerprint({ watched, included, variables }: UsedContent): string {
    const files = fingerprintOf([...watched, ...included]);
    if (variables.size === 0) return files;
    const hmac = createHmac("sha256", this.#key).update(files);
    const entries = [...variables].sort(([a], [b]) => (a < b ? -1 : 1));
    return hmac.update(JSON.stringify(entries.map(([name, value]) => [name, value ?? null]))).digest("hex");
  }

  /** Whether a config that was made of `used` would be made of the same now. */
  isSame(used: UsedContent, generation: Generation): boolean {
    const now = new Map(generation.files.map((file) => [file.path, file]));
    const watched = watchedFiles(generation);
    return (
      watched.length === used.watched.length &&
      [...used.watched, ...used.included].every(({ path, sha256 }) => {
        const file = now.get(path);
        return file !== undefined && file.sha256 === sha256;
      }) &&
      [...used.variables].every(([name, value]) => this.variable(name) === value)
    );
  }
}

/** The files of a generation that the options name. */
export function watchedFiles({ files }: Generation): readonly WatchedFile[] {
  return files.filter(({ isIncluded }) => !isIncluded);
}
