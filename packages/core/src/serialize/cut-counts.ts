/** What was cut or replaced, by reason. Shared by all walks of one writer. */
export class CutCounts {
  /** Containers below the deepest level. */
  depth = 0;
  /** Entries beyond the number an event may have. */
  attributes = 0;
  /** Texts and bytes over the length of one. */
  string = 0;
  /** Texts cut and entries left out because the event was over its size. */
  event = 0;
  /** Times that were none; the clock's was written. */
  time = 0;
  /** Events replaced by a line that says so. */
  failed = 0;

  report(): Readonly<Record<string, number>> {
    const { depth, attributes, string, event, time, failed } = this;
    return { depth, attributes, string, event, time, failed };
  }
}
