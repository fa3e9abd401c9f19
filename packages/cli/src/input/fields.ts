/** A JSON object, as `JSON.parse` makes it. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The fields of a JSON object, of which each is taken once; what nobody takes is left for the attributes, in its order. */
export class Fields {
  readonly #fields: Map<string, unknown>;

  constructor(record: JsonRecord) {
    this.#fields = new Map(Object.entries(record));
  }

  peek(key: string): unknown {
    return this.#fields.get(key);
  }

  /** Takes the first of these fields that `read` can make something of. */
  take<T>(keys: readonly string[], read: (value: unknown, key: string) => T | undefined): T | undefined {
    for (const key of keys) {
      if (!this.#fields.has(key)) continue;
      const result = read(this.#fields.get(key), key);
      if (result === undefined) continue;
      this.#fields.delete(key);
      return result;
    }
    return undefined;
  }

  /** What was not taken. */
  rest(): Record<string, unknown> {
    return Object.fromEntries(this.#fields);
  }
}
