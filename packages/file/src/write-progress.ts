import { WaitList } from "./wait-list.ts";

/** How far a file has been written, and who waits for it. */
export class WriteProgress {
  readonly #writtenWaits = new WaitList();
  readonly #rotationWaits = new WaitList();
  #writtenSeq = 0;

  /** The last number that is in the file. */
  get writtenSeq(): number {
    return this.#writtenSeq;
  }

  /** Resolves when the number is in the file; rejects when an attempt to write fails before. */
  whenWritten(seq: number): Promise<void> {
    return seq <= this.#writtenSeq ? Promise.resolve() : this.#writtenWaits.wait(seq);
  }

  /** Resolves after the next rotation; rejects when writing fails before. */
  whenRotated(): Promise<void> {
    return this.#rotationWaits.wait(0);
  }

  written(seq: number): void {
    this.#writtenSeq = seq;
    this.#writtenWaits.reach(seq);
  }

  rotated(): void {
    this.#rotationWaits.reach(0);
  }

  failed(error: Error): void {
    this.#writtenWaits.rejectAll(error);
    this.#rotationWaits.rejectAll(error);
  }
}
