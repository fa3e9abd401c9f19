import type { WireForm } from "./wire-form.ts";

/** One end of a connection, as a session sees it: whole frames go in, and it says when it is full. */
export interface Outlet {
  readonly transport: WireForm["transport"];
  readonly isOpen: boolean;
  /** Bytes that wait for the socket. */
  readonly bufferedBytes: number;
  /** Sends whole frames. `false`: the socket is full; wait for {@link drained}. */
  send(wire: Buffer): boolean;
  /** Resolves when the socket has taken what waited, or is closed. */
  drained(): Promise<void>;
  /** Asks for a sign of life, where there is room. */
  ping(): void;
  /** Ends the connection after what was sent, with a close code where the transport has them; cuts it off where that does not get through. */
  end(closeCode: number, reason: string): void;
}

/** Whoever has lost its connection is told so. */
export type OnGone = () => void;

/** How long a connection that was ended has to be gone. */
export const CLOSE_GRACE_MS = 2000;
