/** A place in a text that a detector claims, as UTF-16 offsets. */
export interface DetectorMatch {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/**
 * Finds secrets of one kind in text. Stands before the walk's end, in the service's own trust: it sees raw text.
 *
 * The scanner calls `match` only where one of `anchors` stands in the text, so a detector costs nothing elsewhere.
 * `match` must look at no more than a bounded stretch around `at`, which keeps the whole pass linear.
 */
export interface Detector {
  /** Short and stable: it is written into the label (`[redacted:jwt]`). Lower-case letters, digits and `-`. */
  readonly id: string;
  readonly description: string;
  /** Literal texts, at least two characters each, one of which every match contains. Compared without case. */
  readonly anchors: readonly string[];
  /** The match that contains the anchor at `at`, or `undefined`. */
  match(text: string, at: number): DetectorMatch | undefined;
}
