import type { ServerResponse } from "node:http";
import type { Clock, ClockTimer } from "@plumbline/core";
import { drainOf } from "./drain.ts";
import { CLOSE_GRACE_MS, type OnGone, type Outlet } from "./outlet.ts";

/** A comment, which clients do not see. */
const COMMENT = ":\n\n";

/** A stream of server-sent events. Its connection is not used again. */
export class SseOutlet implements Outlet {
  readonly transport = "sse";
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  #cutOff: ClockTimer | undefined;

  constructor(response: ServerResponse, clock: Clock, onGone: OnGone) {
    this.#response = response;
    this.#clock = clock;
    response.on("close", () => {
      this.#cutOff?.cancel();
      onGone();
    });
    response.on("error", () => response.destroy());
  }

  get isOpen(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  get bufferedBytes(): number {
    return this.#response.writableLength;
  }

  /** Sends the head of the answer; before it, the request could still be refused. */
  begin(headers: Readonly<Record<string, string>>): void {
    this.#response.writeHead(200, {
      ...headers,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      connection: "close",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
    });
    this.#response.write(COMMENT);
  }

  send(wire: Buffer): boolean {
    return !this.isOpen || this.#response.write(wire);
  }

  drained(): Promise<void> {
    return drainOf(this.#response);
  }

  ping(): void {
    if (this.isOpen) this.#response.write(COMMENT);
  }

  end(): void {
    if (this.isOpen) this.#response.end();
    this.#cutOff ??= this.#clock.setTimer(() => this.#response.destroy(), CLOSE_GRACE_MS);
  }
}
