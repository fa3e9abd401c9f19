import type { EventId } from "@plumbline/core";
import type { ForeignChange } from "./active-file-options.ts";

/**
 * What the file being written begins with: the id after which its segment is called. No two segments may get the same name: the second would be taken for one
 * that is sealed already.
 */
export class FileStart {
  /** `undefined` while it is not known. */
  id: EventId | undefined;
  /** So much of it was there, without ids, when it got its name: until a line of ours follows, the next file would get the same. */
  #foreignBytes = 0;

  /** A file that was just made, or emptied: this id comes first. */
  begin(id: EventId): void {
    this.id = id;
    this.#foreignBytes = 0;
  }

  /** Whether a file of this size holds what it is called after. */
  isIn(size: number): boolean {
    return size > this.#foreignBytes;
  }

  /** After others have changed the file, which has `size` bytes now and the `id` that was found in it; `next` comes next. */
  changed(
    change: ForeignChange,
    before: { readonly id: EventId | undefined; readonly isIn: boolean },
    size: number,
    next: EventId,
  ): void {
    if (size > 0 && this.id !== undefined) this.#foreignBytes = 0;
    else if ((change === "grown" || change === "holed") && before.isIn) this.id = before.id;
    else {
      this.id = next;
      this.#foreignBytes = size;
    }
  }
}
