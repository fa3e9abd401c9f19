/** One thing under way. */
export interface WatermarkEntry<Mark> {
  readonly mark: Mark;
  isSettled: boolean;
}

/**
 * How far everything is settled without a hole, where several things are under way at once and may be settled in any order: the mark of the last one
 * before the first that is not.
 */
export class Watermark<Mark> {
  /** In the order in which they began. */
  readonly #open: WatermarkEntry<Mark>[] = [];

  /** Things that are not settled, or wait for one before them. */
  get size(): number {
    return this.#open.length;
  }

  begin(mark: Mark): WatermarkEntry<Mark> {
    const entry = { mark, isSettled: false };
    this.#open.push(entry);
    return entry;
  }

  /** Settles one, and gives the mark up to which everything is settled, if that went on. */
  settle(entry: WatermarkEntry<Mark>): Mark | undefined {
    entry.isSettled = true;
    let reached: Mark | undefined;
    while (this.#open[0]?.isSettled === true) reached = this.#open.shift()?.mark;
    return reached;
  }
}
