import { basename, dirname, extname, join, resolve } from "node:path";
import { isEpoch, type JournalLocation } from "@plumbline/core";
import { jsonlError } from "./jsonl-error.ts";
import { PACKING_ENDINGS, type Packing, packingOf } from "./packing.ts";

/**
 * The forms one segment goes through after it was the active file.
 * - `sealing`: no line will be added; not yet synced or compressed.
 * - `sealed`, `compressed`: its final form. The name appears only when the file is whole, and it never changes again.
 */
export type SegmentForm = "sealing" | "sealed" | "compressed";

/** What the name of a segment says. */
export interface SegmentName {
  /** The journal that it belongs to. */
  readonly stem: string;
  /** Epoch and number of its first line. */
  readonly epoch: string;
  readonly firstSeq: number;
  readonly form: SegmentForm;
  /** Of the form `compressed`: gzip when absent. */
  readonly packing?: Packing;
}

/** What the name of a torn tail that was set aside says. */
export interface TornName {
  readonly stem: string;
  /** When it was set aside, in microseconds since 1970-01-01T00:00:00Z. */
  readonly timeMicros: number;
}

const SEALING = ".sealing";
const SEALED = ".jsonl";
const SEGMENT =
  /^(?<stem>.+)\.(?<epoch>[0-9a-v]{13})-(?<seq>[1-9][0-9]{0,15})(?<ending>\.sealing|\.jsonl(?:\.gz|\.zst)?)$/s;
const TORN =
  /^(?<stem>.+)\.torn-(?<y>\d{4})(?<mo>\d\d)(?<d>\d\d)T(?<h>\d\d)(?<mi>\d\d)(?<s>\d\d)\.(?<ms>\d{3})(?<us>\d{3})Z$/s;
const SLOT = /^(?<stem>.+)\.slot(?<slot>[2-9]|[1-9][0-9]{1,5})$/s;

/** Most file systems take 255 bytes a name; what is added to a stem must fit in as well. */
const MAX_STEM_BYTES = 180;

/** Where a journal's files are, from the path of the one that is being written. Throws `PLB_JSONL_NAME_INVALID`. */
export function journalLocation(path: string): JournalLocation {
  const full = resolve(path);
  const name = basename(full);
  const stem = basename(name, extname(name));
  checkStem(stem);
  return { path: full, directory: dirname(full), stem };
}

/** The journal beside this one that slot `slot` writes: the journal itself for 1, `checkout.slot2.jsonl` for 2. */
export function slotLocation(location: JournalLocation, slot: number): JournalLocation {
  if (!Number.isSafeInteger(slot) || slot < 1 || slot > 999_999) {
    throw jsonlError("PLB_JSONL_NAME_INVALID", { message: `${slot} is not the number of a slot: 1 to 999999.` });
  }
  if (slot === 1) return location;
  const stem = `${location.stem}.slot${slot}`;
  return { path: join(location.directory, stem + extname(location.path)), directory: location.directory, stem };
}

/** The stem and the slot that a slot's stem is made of; slot 1 for any other. */
export function parseSlotStem(stem: string): { readonly stem: string; readonly slot: number } {
  const groups = SLOT.exec(stem)?.groups;
  return groups === undefined ? { stem, slot: 1 } : { stem: groups["stem"] ?? "", slot: Number(groups["slot"]) };
}

/** `<stem>.<epoch>-<firstSeq>` and the ending of its form and packing. Throws `PLB_JSONL_NAME_INVALID`. */
export function formatSegmentName(name: SegmentName): string {
  checkStem(name.stem);
  if (!isEpoch(name.epoch) || !Number.isSafeInteger(name.firstSeq) || name.firstSeq < 1) {
    throw jsonlError("PLB_JSONL_NAME_INVALID", {
      message: "A segment is named by the epoch and the number of its first line.",
      details: { epoch: name.epoch, firstSeq: name.firstSeq },
    });
  }
  return `${name.stem}.${name.epoch}-${name.firstSeq}${endingOf(name)}`;
}

/** What a file name says, or `undefined` when it is not a segment's. */
export function parseSegmentName(fileName: string): SegmentName | undefined {
  const groups = SEGMENT.exec(fileName)?.groups;
  if (groups === undefined) return undefined;
  const firstSeq = Number(groups["seq"]);
  if (!Number.isSafeInteger(firstSeq)) return undefined;
  const ending = groups["ending"] ?? "";
  const named = { stem: groups["stem"] ?? "", epoch: groups["epoch"] ?? "", firstSeq };
  const packing = packingOf(ending);
  if (packing !== undefined) return { ...named, form: "compressed", packing };
  return { ...named, form: ending === SEALING ? "sealing" : "sealed" };
}

function endingOf({ form, packing = "gzip" }: SegmentName): string {
  if (form === "sealing") return SEALING;
  return form === "sealed" ? SEALED : SEALED + PACKING_ENDINGS[packing];
}

/** `<stem>.torn-20261120T215703.123456Z`. Throws `PLB_JSONL_NAME_INVALID`. */
export function formatTornName(name: TornName): string {
  checkStem(name.stem);
  const time = new Date(Math.floor(name.timeMicros / 1000));
  if (!Number.isSafeInteger(name.timeMicros) || name.timeMicros < 0) {
    throw jsonlError("PLB_JSONL_NAME_INVALID", {
      message: "A torn tail is named by the time at which it was set aside.",
    });
  }
  const micros = String(name.timeMicros % 1000).padStart(3, "0");
  return `${name.stem}.torn-${time.toISOString().replaceAll(/[-:]/g, "").replace("Z", `${micros}Z`)}`;
}

/** What a file name says, or `undefined` when it is not a torn tail's. */
export function parseTornName(fileName: string): TornName | undefined {
  const groups = TORN.exec(fileName)?.groups;
  if (groups === undefined) return undefined;
  const { stem = "", y, mo, d, h, mi, s, ms, us } = groups;
  const timeMs = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}.${ms}Z`);
  return Number.isNaN(timeMs) ? undefined : { stem, timeMicros: timeMs * 1000 + Number(us) };
}

function checkStem(stem: string): void {
  if (stem === "" || stem === "." || stem === ".." || /[/\0]/.test(stem) || Buffer.byteLength(stem) > MAX_STEM_BYTES) {
    throw jsonlError("PLB_JSONL_NAME_INVALID", {
      message: "The journal's file name is empty, too long (180 bytes), or holds a slash.",
    });
  }
}
