import { BUILT_IN_DETECTORS, type DetectorDescription, type DetectorGroup } from "@plumbline/core";

const KIB = 1024;
const ORDINARY_LENGTH = 64 * KIB;
const ADVERSARIAL_LENGTH = 32 * KIB;
const LINES_BEFORE_REPEAT = 97;
const EXAMPLES = 3;
/** How long a run of one character is put behind the beginning of a secret. */
const RUN = 60;

const MODULES = ["http.server", "db.pool", "scheduler", "cart", "billing.worker", "cache"];
const SAYINGS = [
  (n: number) => `GET /api/orders/${n}/items?page=${n % 9} 200 ${n % 300}ms "Mozilla/5.0 (X11; Linux x86_64)"`,
  (n: number) => `connection ${n} of pool main released after ${n % 70} ms, ${n % 12} waiting`,
  (n: number) => `job nightly-report run ${n} finished: ${n * 3} rows in ${n % 60} s`,
  (n: number) => `token expired for session ${n}, asking again`,
  (n: number) => `    at Cart.total (/srv/app/src/cart/total.ts:${n % 400}:${n % 80})`,
  (n: number) => `retrying upstream inventory-${n % 4}:8080 (attempt ${n % 5} of 5): connect ETIMEDOUT`,
  (n: number) => `build 4f${(n * 7919).toString(16)}c1 deployed to eu-west-${n % 3}, version 2.${n % 20}.${n % 7}`,
  (n: number) => `cache hit ratio 0.${n % 100} over the last 60 s, ${n} keys, ${n * 512} bytes`,
];

/** Lines as services write them, without a secret. */
export function ordinaryText(): string {
  let text = "";
  for (let n = 0; text.length < ORDINARY_LENGTH; n = (n + 1) % (LINES_BEFORE_REPEAT * SAYINGS.length)) {
    const second = String(n % 60).padStart(2, "0");
    const level = n % 11 === 0 ? "WARN" : "INFO";
    text += `2026-03-01T12:00:${second}.${String(n % 1000).padStart(3, "0")}Z ${level} [${MODULES[n % MODULES.length]}] ${SAYINGS[n % SAYINGS.length]?.(n)}\n`;
  }
  return text;
}

/** A text of one piece, over and over. */
export interface AdversarialText {
  readonly detector: string;
  readonly piece: string;
  readonly text: string;
}

/**
 * Texts that make the detectors of a group begin again and again: what they catch, over and over; that same without its end,
 * so that nothing comes of it; its first half; and that with a long run behind it.
 */
export function adversarialTexts(group: DetectorGroup): readonly AdversarialText[] {
  return BUILT_IN_DETECTORS.filter((detector) => detector.group === group).flatMap((detector) =>
    pieces(detector).map((piece) => ({ detector: detector.id, piece, text: repeat(piece) })),
  );
}

function pieces(detector: DetectorDescription): readonly string[] {
  const { catches, leaves } = detector.examples();
  // All detectors of tokens are made the same way.
  const examples = detector.group === "vendor-tokens" ? 1 : EXAMPLES;
  return [
    ...catches.slice(0, examples).flatMap((text) => {
      const half = text.slice(0, Math.ceil(text.length / 2));
      return [`${text} `, ` ${text.slice(0, -1)}`, half, `${half}${"a".repeat(RUN)}`, `${half}"`];
    }),
    ...leaves.slice(0, EXAMPLES),
  ];
}

function repeat(piece: string): string {
  return piece.repeat(Math.ceil(ADVERSARIAL_LENGTH / Math.max(1, piece.length))).slice(0, ADVERSARIAL_LENGTH);
}
