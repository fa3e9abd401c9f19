/**
 * A value as the OpenTelemetry data model knows it, after it has been read back from a line.
 * A `number` that is a safe integer stands for an int64, any other for a double; {@link DoubleValue} keeps
 * a double that would be taken for an integer (`1.0`, `-0.0`). A `bigint` is an integer beyond ±2^53. Text is well-formed: on
 * its way into a line a lone surrogate becomes U+FFFD.
 * Source: OpenTelemetry specification, "Common specification concepts", AnyValue.
 */
export type AnyValue =
  | string
  | boolean
  | number
  | bigint
  | null
  | Uint8Array
  | DoubleValue
  | readonly AnyValue[]
  | AnyMap;

/** String keys to values. Read back from a line it has a null prototype, so `__proto__` is a key like any other. */
export interface AnyMap {
  readonly [key: string]: AnyValue;
}

/** A double whose value is integral (`1.0`) or negative zero, which JSON text alone would turn into an integer. */
export class DoubleValue {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** Attributes as a caller may give them: an object of any values, at any depth. The walk decides what each becomes. */
export type AttributesInput = object;
