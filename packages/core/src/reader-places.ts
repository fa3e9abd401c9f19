/** Where one reader is. */
export interface ReaderPlace {
  /** The last number that it has passed. */
  passed: number;
  isThere: boolean;
}

/** Where the readers of a ring are, and the last number that all of them have passed: looked for anew only when the last one there goes on. */
export class ReaderPlaces {
  readonly #places = new Set<ReaderPlace>();
  #lowest = 0;
  #atLowest = 0;

  get count(): number {
    return this.#places.size;
  }

  /** 0 as long as one has passed nothing. */
  get lowest(): number {
    return this.#lowest;
  }

  /** A reader that has passed nothing yet. */
  add(): ReaderPlace {
    const place = { passed: 0, isThere: true };
    this.#places.add(place);
    this.#atLowest = this.#lowest === 0 ? this.#atLowest + 1 : 1;
    this.#lowest = 0;
    return place;
  }

  /** Says whether there are more numbers now that all have passed. A reader does not go back. */
  move(place: ReaderPlace, passed: number): boolean {
    if (!place.isThere || passed <= place.passed) return false;
    const before = place.passed;
    place.passed = passed;
    return this.#left(before);
  }

  /** False for one that is gone already. */
  remove(place: ReaderPlace): boolean {
    if (!place.isThere) return false;
    place.isThere = false;
    this.#places.delete(place);
    this.#left(place.passed);
    return true;
  }

  #left(before: number): boolean {
    if (before > this.#lowest) return false;
    this.#atLowest -= 1;
    if (this.#atLowest > 0) return false;
    this.#lowest = this.#places.size === 0 ? 0 : Number.POSITIVE_INFINITY;
    for (const { passed } of this.#places) {
      if (passed > this.#lowest) continue;
      this.#atLowest = passed === this.#lowest ? this.#atLowest + 1 : 1;
      this.#lowest = passed;
    }
    return true;
  }
}
