/** Those who wait until a number is reached, in any order of numbers. */
export class WaitList {
  #waiting: { readonly target: number; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  wait(target: number): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ target, resolve, reject }));
  }

  /** Resolves all that waited for `reached` or less. */
  reach(reached: number): void {
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter((each) => each.target <= reached);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((each) => each.target > reached);
    for (const each of due) each.resolve();
  }

  rejectAll(error: Error): void {
    const all = this.#waiting;
    this.#waiting = [];
    for (const each of all) each.reject(error);
  }
}
