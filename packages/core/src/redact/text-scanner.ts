import { BEYOND_ASCII, CASE_BIT, createAnchorTable, DIGIT_BUCKET } from "./anchor-table.ts";
import type { Labels } from "./label.ts";
import { mergeRanges, type SecretRange } from "./secret-range.ts";
import { Scan } from "./scan.ts";
import type { TextDetector } from "./text-detector.ts";
import { isVeiling, type PlainView, unveil, VEIL_ANCHORS } from "./unveil.ts";

/** Shorter texts hold no secret that a text gives away. */
const MIN_TEXT_LENGTH = 5;

/** Characters that are looked at as bytes at a time. What lies across a border is found all the same: detectors see the whole text. */
const WINDOW = 16 * 1024;

/** Of the window before, this much is kept in front; of the next one, this much is looked at behind: a number and a group of four. */
const LOOK_BACK = 2;
const LOOK_AHEAD = 20;

/** From this length on, the native copy into bytes is worth its call. */
const MIN_NATIVE_LENGTH = 48;

/** A number of fewer digits, in one piece, is none that the detectors of long numbers know. */
const MIN_LONG_NUMBER = 13;

/** What the scan asks at an anchor: a detector, or one of its own two questions. */
type Asked = TextDetector | "label" | "veil";

const LABEL_ANCHORS: readonly string[] = ["[redacted:", "[masked:", "[hashed:"];

/** Runs all detectors over a text in one pass, left to right, and in a second one over its plain view if that differs. */
export class TextScanner {
  readonly #table;
  readonly #numberDetectors: readonly TextDetector[];
  readonly #asksAnyNumber: boolean;
  readonly #scan: Scan;
  readonly #ranges: SecretRange[] = [];
  readonly #bytes = new Uint8Array(LOOK_BACK + (WINDOW + LOOK_AHEAD) * 3);
  /** Where the window's own characters go. */
  readonly #target = this.#bytes.subarray(LOOK_BACK);
  readonly #encoder = new TextEncoder();
  #steps = 0;
  /** Where the window's last number ended, in the next one perhaps. */
  #numberUntil = 0;

  constructor(detectors: readonly TextDetector[], labels: Labels) {
    this.#scan = new Scan(labels);
    this.#numberDetectors = detectors.filter((detector) => detector.numbers !== undefined);
    this.#asksAnyNumber = detectors.some((detector) => detector.numbers === "any");
    const anchors: [string, Asked][] = detectors.flatMap((detector) =>
      detector.anchors.map((anchor): [string, Asked] => [anchor, detector]),
    );
    for (const anchor of LABEL_ANCHORS) anchors.push([anchor, "label"]);
    for (const anchor of VEIL_ANCHORS) anchors.push([anchor, "veil"]);
    this.#table = createAnchorTable(anchors, true);
  }

  /** Characters that the last `find` looked at, each as often as it was looked at. */
  get steps(): number {
    return this.#steps;
  }

  /** The secrets in `text`, in order, none overlapping another. The array is reused by the next call. */
  find(text: string): readonly SecretRange[] {
    const ranges = this.#ranges;
    if (ranges.length > 0) ranges.length = 0;
    this.#steps = 0;
    const length = text.length;
    if (length < MIN_TEXT_LENGTH || (length < MIN_NATIVE_LENGTH && !this.#hasAnchor(text))) return ranges;
    try {
      this.#pass(text);
      if (this.#scan.veiled.length > 0) this.#passVeiled(text);
    } finally {
      this.#scan.text = ""; // also when a plugin's detector threw
    }
    if (ranges.length === 0) return ranges;
    this.#bytes.fill(0); // leave no copy of a secret behind
    mergeRanges(ranges);
    return ranges;
  }

  /** A quick look at a short text: most have nothing that any detector would be asked about. */
  #hasAnchor(text: string): boolean {
    const pairs = this.#table.pairs;
    const length = text.length;
    const asksNumbers = this.#asksAnyNumber || length >= MIN_LONG_NUMBER;
    let previous = 0;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 128) return true;
      const bucket = pairs[(previous << 7) | code] as number; // both have seven bits
      if (bucket !== 0 && (bucket !== DIGIT_BUCKET || asksNumbers || previous === PERCENT)) return true;
      previous = code;
    }
    return false;
  }

