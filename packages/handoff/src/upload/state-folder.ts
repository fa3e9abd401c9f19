import type { Clock, Destination } from "@plumbline/core";
import { DeliveryJournal } from "./delivery-journal.ts";
import { endInTurn } from "./end-in-turn.ts";
import { expectDestination } from "./state-destination.ts";
import { lockState, type StateLock } from "./state-lock.ts";
import { ownerOf } from "./state-owner.ts";

/** What stands in an uploader's folder. */
interface StateRead {
  readonly owner: string;
  readonly journal: DeliveryJournal;
}

/** An uploader's folder, which it has for itself until it closes it. */
export class StateFolder {
  readonly #lock: StateLock;
  /** Read while the far side is asked: nothing of it waits for that. */
  readonly read: Promise<StateRead>;

  private constructor(path: string, lock: StateLock) {
    this.#lock = lock;
    this.read = readState(path);
  }

  /** Rejects with `PLB_HANDOFF_JOURNAL_IN_USE` and `PLB_HANDOFF_OTHER_DESTINATION`. */
  static async hold(path: string, destination: Destination, clock: Clock): Promise<StateFolder> {
    const lock = await lockState(path, clock);
    try {
      await expectDestination(path, destination);
    } catch (error) {
      await lock.release();
      throw error;
    }
    return new StateFolder(path, lock);
  }

  /** The lock goes last: whoever has it next reads what stands there. */
  async close(): Promise<void> {
    const [read] = await Promise.allSettled([this.read]);
    const closeJournal = (): unknown => (read.status === "fulfilled" ? read.value.journal.close() : undefined);
    await endInTurn([closeJournal, () => this.#lock.release()]);
  }
}

/** Rejects with `PLB_HANDOFF_JOURNAL_FAILED`, and with what the system says of the owner's file; nothing stays open then. */
async function readState(path: string): Promise<StateRead> {
  const [owner, journal] = await Promise.allSettled([ownerOf(path), DeliveryJournal.open(path)]);
  if (journal.status === "rejected") throw journal.reason;
  if (owner.status === "fulfilled") return { owner: owner.value, journal: journal.value };
  await journal.value.close();
  throw owner.reason;
}
