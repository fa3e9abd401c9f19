import type { FarAbilities } from "./far-side.ts";
import type { FarHandle, SftpSession } from "./sftp-session.ts";

/** Stamping and showing, one file at a time: who lists by "changed later than the last I saw" misses none but within one tick of the server's clock. */
export interface FarTurn {
  /** Stamps the file with the server's "now", then runs `show`; nothing else of this destination is stamped meanwhile. */
  take(session: SftpSession, handle: FarHandle, show: () => Promise<void>): Promise<void>;
}

/**
 * Where the server can, it stamps by itself: setting the size to what it is touches no content and takes the server's clock in its full resolution. Else the
 * time is sent, in whole seconds, by the server's clock as it was found, and never goes back.
 */
export function createFarTurn(
  { stampsItself, clockAheadMs }: Pick<FarAbilities, "stampsItself" | "clockAheadMs">,
  nowMs: () => number,
): FarTurn {
  let lastSeconds = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const stamp = async (session: SftpSession, handle: FarHandle): Promise<void> => {
    if (stampsItself) {
      const { size } = await session.fstat(handle);
      return session.setAttributes(handle, { size });
    }
    lastSeconds = Math.max(lastSeconds, Math.trunc((nowMs() + clockAheadMs) / 1000));
    return session.setAttributes(handle, { atime: lastSeconds, mtime: lastSeconds });
  };
  return {
    take(session, handle, show) {
      const mine = turn.then(async () => {
        await stamp(session, handle);
        await show();
      });
      turn = mine.catch(() => undefined); // whose turn it was is told; the next one only waits
      return mine;
    },
  };
}
