import type { Detector } from "../plugin/detector.ts";
import type { OwnPattern } from "./detectors/own-pattern.ts";

/**
 * What is written in the place of a secret: `redact` a label that names the rule, `mask` the label and the last four characters of a
 * value of at least twelve, `hash` the label and a keyed digest that stays the same for the same value, `remove` nothing (an entry is
 * left out; in the middle of a text a mark without a name stands).
 */
export type RedactionAction = "redact" | "mask" | "hash" | "remove";

/** How secrets are recognised and what becomes of them. Allowing beats redacting. */
export interface RedactionOptions {
  /** Property names that are secrets beside the built-in ones, in any spelling: `sessionRef` also matches `user.session_ref`. */
  readonly keys?: readonly string[];
  /** Paths below the attributes or the body that stay as they are, name by name, dots between: `user.id`. `*` stands for one name. */
  readonly allow?: readonly string[];
  /** Property names that are no secrets, wherever they stand; what is written under them is still searched. */
  readonly allowKeys?: readonly string[];
  /** Texts that are no secrets: found exactly so, they stay. */
  readonly allowValues?: readonly string[];
  /** Detectors and groups of them, by id, on or off. A detector's own switch beats its group's. */
  readonly detectors?: Readonly<Record<string, boolean>>;
  /** What becomes of a secret, by the id of the detector, its group, or `default`. The rule for property names is `key`. */
  readonly actions?: Readonly<Record<string, RedactionAction>>;
  /** The key of the `hash` action: at least 16 bytes. A string counts as UTF-8. */
  readonly hashKey?: string | Uint8Array;
  /** Patterns of the team's own: the part of regular expressions that is linear by its form. Anything else is refused. */
  readonly patterns?: readonly OwnPattern[];
  /** Detectors of the team's own or from plugins. */
  readonly extraDetectors?: readonly Detector[];
}
