import { isRecord } from "../input/fields.ts";
import type { Colours } from "../terminal/colour.ts";
import { formatCount } from "../terminal/format-count.ts";
import { safeText } from "../terminal/safe-text.ts";

/** A sink of a running service that is fed from the journal. */
export interface RunningDelivery {
  /** Its place in the config. */
  readonly path: string;
  readonly cursor: string | null;
  readonly queued: number;
  readonly redelivered: number;
  readonly deadLetters: number;
  readonly missing: number;
  readonly gaps: number;
  /** The code of what keeps it from going on. */
  readonly trouble: string | null;
}

/** Those among what a service says of its long-running parts. */
export function readDeliveries(services: unknown): readonly RunningDelivery[] {
  if (!Array.isArray(services)) return [];
  return services.flatMap((service: unknown): RunningDelivery[] => {
    const status = isRecord(service) ? service["status"] : undefined;
    if (!isRecord(service) || !isRecord(status) || status["delivery"] !== "journal") return [];
    const { cursor, trouble } = status;
    return [
      {
        path: String(service["path"]),
        cursor: typeof cursor === "string" ? cursor : null,
        queued: count(status["queued"]),
        redelivered: count(status["redelivered"]),
        deadLetters: count(status["deadLetters"]),
        missing: count(status["missing"]),
        gaps: count(status["gaps"]),
        trouble: typeof trouble === "string" ? trouble : null,
      },
    ];
  });
}

/** One line a delivery: where it stands, and what is not as it should be. */
export function describeDelivery(delivery: RunningDelivery, colours: Colours): string {
  const { path, cursor, queued, redelivered, deadLetters, missing, gaps, trouble } = delivery;
  const parts = [
    `${formatCount(queued)} wait in the journal`,
    ...(redelivered === 0 ? [] : [`${formatCount(redelivered)} went out again`]),
    ...(deadLetters === 0 ? [] : [colours.red(`${formatCount(deadLetters)} set aside`)]),
    ...(gaps === 0 ? [] : [colours.red(`${formatCount(missing)} missing in ${formatCount(gaps)} gaps`)]),
    ...(trouble === null ? [] : [colours.yellow(`held up by ${safeText(trouble)}`)]),
  ];
  const place = cursor === null ? "" : ` ${colours.dim(`behind ${safeText(cursor)}`)}`;
  return `${safeText(path)} from the journal${place}: ${parts.join(", ")}\n`;
}

function count(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
