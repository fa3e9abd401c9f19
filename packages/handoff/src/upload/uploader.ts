import {
  type Clock,
  createBackoff,
  createRedactor,
  createSystemClock,
  type DestinationAbility,
  errorCode,
  type PickupItem,
  type Redactor,
  RetryableError,
} from "@plumbline/core";
import { handoffError } from "../handoff-error.ts";
import { Attempts } from "./attempts.ts";
import { Breaker } from "./breaker.ts";
import { deliverItem, type Delivered, ownPublish } from "./deliver.ts";
import type { DeliveryJournal } from "./delivery-journal.ts";
import { kindOfFailure } from "./failure-kind.ts";
import { endInTurn } from "./end-in-turn.ts";
import type { HandoffEvent } from "./handoff-event.ts";
import { KeysInTurn } from "./keys-in-turn.ts";
import { Leftovers } from "./leftovers.ts";
import { Patience } from "./patience.ts";
import type { Uploader, UploaderCounts } from "./uploader-api.ts";
import { settleOutcomes } from "./settle-outcomes.ts";
import { Slots } from "./slots.ts";
import { noteDestination } from "./state-destination.ts";
import { StateFolder } from "./state-folder.ts";
import { deliveredBefore } from "./put-away.ts";
import { createThrottle, pause, type Throttle } from "./throttle.ts";
import { UPLOADER_DEFAULTS, type UploaderOptions, type UploaderSettings } from "./uploader-options.ts";

/** So many files may wait for another try besides those under way. */
const MOST_WAITING = 64;

/** What a start has brought. */
interface Started {
  readonly owner: string;
  readonly journal: DeliveryJournal;
  readonly leftovers: Leftovers;
}

/** One try of a file. */
interface Try {
  /** Bytes that went. */
  sent: number;
  /** Whether it was the source that failed. */
  isOfSource: boolean;
}

/** An uploader; see {@link UploaderOptions}. */
export function createUploader(options: UploaderOptions): Uploader {
  return new FileUploader(options);
}

