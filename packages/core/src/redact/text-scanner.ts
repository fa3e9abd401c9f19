import { AnchorFinder, NUMBER_HIT } from "./anchor-finder.ts";
import { anchorTable } from "./anchor-tables.ts";
import { type AnchorText, WINDOW } from "./anchor-table.ts";
import { DIGIT } from "./character-class.ts";
import { FoundLabels } from "./found-labels.ts";
import type { Labels } from "./label.ts";
import { mergeRanges, type SecretRange } from "./secret-range.ts";
import { Scan } from "./scan.ts";
import { MAX_SKIMMED } from "./skim.ts";
import { Taken } from "./taken.ts";
import type { TextDetector } from "./text-detector.ts";
import { type PlainView, unveil, VEIL_ANCHORS } from "./unveil.ts";

/** Shorter texts hold no secret that a text gives away. */
const MIN_TEXT_LENGTH = 5;

/** Lines that are read in their plain view where the first has something that hides: a value may stand below its name, as in a form's part. */
const VEILED_LINES = 4;

/** Of a number with more digits in a row, so many are counted. */
const MOST_DIGITS = 32;

/** What the scan asks at an anchor: a detector, or one of its own two questions. */
type Asked = TextDetector | "label" | "veil";

const LABEL_ANCHORS: readonly string[] = ["[redacted:", "[masked:", "[hashed:"];

/**
 * Runs all detectors over a text, each where its anchors stand, in order of where these begin; and in a second pass over the text's plain
 * view if that differs.
 */
export class TextScanner {
  /** By the digits in a row that a number begins with. */
  readonly #numberDetectors: readonly (readonly TextDetector[])[];
  readonly #owners: readonly Asked[];
  readonly #longestAnchor: number;
  readonly #finder: AnchorFinder;
  readonly #scan: Scan;
  readonly #ranges: SecretRange[] = [];
  #steps = 0;
  /** By the secrets of the pass. */
  readonly #taken = new Taken();
  #isPlain = false;
  /** Who was asked last, and where. */
  #askedAt = -1;
  #asked: Asked | undefined;

