/** A long-running part: a stream server, an uploader. Sees redacted lines only, through the context's journal. */
export interface Service {
  /** What it holds exclusively, as for a sink. */
  readonly exclusive?: readonly string[];
  start(): void | Promise<void>;
  /** Facts for `report()` and `plumbline doctor`; JSON values only. */
  status?(): Readonly<Record<string, unknown>>;
  close(): void | Promise<void>;
}