class FileUploader implements Uploader {
  readonly #options: UploaderSettings;
  readonly #onEvent: (event: HandoffEvent) => void;
  readonly #clock: Clock;
  readonly #throttle: Throttle;
  readonly #breaker: Breaker;
  readonly #patience: Patience;
  readonly #slots: Slots;
  readonly #inTurn: KeysInTurn;
  /** Made when it is needed: that takes some milliseconds. */
  #redactor: Redactor | undefined;
  readonly #counts = { delivered: 0, found: 0, bytes: 0, underWay: 0, changed: 0, retries: 0, aside: 0 };
  /** Names of what was set aside and holds up others, in order. */
  readonly #holding = new Set<string>();
  #state: Promise<StateFolder> | undefined;
  #started: Started | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: UploaderOptions) {
    this.#options = { ...UPLOADER_DEFAULTS, ...options };
    this.#onEvent = options.onEvent ?? ((): void => undefined);
    this.#clock = options.clock ?? createSystemClock();
    this.#throttle = createThrottle(options.bytesPerSecond, this.#clock);
    const { breakerFailures, retryMs, maxRetryMs, concurrency, giveUpAfterMs } = this.#options;
    this.#patience = new Patience(this.#clock, giveUpAfterMs);
    this.#slots = new Slots(concurrency);
    this.#inTurn = new KeysInTurn(this.#slots);
    this.#breaker = new Breaker(this.#clock, breakerFailures, retryMs, maxRetryMs);
  }

  get counts(): UploaderCounts {
    return { ...this.#counts, reaped: this.#started?.leftovers.reaped ?? 0 };
  }

  get isBroken(): boolean {
    return this.#breaker.isOpen;
  }

  get heldUpBy(): string | undefined {
    return [...this.#holding][0];
  }

  async start(): Promise<DestinationAbility> {
    const { destination, overwrite, stateDirectory } = this.#options;
    this.#state = StateFolder.hold(stateDirectory, destination, this.#clock);
    const state = await this.#state;
    // Side by side: each waits for disks and servers of its own.
    const [read, started] = await Promise.allSettled([state.read, destination.start()]);
    if (read.status === "rejected") throw read.reason;
    if (started.status === "rejected") throw started.reason;
    if (this.#closing !== undefined) {
      throw handoffError("PLB_HANDOFF_ORDER", { message: "The uploader was closed while it started." });
    }
    const { owner, journal } = read.value;
    const leftovers = new Leftovers(destination, owner);
    this.#started = { owner, journal, leftovers };
    const ability = started.value;
    if (!ability.overwrite.includes(overwrite)) {
      throw handoffError("PLB_HANDOFF_LACKS", {
        message: `The destination cannot keep to \`overwrite: ${overwrite}\`; it can ${ability.overwrite.join(" and ")}.`,
      });
    }
    await noteDestination(stateDirectory, destination);
    await leftovers.clear();
    await settleOutcomes(journal, destination);
    return ability;
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const end = AbortSignal.any([signal, stop.signal]);
    const waiting = AbortSignal.any([end, this.#patience.signal]);
    const underWay = new Set<Promise<void>>();
    let failure: { readonly error: unknown } | undefined;
    try {
      for await (const item of this.#options.pickup.items(waiting)) {
        await this.#slots.take();
        const work = this.#inTurn
          .run(item.key, () => this.#handOn(item, end, waiting))
          .catch((error: unknown) => {
            failure ??= { error };
            if (!this.#patience.signal.aborted) stop.abort(); // else what is under way may still arrive
          });
        const tracked = work.finally(() => {
          this.#slots.give();
          underWay.delete(tracked);
          this.#counts.underWay = underWay.size;
        });
        underWay.add(tracked);
        this.#counts.underWay = underWay.size;
        if (underWay.size >= this.#options.concurrency + MOST_WAITING) await Promise.race(underWay);
        await this.#slots.untilFree();
        if (waiting.aborted) break;
      }
    } finally {
      await Promise.all(underWay);
    }
    if (failure !== undefined) throw failure.error;
  }

  async close(): Promise<void> {
    await (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const { pickup, destination } = this.#options;
    // The next start needs the journal and the lock. A start that failed to take them has told so.
    const state = await this.#state?.catch(() => undefined);
    await endInTurn([() => pickup.close(), () => destination.close(), () => state?.close()]);
  }

  /** Brings one item to an end; no other try is begun when `waiting` aborts. Rejects only where nothing can go on. */
  async #handOn(item: PickupItem, signal: AbortSignal, waiting: AbortSignal): Promise<void> {
    const started = this.#started;
    if (started === undefined) throw handoffError("PLB_HANDOFF_ORDER", { message: "The uploader was not started." });
    const { journal } = started;
    const known = journal.get(item.key);
    if (known?.kind === "delivered") return this.#settle(item);
    const before = await deliveredBefore(item, journal, signal);
    if (before !== undefined) {
      await journal.record(item.key, before);
      return this.#settle(item);
    }
    const { attempts: most, retryMs, maxRetryMs } = this.#options;
    const backoff = createBackoff({ initialMs: retryMs, maxMs: maxRetryMs });
    const attempts = new Attempts(most);
    const leftFor = this.#patience.forFile();
    while (!waiting.aborted) {
      // Whoever waits, waits without a slot: what cannot be handed on now keeps none from what can.
      const enter = (): Promise<() => void> => this.#breaker.enter(waiting);
      const leave = this.#breaker.isOpen ? await this.#slots.without(enter) : await enter();
      const one: Try = { sent: 0, isOfSource: false };
      try {
        if (waiting.aborted) return;
        await this.#deliver(item, started, one, signal);
        return;
      } catch (error) {
        const code = errorCode(error);
        if (signal.aborted) return;
        if (code === "PLB_HANDOFF_JOURNAL_FAILED") throw error;
        if (code === "PLB_HANDOFF_SOURCE_CHANGED") {
          this.#counts.changed += 1;
          this.#onEvent({ kind: "changed", name: item.name, message: this.#messageOf(error) });
          item.changed?.();
          return;
        }
        const kind = kindOfFailure(error);
        const isFarSide = (kind === "place" || kind === "passing") && !one.isOfSource;
        if (isFarSide) this.#breaker.failed();
        const attempt = attempts.number;
        const leftMs = leftFor(one.sent);
        if (attempts.isOver({ kind, code, sent: one.sent, arrived: this.#counts.delivered }) || leftMs === 0) {
          await this.#setAside(item, error, journal);
          if (leftMs > 0 || !isFarSide || !this.#breaker.isOpen) return;
          this.#patience.end();
          const message = `The destination has taken nothing for too long, ${item.name} last: ${this.#messageOf(error)} What was not handed on stays.`;
          throw handoffError("PLB_HANDOFF_GAVE_UP", { message, cause: error });
        }
        const asked = RetryableError.isInstance(error) ? (error.retryAfterMs ?? 0) : 0;
        const delayMs = Math.min(leftMs, Math.max(backoff.next(), asked));
        this.#counts.retries += 1;
        this.#onEvent({ kind: "retry", name: item.name, code, message: this.#messageOf(error), attempt, delayMs });
        leave();
        await this.#slots.without(() => pause(this.#clock, delayMs, waiting));
      } finally {
        leave();
      }
    }
  }

  async #deliver(item: PickupItem, started: Started, one: Try, signal: AbortSignal): Promise<void> {
    const { journal, owner, leftovers } = started;
    const { destination, overwrite } = this.#options;
    const { name, size, guarantee, evidence, key } = item;
    this.#onEvent({ kind: "begun", name, size, guarantee, evidence });
    const before = journal.get(key);
    let delivered: Delivered;
    try {
      await leftovers.reap();
      delivered = await deliverItem(item, {
        destination,
        clock: this.#clock,
        throttle: this.#throttle,
        owner,
        overwrite,
        signal,
        intend: (manifest, verified) => journal.record(key, { kind: "publishing", manifest, verified }),
        leftovers,
        onSourceFailure: () => (one.isOfSource = true),
        onProgress: (sent) => {
          one.sent = sent;
          this.#onEvent({ kind: "progress", name, size, sent });
        },
      });
    } catch (error) {
      const found = await ownPublish(error, before, { destination, leftovers });
      if (found === undefined) throw error;
      delivered = found;
    }
    this.#breaker.succeeded();
    const { manifest, outcome, verified } = delivered;
    await journal.record(key, { kind: "delivered", manifest, verified });
    this.#counts.delivered += 1;
    this.#holding.delete(name);
    this.#counts.bytes += manifest.size;
    if (outcome !== "published") this.#counts.found += 1;
    this.#onEvent({
      kind: "delivered",
      name,
      size: manifest.size,
      sha256: manifest.sha256,
      outcome,
      verified,
      guarantee,
    });
    await this.#settle(item);
  }

  async #settle(item: PickupItem): Promise<void> {
    try {
      await item.settle();
    } catch (error) {
      this.#onEvent({ kind: "unsettled", name: item.name, code: errorCode(error) });
    }
  }

  /** What a destination or a pick-up says may quote its address: it is redacted. */
  #messageOf(error: unknown): string {
    this.#redactor ??= createRedactor();
    return this.#redactor.text(error instanceof Error ? error.message : String(error));
  }

  async #setAside(item: PickupItem, cause: unknown, journal: DeliveryJournal): Promise<void> {
    const code = errorCode(cause);
    const isHolding = item.isOrdered ?? false;
    const error = handoffError("PLB_HANDOFF_GAVE_UP", {
      message: `${item.name} is set aside: ${this.#messageOf(cause)}${isHolding ? " Those behind it wait: they are handed on in order." : ""}`,
      cause,
    });
    await journal.record(item.key, { kind: "aside", name: item.name, code });
    this.#counts.aside += 1;
    if (isHolding) this.#holding.add(item.name);
    item.abandon?.();
    this.#onEvent({ kind: "aside", name: item.name, code, message: error.message, isHolding });
  }
}
