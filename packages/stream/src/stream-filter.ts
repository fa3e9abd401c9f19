import type { NamePatterns, SeverityNumber, Signal } from "@plumbline/core";

/** A value that an attribute may be asked to have. */
export type WantedValue = string | number | boolean;

/** Which events a subscriber wants: those that pass all that is given. */
export interface StreamFilterOptions {
  /** Whole names, or `ns.*` for all below a namespace; `*` for every event that has a name. */
  readonly wantedNames?: NamePatterns | undefined;
  readonly minSeverity?: SeverityNumber | undefined;
  /** Attributes by name, each with the value, or one of the values, that it must have. */
  readonly wantedAttributes?: Readonly<Record<string, WantedValue | readonly WantedValue[]>> | undefined;
  /** Default: every signal that is in the journal. */
  readonly signals?: readonly Signal[] | undefined;
}
