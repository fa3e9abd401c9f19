import type { DetectorGroup } from "@plumbline/core";
import type { Cell } from "../frame/bench.ts";
import { PAYLOADS, requestAttributes, type Payload } from "../load/payload.ts";
import { EVENT_REDACTORS, type EventRedactor } from "./event-redactors.ts";
import { openMaskSecrets } from "./mask-secrets.ts";
import { cpuMillis, nanosPerCall } from "./measure.ts";
import { PLANTED_EVENT, PLANTED_SECRETS } from "./planted.ts";
import { adversarialTexts, ordinaryText } from "./texts.ts";

const ORDINARY: Payload = {
  name: "ordinary event",
  bytes: 386,
  attributes: (index) => requestAttributes(index, 60),
};

/** Groups of the event cells, by payload. */
export const EVENT_GROUPS: readonly { readonly name: string; readonly payload: Payload; readonly calls: number }[] = [
  { name: "event of 150 B", payload: PAYLOADS["150 B"], calls: 200_000 },
  { name: "ordinary event", payload: ORDINARY, calls: 130_000 },
  { name: "event of 1 KiB", payload: PAYLOADS["1 KiB"], calls: 60_000 },
];

export const TEXT_GROUP = "ordinary text";
export const ADVERSARIAL_GROUP = "adversarial text";
export const OURS = "plumbline";
/** Megabytes a second. */
export const ADVERSARIAL_TARGET = 20;

const DETECTOR_GROUP_NAMES: readonly DetectorGroup[] = [
  "credentials",
  "vendor-tokens",
  "financial",
  "email",
  "ip",
  "phone",
  "national-id",
];
const POOL = 1000;
const MIN_CALLS = 3;
/** All texts of a group are scanned so often, for the engine to see what they need. */
const WARM_PASSES = 4;
/**
 * Then each is scanned by itself until so many tries in a row were no faster: what another text has taught the engine does not hold for this one, which is compiled
 * anew, and who aims a text at a service sends it more than seven times.
 */
const PATIENCE = 25;
const MOST_TRIES = 200;
const FASTER = 0.99;
/** A smoke test scans so many: of either kind there are some among them. */
const LEAST_TEXTS = 8;
/** Of each group so many of the slowest texts are told by name. */
const TOLD = 10;

export const REDACT_CELLS: readonly Cell[] = [
  ...EVENT_GROUPS.flatMap(({ name, payload, calls }) =>
    EVENT_REDACTORS.map((redactor) => eventCell(name, payload, calls, redactor)),
  ),
  textCell(OURS, 1200, async () => {
    const { createRedactor } = await import("@plumbline/core");
    const redactor = createRedactor();
    return (text) => redactor.text(text);
  }),
  textCell("LogTape redactByPattern", 60, openLogtapePatterns),
  textCell("secretlint maskSecrets", 20, openMaskSecrets),
  ...DETECTOR_GROUP_NAMES.map(adversarialCell),
];

function eventCell(group: string, payload: Payload, calls: number, redactor: EventRedactor): Cell {
  return {
    group,
    name: redactor.name,
    async run({ scale }) {
      const toLine = await redactor.open();
      const events = Array.from({ length: POOL }, (_, index) => payload.attributes(index));
      const count = Math.max(MIN_CALLS, Math.round((calls * scale) / (redactor.slowness ?? 1)));
      const call = (index: number): unknown => toLine(events[index % POOL] ?? {}, index);
      const nanosPerEvent = await nanosPerCall(call, count);
      const line = await toLine(PLANTED_EVENT, 0);
      return { figures: { nanosPerEvent, left: PLANTED_SECRETS.filter((secret) => line.includes(secret)).length } };
    },
  };
}

function textCell(name: string, calls: number, open: () => Promise<(text: string) => unknown>): Cell {
  return {
    group: TEXT_GROUP,
    name,
    async run({ scale }) {
      const scan = await open();
      const text = ordinaryText();
      const nanos = await nanosPerCall(() => scan(text), Math.max(MIN_CALLS, Math.round(calls * scale)));
      const isUnharmed = (await scan(text)) === text;
      return { figures: { megabytesPerSecond: (text.length * 1000) / nanos, harmed: isUnharmed ? 0 : 1 } };
    },
  };
}

