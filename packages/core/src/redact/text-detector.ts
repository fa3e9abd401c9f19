import type { Scan } from "./scan.ts";

/** Detectors that are switched together. */
export type DetectorGroup = "credentials" | "vendor-tokens" | "financial" | "email" | "ip" | "phone" | "national-id";

/** Texts to show and to test a detector with, made at run time from parts. */
export interface DetectorExamples {
  /** In each of these it finds something. */
  readonly catches: readonly string[];
  /** In these it finds nothing. */
  readonly leaves: readonly string[];
}

/** What stands in the documentation about a detector. */
export interface DetectorDescription {
  /** Short and stable: it stands in the label. */
  readonly id: string;
  readonly group: DetectorGroup;
  readonly description: string;
  examples(): DetectorExamples;
}

/**
 * A built-in detector. It is asked only where one of its anchors stands (compared without case), or, with `numbers`, where a number
 * begins, whichever it is, or with `long` only where a long one does (13 digits in a row, groups of four, or two capitals in front).
 */
export interface TextDetector extends DetectorDescription {
  readonly anchors: readonly string[];
  /** Whether the anchors are compared with case, which spares many a question. */
  readonly hasExactAnchors?: boolean;
  readonly numbers?: "any" | "long";
  /** How many digits in a row such a number begins with, at least and at most; any if left out. */
  readonly digits?: readonly [least: number, most: number];
  /** Looks at a value as a whole, not at what stands in a text. */
  readonly isWhole?: boolean;
  /**
   * Whether a secret stands around the anchor at `at`; where, it reports through `scan.found`.
   * Looks at a bounded stretch, or at one that no other call looks at again.
   */
  match(scan: Scan, at: number): boolean;
}
