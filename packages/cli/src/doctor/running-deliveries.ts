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

/** Another long-running part of a running service, such as a hand-off, and what it says of itself. */
export interface RunningPart {
  /** Its place in the config. */
  readonly path: string;
  readonly status: Readonly<Record<string, unknown>>;
}

/** What a service says of its long-running parts. */
export function readParts(services: unknown): readonly RunningPart[] {
  if (!Array.isArray(services)) return [];
  return services.flatMap((service: unknown): RunningPart[] => {
    const status = isRecord(service) ? service["status"] : undefined;
    return isRecord(service) && isRecord(status) ? [{ path: String(service["path"]), status }] : [];
  });
}

const isDelivery = ({ status }: RunningPart): boolean => status["delivery"] === "journal";

/** Those among them that are no deliveries from the journal, and say something. */
export function otherParts(parts: readonly RunningPart[]): readonly RunningPart[] {
  return parts.filter((part) => !isDelivery(part) && Object.keys(part.status).length > 0);
}

/** Those among them that are sinks which are fed from the journal. */
export function readDeliveries(parts: readonly RunningPart[]): readonly RunningDelivery[] {
  return parts.filter(isDelivery).map(({ path, status }): RunningDelivery => {
    const { cursor, trouble } = status;
    return {
      path,
      cursor: typeof cursor === "string" ? cursor : null,
      queued: count(status["queued"]),
      redelivered: count(status["redelivered"]),
      deadLetters: count(status["deadLetters"]),
      missing: count(status["missing"]),
      gaps: count(status["gaps"]),
      trouble: typeof trouble === "string" ? trouble : null,
    };
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

/** One line a part: every fact that there is. What a fact means is the part's own. */
export function describePart({ path, status }: RunningPart): string {
  const facts = Object.entries(status).filter(([, value]) => value !== null);
  const parts = facts.map(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return `${name} ${typeof value === "number" ? formatCount(value) : text}`;
  });
  return `${safeText(`${path}: ${parts.join(", ")}`)}\n`;
}

function count(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
