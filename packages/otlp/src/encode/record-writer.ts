/**
 * What a {@link LineScanner} tells of a line, piece by piece, in the order in which it stands there. Ranges are bytes of the
 * scanner's text; `escaped` says that a string holds JSON escapes, which the scanner has checked.
 */
export interface RecordWriter {
  /** For the values of the body and of attributes. */
  readonly values: ValueWriter;
  /** `lineBytes` bounds what follows: no value is there that does not take its part of them. */
  beginRecord(lineBytes: number): void;
  /** Nanoseconds since 1970, as two unsigned 32-bit halves. */
  time(low: number, high: number): void;
  observedTime(low: number, high: number): void;
  severity(number: number): void;
  severityText(from: number, to: number, escaped: boolean): void;
  eventName(from: number, to: number, escaped: boolean): void;
  beginBody(): void;
  endBody(): void;
  beginAttributes(): void;
  /** The attribute `log.record.uid`. */
  uid(from: number, to: number): void;
  endAttributes(): void;
  droppedAttributes(count: number): void;
  flags(flags: number): void;
  /** 32 and 16 lower-case hex digits from there on. */
  traceId(from: number): void;
  spanId(from: number): void;
  endRecord(): void;
}

/** Takes the pieces of an AnyValue. What is begun is ended in reverse order. */
export interface ValueWriter {
  string(from: number, to: number, escaped: boolean): void;
  /** Digits and other ASCII that stand for a value which has no number in OTLP. */
  plainText(text: string): void;
  bool(value: boolean): void;
  /** A safe integer. */
  int(value: number): void;
  /** An integer of 64 bits. */
  long(value: bigint): void;
  double(value: number): void;
  nothing(): void;
  /** Base64. */
  bytes64(from: number, to: number): void;
  beginList(): void;
  beginItem(): void;
  endItem(): void;
  endList(): void;
  beginMap(): void;
  beginEntry(keyFrom: number, keyTo: number, escaped: boolean): void;
  endEntry(): void;
  /** An entry whose key and value are strings without escapes, in one piece: most entries are. */
  textEntry(keyFrom: number, keyTo: number, from: number, to: number): void;
  endMap(): void;
}
