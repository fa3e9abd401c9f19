import type { Clock, ClockTimer, PlumblineError } from "@plumbline/core";
import type { Outlet } from "./outlet.ts";
import { serverError } from "./server-error.ts";
import type { Session } from "./session.ts";

const TICK_MS = 1000;
const CATCH_UP_LOOK_MS = 20;

/** The subscribers of a server: how many there may be, and one timer that looks after all. */
export class Sessions {
  readonly #clock: Clock;
  readonly #limits: { readonly maxConnections: number; readonly maxBufferedBytes: number };
  readonly #open = new Map<Session, Promise<void>>();
  /** Taken, and not yet running: finding a cursor's place may take a while. */
  #beginning = 0;
  #timer: ClockTimer | undefined;
  #isClosing = false;

  constructor(clock: Clock, limits: { readonly maxConnections: number; readonly maxBufferedBytes: number }) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get all(): readonly Session[] {
    return [...this.#open.keys()];
  }

  get bufferedBytes(): number {
    return this.all.reduce((sum, session) => sum + session.bufferedBytes, 0);
  }

  /** A place for one more; give it back with the disposal, when it runs. Throws `PLB_SERVE_FULL` or `PLB_SERVE_CLOSING`. */
  takePlace(): Disposable {
    const { maxConnections, maxBufferedBytes } = this.#limits;
    if (this.#isClosing) throw serverError("PLB_SERVE_CLOSING");
    const isFull = this.#open.size + this.#beginning >= maxConnections || this.bufferedBytes > maxBufferedBytes;
    if (isFull) throw serverError("PLB_SERVE_FULL");
    this.#beginning += 1;
    let isTaken = true;
    return {
      [Symbol.dispose]: () => {
        if (isTaken) this.#beginning -= 1;
        isTaken = false;
      },
    };
  }

  /** Serves a subscriber; with a problem it is told that, and no more. */
  run(session: Session, outlet: Outlet, problem?: PlumblineError): void {
    const running = session.run(outlet, problem).finally(() => this.#open.delete(session));
    this.#open.set(session, running);
    if (this.#isClosing) session.end(serverError("PLB_SERVE_CLOSING"));
    this.#timer ??= this.#clock.setTimer(() => this.#tick(), TICK_MS);
  }

  /** Resolves when every subscriber was sent all that the journal has, or after the time. */
  async caughtUp(withinMs: number): Promise<void> {
    const endMs = this.#clock.monotonicMs() + withinMs;
    while (this.all.some((session) => !session.isCaughtUp) && this.#clock.monotonicMs() < endMs) {
      await new Promise<void>((resolve) => void this.#clock.setTimer(resolve, CATCH_UP_LOOK_MS));
    }
  }

  /** Ends all, each with its cursor. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const session of this.all) session.end(serverError("PLB_SERVE_CLOSING"));
    await Promise.all(this.#open.values());
    this.#timer?.cancel();
  }

  #tick(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    for (const session of this.all) session.tick(nowMs);
    if (this.#open.size > 0) this.#timer = this.#clock.setTimer(() => this.#tick(), TICK_MS);
  }
}