  constructor(detectors: readonly TextDetector[], labels: Labels) {
    const found = new FoundLabels(labels);
    this.#scan = new Scan(found, WINDOW);
    this.#numberDetectors = Array.from({ length: MOST_DIGITS + 1 }, (_, digits) =>
      detectors.filter((detector) => detector.numbers !== undefined && beginsWith(detector, digits)),
    );
    const anchors: (AnchorText & { readonly owner: Asked })[] = detectors.flatMap((owner) =>
      owner.anchors.map((text) => ({ text, isExact: owner.hasExactAnchors === true, owner })),
    );
    const from = anchors.length;
    for (const text of LABEL_ANCHORS) anchors.push({ text, isExact: false, owner: "label" });
    for (const text of VEIL_ANCHORS) anchors.push({ text, isExact: false, owner: "veil" });
    const numbers = detectors.some((detector) => detector.numbers === "any") ? "any" : "long";
    const table = anchorTable(anchors, numbers);
    this.#owners = anchors.map(({ owner }) => owner);
    this.#longestAnchor = table.longest;
    const to = from + LABEL_ANCHORS.length;
    this.#finder = new AnchorFinder(table, numbers, { from, to, found });
  }

  /** Characters that the last `find` looked at, each as often as it was looked at. */
  get steps(): number {
    return this.#steps;
  }

  /** Whether the text that the last `find` was given holds nothing that JSON escapes, nor any surrogate. */
  get isPlain(): boolean {
    return this.#isPlain;
  }

  /** Whether the text is short and holds nothing that any detector is asked about. */
  skims(text: string): boolean {
    if (text.length > MAX_SKIMMED || !this.#finder.skims(text)) return false;
    this.#isPlain = !this.#finder.hasEscaped;
    return true;
  }

  /**
   * The secrets in `text`, in order, none overlapping another: those that are known by something between `from` and `to`. The array is reused by the next
   * call.
   */
  find(text: string, from = 0, to: number = text.length): readonly SecretRange[] {
    const ranges = this.#ranges;
    if (ranges.length > 0) ranges.length = 0;
    const finder = this.#finder;
    this.#steps = 0;
    if (text.length <= MAX_SKIMMED && finder.skims(text)) {
      this.#isPlain = !finder.hasEscaped;
      this.#steps = finder.steps;
      return ranges;
    }
    this.#isPlain = false;
    finder.begin();
    finder.look(text, from, to);
    const isOneWindow = to - from <= WINDOW;
    // Most texts have nothing that any detector is asked about.
    if (isOneWindow && (text.length < MIN_TEXT_LENGTH || (finder.count === 0 && finder.veils.length === 0))) {
      this.#isPlain = !finder.hasEscaped;
      this.#steps = finder.steps;
      return ranges;
    }
    try {
      this.#pass(text, from, to);
      this.#isPlain = !finder.hasEscaped;
      if (this.#scan.veiled.length > 0) this.#passVeiled(text);
    } finally {
      this.#scan.release(); // also when a plugin's detector threw
    }
    if (ranges.length === 0) return ranges;
    finder.forget();
    this.#scan.forget();
    mergeRanges(ranges);
    return ranges;
  }

  #passVeiled(text: string): void {
    const starts = this.#scan.veiled.slice(); // the passes over the plain views use the scan's own again
    starts.sort((a, b) => a - b);
    let from = 0;
    let until = -1;
    for (const start of starts) {
      if (start > until) {
        if (until >= 0) this.#passPlain(text, from, until);
        from = start;
      }
      until = Math.max(until, endOfLines(text, start));
    }
    if (until >= 0) this.#passPlain(text, from, until);
  }

  #passPlain(text: string, from: number, to: number): void {
    const view: PlainView | undefined = unveil(text.slice(from, to));
    this.#steps += to - from;
    if (view === undefined) return;
    const first = this.#ranges.length;
    this.#finder.begin();
    this.#finder.look(view.text, 0, view.text.length);
    this.#pass(view.text, 0, view.text.length);
    for (let i = first; i < this.#ranges.length; i++) {
      const range = this.#ranges[i];
      if (range === undefined) continue;
      this.#ranges[i] = {
        ...range,
        start: from + (view.origins[range.start] ?? 0),
        end: from + (view.origins[range.end] ?? 0),
      };
    }
  }

  /** Asks about all that the finder finds. It has looked at the first window. */
  #pass(text: string, from: number, to: number): void {
    const finder = this.#finder;
    this.#scan.reset(text);
    this.#askedAt = -1;
    this.#taken.clear();
    for (let base = from; base < to; base += WINDOW) {
      if (base > from) finder.look(text, base, to);
      if (finder.count > 0) this.#scan.copy(base);
      // What begins so near to the window's end may stand behind something that the next one finds.
      const until = base + WINDOW >= to ? to : base + WINDOW - this.#longestAnchor;
      const { starts, orders, count } = finder;
      let asked = 0;
      for (; asked < count; asked++) {
        const at = starts[asked] as number; // in bounds, as its order is
        if (at >= until) break;
        this.#ask(at, orders[asked] as number);
      }
      finder.drop(asked);
    }
    for (const at of finder.veils) this.#scan.veil(at);
    this.#steps += this.#scan.steps + finder.steps;
  }

  #ask(at: number, order: number): void {
    const scan = this.#scan;
    const asked = order === NUMBER_HIT ? undefined : this.#owners[order];
    if (asked === "veil") scan.veil(at);
    else if (this.#isDone(at)) return;
    else if (asked === undefined) this.#askOfNumber(at);
    else if (asked === this.#asked && at === this.#askedAt) return; // another of its anchors begins here too
    else if (asked === "label") {
      const end = scan.labelEnd(at);
      if (end > scan.skipTo) scan.skipTo = end;
      if (end > scan.floor) scan.floor = end;
    } else {
      this.#askedAt = at;
      this.#asked = asked;
      this.#askDetector(asked, at);
    }
  }

  #askOfNumber(at: number): void {
    const digits = this.#scan.skip(at, DIGIT, MOST_DIGITS) - at;
    const detectors = this.#numberDetectors[digits] ?? [];
    for (let i = 0; i < detectors.length; i++) {
      if (i > 0 && this.#isDone(at)) return; // the one before has found it
      this.#askDetector(detectors[i] as TextDetector, at); // in bounds
    }
  }

  /** Whether it stands inside of a secret or a label that is known. */
  #isDone(at: number): boolean {
    const scan = this.#scan;
    const end = this.#taken.endAround(at);
    if (end >= 0) scan.skipTo = end;
    return at < scan.skipTo;
  }

  #askDetector(asked: TextDetector, at: number): void {
    const scan = this.#scan;
    const before = this.#taken.endBefore(at);
    if (before > scan.floor) scan.floor = before;
    if (asked.match(scan, at)) this.#add(asked);
  }

  /** What says who somebody is gives way to what lets somebody in: the address of `https://token@example.org` is no e-mail address. */
  #add(detector: TextDetector): void {
    const { start, end, wrap } = this.#scan;
    if (isPersonal(detector) && this.#taken.overlaps(start, end)) return;
    this.#ranges.push({ start, end, detector: detector.id, wrap });
    this.#taken.add(start, end);
  }
}

function beginsWith({ digits: bounds }: TextDetector, digits: number): boolean {
  return bounds === undefined || (digits >= bounds[0] && digits <= bounds[1]);
}

function isPersonal({ group }: TextDetector): boolean {
  return group === "email" || group === "ip" || group === "phone" || group === "national-id";
}

/** Where the lines end that are read with the one that begins at `from`. */
function endOfLines(text: string, from: number): number {
  let end = from - 1;
  for (let lines = 0; lines < VEILED_LINES && (lines === 0 || end >= 0); lines++) end = text.indexOf("\n", end + 1);
  return end < 0 ? text.length : end;
}
