import type { Outlet } from "./outlet.ts";

/** So many waiting bytes may take one stall timeout; a single larger event gets as many more. */
const BYTES_PER_TIMEOUT = 256 * 1024;

/** Tells a slow subscriber from one that is gone: bytes that are taken, and pings that are answered. */
export class LifeSigns {
  readonly #outlet: Outlet;
  readonly #heartbeatMs: number;
  readonly #stallTimeoutMs: number;
  #lastSentMs: number;
  #lastProgressMs: number;
  #bufferedBefore = 0;
  #drainsBefore = 0;
  #drains = 0;
  #isPingOpen = false;

  constructor(outlet: Outlet, nowMs: number, times: { readonly heartbeatMs: number; readonly stallTimeoutMs: number }) {
    this.#outlet = outlet;
    this.#heartbeatMs = times.heartbeatMs;
    this.#stallTimeoutMs = times.stallTimeoutMs;
    this.#lastSentMs = this.#lastProgressMs = nowMs;
  }

  sent(nowMs: number): void {
    this.#lastSentMs = nowMs;
  }

  drained(): void {
    this.#drains += 1;
  }

  ponged(): void {
    this.#isPingOpen = false;
  }

  /** Looks, pings where nothing was sent for a while, and says whether there was no progress at all for the stated time. */
  tick(nowMs: number): "alive" | "stalled" {
    const { bufferedBytes } = this.#outlet;
    const isTaken = this.#drains !== this.#drainsBefore || bufferedBytes < this.#bufferedBefore;
    // While bytes wait, only bytes count: whoever answers pings and reads nothing makes no progress.
    if (isTaken || (bufferedBytes === 0 && !this.#isPingOpen)) this.#lastProgressMs = nowMs;
    this.#bufferedBefore = bufferedBytes;
    this.#drainsBefore = this.#drains;
    const allowedMs = this.#stallTimeoutMs * Math.max(1, Math.ceil(bufferedBytes / BYTES_PER_TIMEOUT));
    if (nowMs - this.#lastProgressMs >= allowedMs) return "stalled";
    if (bufferedBytes === 0 && nowMs - this.#lastSentMs >= this.#heartbeatMs) {
      this.#lastSentMs = nowMs;
      // On SSE nothing answers: there the socket tells, when it takes no more comments.
      this.#isPingOpen = this.#outlet.transport === "websocket";
      this.#outlet.ping();
    }
    return "alive";
  }
}