  #passVeiled(text: string): void {
    const veiled = this.#scan.veiled.slice(); // the passes over the plain views use the scan's own again
    for (let i = 0; i + 1 < veiled.length; i += 2) this.#passPlain(text, veiled[i] ?? 0, veiled[i + 1] ?? 0);
  }

  #passPlain(text: string, from: number, to: number): void {
    const view: PlainView | undefined = unveil(text.slice(from, to));
    this.#steps += to - from;
    if (view === undefined) return;
    const first = this.#ranges.length;
    this.#pass(view.text);
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

  #pass(text: string): void {
    const length = text.length;
    this.#scan.reset(text);
    this.#numberUntil = 0;
    const bytes = this.#bytes;
    bytes[0] = 0;
    bytes[1] = 0;
    for (let base = 0; base < length; base += WINDOW) {
      const loaded = Math.min(WINDOW + LOOK_AHEAD, length - base);
      this.#load(loaded === length ? text : text.slice(base, base + loaded), base);
      this.#scanWindow(base, Math.min(WINDOW, loaded), loaded);
      bytes[0] = bytes[WINDOW] ?? 0;
      bytes[1] = bytes[WINDOW + 1] ?? 0;
    }
    this.#steps += this.#scan.steps + length;
  }

  /** Puts the characters into bytes, all that are not ASCII as one. */
  #load(text: string, base: number): void {
    const bytes = this.#target;
    const length = text.length;
    for (let i = length; i < length + LOOK_AHEAD; i++) bytes[i] = 0;
    if (length >= MIN_NATIVE_LENGTH) {
      const { read, written } = this.#encoder.encodeInto(text, bytes);
      if (read === length && written === length) return;
    }
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      bytes[i] = code < 128 ? code : BEYOND_ASCII;
      if (code >= 128 && isVeiling(code)) this.#scan.veil(base + i);
    }
  }

  /** Looks at `count` characters of the window that begins at `base`, of which `loaded` are in the bytes. */
  #scanWindow(base: number, count: number, loaded: number): void {
    const bytes = this.#bytes;
    const pairs = this.#table.pairs;
    const scan = this.#scan;
    const zero = base - LOOK_BACK; // where the first byte would stand in the text
    const stop = LOOK_BACK + count;
    let i = Math.max(LOOK_BACK, scan.skipTo - zero, this.#numberUntil - zero);
    if (i >= stop) return;
    let previous = bytes[i - 1] as number; // in bounds, like all that follow: i stays below stop
    for (; i < stop; i++) {
      const current = bytes[i] as number;
      const bucket = pairs[(previous << 7) | current] as number; // both have seven bits
      previous = current;
      if (bucket === 0) continue;
      if (bucket === DIGIT_BUCKET) {
        let end = i + 1;
        while (isDigit(bytes[end] as number)) end++;
        const isCut = end >= LOOK_BACK + loaded && base + loaded < scan.text.length;
        if (this.#asksAnyNumber || isCut || isTelling(bytes, i, end)) this.#number(zero + i);
        i = Math.max(end, scan.skipTo - zero) - 1;
      } else {
        this.#anchors(bucket, zero + i - 1);
        if (scan.skipTo > zero + i + 1) i = scan.skipTo - zero - 1;
      }
      if (i < stop) previous = bytes[i] as number;
    }
    this.#numberUntil = zero + i;
  }

  #number(at: number): void {
    if (this.#scan.code(at - 1) === PERCENT) this.#percent(at);
    for (const detector of this.#numberDetectors) this.#ask(detector, at);
  }

  /** `%` and two digits that stand for a printable character: `%20` parts what the detectors know by the blank in it. */
  #percent(at: number): void {
    const first = this.#scan.code(at);
    if (first >= 0x32 && first <= 0x37) this.#scan.veil(at);
  }

  #anchors(bucket: number, at: number): void {
    const scan = this.#scan;
    const anchors = this.#table.buckets[bucket] ?? [];
    scan.steps += anchors.length;
    for (const anchor of anchors) {
      const start = at - anchor.offset;
      if ((scan.text.charCodeAt(start + anchor.probeAt) | CASE_BIT) !== anchor.probe) continue;
      if (scan.startsWith(anchor.text, start)) this.#ask(anchor.owner, start);
    }
  }

  #ask(asked: Asked, at: number): void {
    const scan = this.#scan;
    const last = this.#ranges[this.#ranges.length - 1];
    if (last !== undefined && at >= last.start && at < last.end) scan.skipTo = last.end; // inside of a secret that is known
    if (asked === "veil") scan.veil(at);
    else if (asked === "label") {
      scan.skipTo = Math.max(scan.skipTo, scan.labelEnd(at));
      scan.floor = Math.max(scan.floor, scan.labelEnd(at));
    } else if (at >= scan.skipTo) {
      if (last !== undefined && last.end <= at && last.end > scan.floor) scan.floor = last.end;
      if (asked.match(scan, at)) this.#add(asked, last);
    }
  }

  /** What says who somebody is gives way to what lets somebody in: the address of `https://token@example.org` is no e-mail address. */
  #add(detector: TextDetector, last: SecretRange | undefined): void {
    const { start, end, wrap } = this.#scan;
    const overlaps = last !== undefined && start < last.end && end > last.start;
    if (overlaps && isPersonal(detector)) return;
    this.#ranges.push({ start, end, detector: detector.id, wrap });
  }
}

const PERCENT = 0x25;

/**
 * Whether a number may be a long one (many digits, another group of four behind a space or hyphen, two capitals in front), or an escape.
 * `from` is at least 2, and `end + 4` is in the array, zero behind the text.
 */
function isTelling(bytes: Uint8Array, from: number, end: number): boolean {
  if (end - from >= MIN_LONG_NUMBER) return true;
  const before = bytes[from - 1] as number;
  if (before === PERCENT || (isCapital(before) && isCapital(bytes[from - 2] as number))) return true;
  const separator = bytes[end];
  if (separator !== 0x20 && separator !== 0x2d) return false;
  return (
    isDigit(bytes[end + 1] as number) &&
    isDigit(bytes[end + 2] as number) &&
    isDigit(bytes[end + 3] as number) &&
    isDigit(bytes[end + 4] as number)
  );
}

function isPersonal({ group }: TextDetector): boolean {
  return group === "email" || group === "ip" || group === "phone" || group === "national-id";
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isCapital(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}
