/** A long-running part: a stream server, an uploader. Sees redacted lines only, through the context's journal. */
export interface Service {
  /** What it holds exclusively, as for a sink. */
  readonly exclusive?: readonly string[];
  start(): void | Promise<void>;
  /** Facts for `report()` and `plumbline doctor`; JSON values only. */
  status?(): Readonly<Record<string, unknown>>;
  /**
   * The journal takes no more lines, because another takes its place: resolves when the service has handled what it holds. Comes before `close`;
   * another instance of the service then goes on with the next journal.
   */
  finish?(): void | Promise<void>;
  close(): void | Promise<void>;
}
