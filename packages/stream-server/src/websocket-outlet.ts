import type { Duplex } from "node:stream";
import type { Clock, ClockTimer } from "@plumbline/core";
import type { WebSocket } from "ws";
import { drainOf } from "./drain.ts";
import { CLOSE_GRACE_MS, type OnGone, type Outlet } from "./outlet.ts";

/** More than this waiting, and a ping is not answered: whoever sends pings and reads nothing must not fill the memory. */
const MAX_WAITING_FOR_CONTROL = 128 * 1024;
/** A close frame has 123 bytes for its reason. Source: RFC 6455, section 5.5. */
const MAX_REASON = 120;

/** What a {@link WebSocketOutlet} tells its owner. */
export interface WebSocketEvents {
  readonly onGone: OnGone;
  /** A sign of life. */
  readonly onPong: () => void;
  readonly onMessage: (text: string | undefined) => void;
}

/**
 * A WebSocket. Frames that are encoded already go to the socket as they are; pings, pongs and the closing are those of `ws`, which writes whole frames in one
 * tick, so that the two never mix.
 */
export class WebSocketOutlet implements Outlet {
  readonly transport = "websocket";
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #clock: Clock;
  #cutOff: ClockTimer | undefined;

  constructor(webSocket: WebSocket, socket: Duplex, clock: Clock, events: WebSocketEvents) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#clock = clock;
    webSocket.on("message", (data, isBinary) => events.onMessage(isBinary ? undefined : textOf(data)));
    webSocket.on("pong", events.onPong);
    webSocket.on("ping", (data) => {
      if (this.bufferedBytes < MAX_WAITING_FOR_CONTROL && this.isOpen) webSocket.pong(data);
    });
    webSocket.on("error", () => webSocket.terminate()); // it has said why to the client; `close` follows
    webSocket.on("close", () => {
      this.#cutOff?.cancel();
      events.onGone();
    });
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === this.#webSocket.OPEN && !this.#socket.destroyed;
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  send(wire: Buffer): boolean {
    return !this.isOpen || this.#socket.write(wire);
  }

  drained(): Promise<void> {
    return drainOf(this.#socket);
  }

  ping(): void {
    if (this.isOpen) this.#webSocket.ping();
  }

  end(closeCode: number, reason: string): void {
    this.#webSocket.close(closeCode, reason.slice(0, MAX_REASON));
    this.#cutOff ??= this.#clock.setTimer(() => this.#webSocket.terminate(), CLOSE_GRACE_MS);
  }
}

function textOf(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return (Buffer.isBuffer(data) ? data : Buffer.from(data)).toString("utf8");
}
