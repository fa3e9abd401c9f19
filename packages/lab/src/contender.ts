import type { Layout } from "./chains.ts";
import type { Mark } from "./mark.ts";

/** How a sink is opened in a scenario. What a contender does not have it leaves out. */
export interface OpenOptions {
  readonly path: string;
  /** Begin a new file at this size. */
  readonly rotateBytes?: number;
  readonly compress?: boolean;
  /** Fails when somebody else writes the path, instead of taking a slot beside it. */
  readonly refusesOwned?: boolean;
  /** Bound of what waits in memory. */
  readonly queueBytes?: number;
}

/** A sink that is open on a file. */
export interface OpenSink {
  /**
   * Hands one event over. A promise resolves when the sink says that the event is safe in its own sense, with the id that it
   * gave; `undefined` means that the return of the call is all it says. May throw or reject: then the sink has said that it
   * did not take the event.
   */
  write(mark: Mark): Promise<string | undefined> | undefined;
  /** Whether everything handed over is settled; absent where a sink cannot say. */
  isSettled?(): boolean;
  /** How many events it says it has dropped. */
  dropped?(): number;
  close(): Promise<void>;
}

/** What an event that was acknowledged outlives. */
export type Survival = "nothing" | "exit" | "kill";

export type ContenderId =
  | "plumbline-buffered"
  | "plumbline-written"
  | "plumbline-fsynced"
  | "plumbline-sdk"
  | "mutexed-append"
  | "ungated-append"
  | "pino-sync"
  | "pino-async"
  | "pino-transport"
  | "winston"
  | "logtape"
  | "logtape-non-blocking";

/** A sink as it is run. */
export interface Contender {
  readonly name: string;
  /** Ours must be without fault, the control must be seen to fail, peers are seen as they are. */
  readonly role: "ours" | "control" | "peer";
  /** What an acknowledgement promises; for ours alone it is held against the files. */
  readonly survives: Survival;
  /** Whether the acknowledgement is a promise or the return of the call. */
  readonly acknowledges: "promise" | "call";
  readonly layout: Layout;
  /** The layout when it rotates; absent where it cannot. */
  readonly rotatedLayout?: Layout;
  readonly load: () => Promise<(options: OpenOptions) => Promise<OpenSink>>;
}