/** How fast one text is scanned, in megabytes a second, and redacted where anything is found in it. */
interface TextSpeed {
  /** Its place among the texts of its group. */
  readonly index: number;
  readonly scanned: number;
  /** Scanned, labelled, and read again with its labels. */
  readonly redacted: number;
  readonly hasSecrets: boolean;
}

/**
 * By the default rules, and the group itself where it is off by default: each text by the best of some tries. Once, since processor time hardly
 * differs from round to round.
 */
function adversarialCell(group: DetectorGroup): Cell {
  return {
    group: ADVERSARIAL_GROUP,
    name: group,
    once: true,
    async run({ scale }) {
      const { createRedactor } = await import("@plumbline/core");
      const redactor = createRedactor({ detectors: { [group]: true } });
      const all = adversarialTexts(group);
      const texts = all.slice(0, Math.max(LEAST_TEXTS, Math.ceil(all.length * scale)));
      const passes = Math.max(1, Math.round(WARM_PASSES * scale));
      const patience = Math.max(1, Math.round(PATIENCE * scale));
      for (let pass = 0; pass < passes; pass++) for (const { text } of texts) redactor.text(text);
      const speeds = texts
        .map(({ text }, index): TextSpeed => {
          const redacted = text.length / 1000 / leastMillis(() => redactor.text(text), patience);
          const hasSecrets = redactor.find(text).length > 1;
          const scanned = hasSecrets ? text.length / 1000 / leastMillis(() => redactor.find(text), patience) : redacted;
          return { index, scanned, redacted, hasSecrets };
        })
        .toSorted((a, b) => a.scanned - b.scanned);
      const dense = speeds.filter(({ hasSecrets }) => hasSecrets);
      return {
        figures: {
          ...figuresOf(
            "vain",
            speeds.filter(({ hasSecrets }) => !hasSecrets),
          ),
          ...figuresOf("dense", dense),
          ...redactedFigures(dense),
          ...Object.fromEntries(
            speeds.slice(0, TOLD).flatMap(({ index, scanned }, place) => [
              [`slow${place}Text`, index],
              [`slow${place}Speed`, scanned],
            ]),
          ),
        },
      };
    },
  };
}

function leastMillis(work: () => unknown, patience: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let tried = 0, inVain = 0; inVain < patience && tried < MOST_TRIES; tried++) {
    const taken = cpuMillis(work);
    inVain = taken < best * FASTER ? 0 : inVain + 1;
    best = Math.min(best, taken);
  }
  return best;
}

/** `speeds` are sorted. */
function figuresOf(kind: "vain" | "dense", speeds: readonly TextSpeed[]): Record<string, number> {
  if (speeds.length === 0) return {};
  return {
    [`${kind}Texts`]: speeds.length,
    [`${kind}Worst`]: speeds[0]?.scanned ?? Number.NaN,
    [`${kind}Median`]: speeds[speeds.length >> 1]?.scanned ?? Number.NaN,
    [`${kind}Below`]: speeds.filter(({ scanned }) => scanned < ADVERSARIAL_TARGET).length,
  };
}

function redactedFigures(speeds: readonly TextSpeed[]): Record<string, number> {
  if (speeds.length === 0) return {};
  return {
    redactedWorst: Math.min(...speeds.map(({ redacted }) => redacted)),
    redactedBelow: speeds.filter(({ redacted }) => redacted < ADVERSARIAL_TARGET).length,
  };
}

async function openLogtapePatterns(): Promise<(text: string) => string> {
  const redaction = await import("@logtape/redaction");
  let given = "";
  const format = redaction.redactByPattern(
    () => given,
    [
      redaction.EMAIL_ADDRESS_PATTERN,
      redaction.CREDIT_CARD_NUMBER_PATTERN,
      redaction.US_SSN_PATTERN,
      redaction.KR_RRN_PATTERN,
      redaction.JWT_PATTERN,
    ],
  );
  const record = { category: [], level: "info", message: [], rawMessage: "", timestamp: 0, properties: {} } as const;
  return (text) => {
    given = text;
    return format(record);
  };
}
