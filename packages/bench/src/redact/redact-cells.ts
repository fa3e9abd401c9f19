import type { DetectorGroup } from "@plumbline/core";
import type { Cell } from "../frame/bench.ts";
import { PAYLOADS, requestAttributes, SECRETS, type Payload } from "../load/payload.ts";
import { EVENT_REDACTORS, type EventRedactor } from "./event-redactors.ts";
import { openMaskSecrets } from "./mask-secrets.ts";
import { cpuMillis, nanosPerCall } from "./measure.ts";
import { type AdversarialText, adversarialTexts, ordinaryText } from "./texts.ts";

const ORDINARY: Payload = {
  name: "ordinary event",
  bytes: 386,
  attributes: (index) => requestAttributes(index, 60),
};

/** Groups of the event cells, by payload. */
export const EVENT_GROUPS: readonly { readonly name: string; readonly payload: Payload; readonly calls: number }[] = [
  { name: "ordinary event", payload: ORDINARY, calls: 200_000 },
  { name: "event of 1 KiB", payload: PAYLOADS["1 KiB"], calls: 80_000 },
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
/** The first ones are for the engine to compile what a text needs. */
const WARM_UPS = 2;
const TRIES = 3;

export const REDACT_CELLS: readonly Cell[] = [
  ...EVENT_GROUPS.flatMap(({ name, payload, calls }) =>
    EVENT_REDACTORS.map((redactor) => eventCell(name, payload, calls, redactor)),
  ),
  textCell(OURS, 2000, async () => {
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
      const line = await toLine(payload.attributes(0), 0);
      return { figures: { nanosPerEvent, left: SECRETS.filter((secret) => line.includes(secret)).length } };
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

/** The default rules, and the group itself where it is off by default; the slowest of all texts of the group counts, each by the best of some tries. */
function adversarialCell(group: DetectorGroup): Cell {
  return {
    group: ADVERSARIAL_GROUP,
    name: group,
    async run({ scale }) {
      const { createRedactor } = await import("@plumbline/core");
      const redactor = createRedactor({ detectors: { [group]: true } });
      const all = adversarialTexts(group);
      const texts = all.slice(0, Math.ceil(all.length * scale));
      const scan = ({ text }: AdversarialText): unknown => redactor.text(text);
      // What the detectors of a group share is compiled once for all of its texts.
      for (const text of texts) scan(text);
      const speeds = texts.map((text) => {
        let best = Number.POSITIVE_INFINITY;
        for (let tried = -WARM_UPS; tried < TRIES; tried++) {
          const taken = cpuMillis(() => scan(text));
          if (tried >= 0) best = Math.min(best, taken);
        }
        return text.text.length / 1000 / best;
      });
      const sorted = speeds.toSorted((a, b) => a - b);
      const worst = sorted[0] ?? Number.NaN;
      return {
        figures: {
          worstMegabytesPerSecond: worst,
          medianMegabytesPerSecond: sorted[sorted.length >> 1] ?? Number.NaN,
          belowTarget: speeds.filter((speed) => speed < ADVERSARIAL_TARGET).length,
          worstText: speeds.indexOf(worst),
          texts: texts.length,
        },
      };
    },
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
