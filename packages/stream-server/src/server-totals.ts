import { errorCode } from "@plumbline/core";
import type { SubscriptionState } from "@plumbline/stream";

/** What a server has done since it was started. Every refusal and every end is counted under its code. */
export class ServerTotals {
  readonly connections: Record<"websocket" | "sse", number> = { websocket: 0, sse: 0 };
  readonly refused: Map<string, number> = new Map();
  readonly closed: Map<string, number> = new Map();
  events = 0;
  bytes = 0;
  gaps = 0;
  missing = 0;
  /** Events that came out of order, anywhere: a defect. */
  outOfOrder = 0;
  rateLimitedMs = 0;

  refuse(error: unknown): void {
    count(this.refused, errorCode(error));
  }

  /** A subscriber has gone; `code` says why, `client` that it went by itself. */
  close(code: string, state: SubscriptionState | undefined): void {
    count(this.closed, code);
    this.outOfOrder += state?.outOfOrder ?? 0;
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
