/**
 * What happened on the way, by name: `requests`, `bytes` (of bodies, before they are compressed), `splits`, and the codes of failures: requests
 * that have to be sent again, answers that could not be read, items rejected (`PLB_OTLP_PARTIAL`), lines left out (`PLB_OTLP_LINE_INVALID`).
 */
export class OtlpCounts {
  readonly #counts = new Map<string, number>();

  add(name: string, count: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  report(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
