import { parsePosition, type SubscriptionState } from "@plumbline/stream";
import type { ServerTotals } from "./server-totals.ts";

/** A subscriber, as `/status` tells it. */
export interface SubscriberStatus {
  readonly id: number;
  readonly transport: "websocket" | "sse";
  readonly remote: string;
  /** `hello`: waits for its first options. `blocked`: its socket takes nothing at the moment. */
  readonly state: "hello" | "starting" | "replay" | "live" | "blocked";
  /** For people: `replay 63%`, `live`. */
  readonly phase: string;
  /** How much of what there was at its start is read, 0 to 1, where the numbers tell. */
  readonly replayed: number | undefined;
  readonly cursor: string | undefined;
  /** Events between its cursor and the journal's end, where both are of one epoch. */
  readonly lag: number | undefined;
  readonly eventsPerSecond: number;
  readonly events: number;
  readonly bytes: number;
  readonly bufferedBytes: number;
  readonly gaps: number;
  readonly connectedMs: number;
}

/** Whether all that the journal of this process has was read: also where it has no event yet, and a cursor is of an earlier run, or there is none. */
export function hasAll(state: SubscriptionState | undefined): boolean {
  return state?.lag === undefined ? state?.phase === "live" && state.tip?.endsWith(":0") === true : state.lag === 0;
}

/** What is told of how far a subscription is, with the journal's end as it was looked up. */
export function progressOf(
  state: SubscriptionState | undefined,
  start: string | undefined,
  tip: string | undefined,
): Pick<SubscriberStatus, "phase" | "replayed" | "lag"> {
  if (state === undefined) return { phase: "starting", replayed: undefined, lag: undefined };
  const [from, at, end] = [start, state.cursor, state.tip ?? tip].map((text) => parsePosition(text ?? ""));
  const lag =
    state.lag ??
    (at !== undefined && end !== undefined && at.epoch === end.epoch ? Math.max(0, end.seq - at.seq) : undefined);
  if (state.phase !== "replay") return { phase: state.phase, replayed: state.replayed, lag };
  const isCountable = from !== undefined && end !== undefined && from.epoch === end.epoch && end.seq > from.seq;
  const counted = isCountable && at?.epoch === end.epoch ? (at.seq - from.seq) / (end.seq - from.seq) : undefined;
  const replayed = state.replayed ?? (counted === undefined ? undefined : Math.min(1, counted));
  return { phase: replayed === undefined ? "replay" : `replay ${Math.floor(replayed * 100)}%`, replayed, lag };
}

/** What one subscriber was sent; counted for the server as well. */
export class SubscriberTraffic {
  readonly #totals: ServerTotals;
  #atMs: number;
  #since = 0;
  #rate = 0;
  #events = 0;
  #bytes = 0;
  #gaps = 0;

  constructor(nowMs: number, totals: ServerTotals) {
    this.#atMs = nowMs;
    this.#totals = totals;
  }

  events(count: number): void {
    this.#events += count;
    this.#since += count;
    this.#totals.events += count;
  }

  bytes(count: number): void {
    this.#bytes += count;
    this.#totals.bytes += count;
  }

  gap(missing: number): void {
    this.#gaps += 1;
    this.#totals.gaps += 1;
    this.#totals.missing += missing;
  }

  /** It was held back by the rate limit for so long. */
  waited(ms: number): void {
    this.#totals.rateLimitedMs += ms;
  }

  /** Called about once a second: the rate is that of the last few. */
  tick(nowMs: number): void {
    const seconds = (nowMs - this.#atMs) / 1000;
    if (seconds < 0.5) return;
    this.#rate += (this.#since / seconds - this.#rate) * Math.min(1, seconds / 3);
    if (this.#rate < 0.05) this.#rate = 0;
    this.#since = 0;
    this.#atMs = nowMs;
  }

  facts(): Pick<SubscriberStatus, "eventsPerSecond" | "events" | "bytes" | "gaps"> {
    const eventsPerSecond = Math.round(this.#rate * 10) / 10;
    return { eventsPerSecond, events: this.#events, bytes: this.#bytes, gaps: this.#gaps };
  }
}
