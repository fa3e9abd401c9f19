import type { Clock } from "@plumbline/core";
import type { ForeignChange } from "./active-file-options.ts";
import type { FileDriver, FileFacts } from "./file-driver.ts";
import { Hole } from "./hole.ts";

const LOOK_CLOSELY_EVERY_MS = 500;

/** Notices what others do to the file that is being written, or to its path. */
export class FileWatch {
  readonly hole: Hole;
  readonly #driver: FileDriver;
  readonly #clock: Clock;
  readonly #path: string;
  /** Device and inode. */
  #identity = "";
  #lookedMs = 0;

  constructor(driver: FileDriver, clock: Clock, path: string) {
    this.hole = new Hole(driver);
    this.#driver = driver;
    this.#clock = clock;
    this.#path = path;
  }

  /** From now on it is this file, which is as it should be. */
  begin({ identity, size }: FileFacts): void {
    this.#identity = identity;
    this.#lookedMs = this.#clock.monotonicMs();
    this.hole.watch(size);
  }

  /** What was done to the file since it was written last, which has `size` bytes of whole lines, or more where `mayBeLonger`. Throws the system's error. */
  inspect(fd: number, size: number, { mayBeLonger }: { readonly mayBeLonger: boolean }): ForeignChange | undefined {
    const now = this.#driver.lookSync(fd);
    if (now.links === 0) return "moved";
    if (now.size < size) return "truncated";
    if (now.size > size && !mayBeLonger) return "grown";
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lookedMs < LOOK_CLOSELY_EVERY_MS) return undefined;
    this.#lookedMs = nowMs;
    if (this.#driver.factsSync(this.#path)?.identity !== this.#identity) return "moved";
    return this.hole.isIn(fd, size) ? "holed" : undefined;
  }
}
