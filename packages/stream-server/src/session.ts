import { formatTimestamp, type PlumblineError } from "@plumbline/core";
import { subscribe, type Subscription } from "@plumbline/stream";
import { closeCodeOf } from "./close-code.ts";
import { FairRate } from "./fair-rate.ts";
import { errorFrame, progressFrame } from "./frame-writer.ts";
import { knownError } from "./known-error.ts";
import { LifeSigns } from "./life-signs.ts";
import type { Outlet } from "./outlet.ts";
import { portionOf, type Portion } from "./portion.ts";
import { readUpdate, type OptionsUpdate, type SubscribeRequest, type SubscriberOptions } from "./request-options.ts";
import { serverError } from "./server-error.ts";
import type { SessionHost } from "./session-host.ts";
import { hasAll, progressOf, SubscriberTraffic, type SubscriberStatus } from "./session-state.ts";
import { toWire, type WireForm } from "./wire-form.ts";

/** While so much waits, a change of options waits too: its answer would only wait behind it. */
const MAX_WAITING_FOR_UPDATE = 64 * 1024;

/**
 * One subscriber: one loop that reads a batch, sends it, and waits for the socket before it reads the next. A slow client slows this loop alone, and
 * falls back from memory to disk.
 */
export class Session {
  readonly #host: SessionHost;
  readonly #form: WireForm;
  readonly #request: SubscribeRequest;
  readonly #rate: FairRate | undefined;
  readonly #traffic: SubscriberTraffic;
  readonly #startedMs: number;
  readonly #about: { readonly id: number; readonly remote: string };
  #outlet: Outlet | undefined;
  #signs: LifeSigns | undefined;
  #subscription: Subscription | undefined;
  #options: SubscriberOptions;
  /** The position behind what was sent last. */
  #cursor: string | undefined;
  #start: string | undefined;
  /** The time to begin at, as a cursor, until something of that time is found. */
  #time: string | undefined;
  #isSaidLive = false;
  /** Whether the loop waits for the journal, and nothing is on its way out. */
  #isReading = false;
  /** Whether its socket was full when it was last looked at. */
  #wasBlocked = false;
  /** The newest update that the subscription does not know of. */
  #pending: OptionsUpdate | undefined;
  /** Whether an update is taken in, or waits for the socket: those that come meanwhile go with it. */
  #isUpdating = false;
  /** An update that the subscription knows of, and the client not yet: in force behind this cursor. */
  #owed: (OptionsUpdate & { readonly cursor: string | undefined }) | undefined;
  /** Resolves when the client was sent what it was told of updates. */
  #paying: Promise<void> = Promise.resolve();
  #endCode: string | undefined;
  #wake: () => void = () => undefined;
  #hello: "awaited" | "had" | "not asked";

  constructor(host: SessionHost, form: WireForm, request: SubscribeRequest, about: { id: number; remote: string }) {
    this.#host = host;
    this.#form = form;
    this.#request = request;
    this.#about = about;
    this.#options = request.options;
    this.#hello = request.requireHello ? "awaited" : "not asked";
    const { clock, maxEventsPerSecond } = host.settings;
    this.#startedMs = clock.monotonicMs();
    this.#traffic = new SubscriberTraffic(this.#startedMs, host.totals);
    this.#rate = maxEventsPerSecond === false ? undefined : new FairRate(clock, maxEventsPerSecond);
  }

  /** Finds the place to begin at, before anything is sent. Rejects with the codes of a cursor. */
  async begin(): Promise<void> {
    const { memory, settings } = this.#host;
    const { journal, durability, clock, diagnostics, maxBatchBytes, maxBatchCount, pollMs } = settings;
    // What is sent of a batch is bytes of its own before the next one is asked for.
    const bounds = { maxBatchBytes, maxBatchCount, pollMs, keepAlive: false, memory };
    const wanted = { cursor: this.#request.cursor, filter: this.#options.filter };
    this.#subscription = subscribe(journal, { ...wanted, durability, clock, diagnostics, ...bounds });
    try {
      await this.#subscription.ready();
    } catch (error) {
      await this.#closeSubscription();
      throw error;
    }
    const { cursor, startsAt } = this.#subscription.state();
    this.#start = cursor;
    this.#time = startsAt === undefined ? undefined : `time:${formatTimestamp(startsAt)}`;
    this.#cursor = this.#time ?? cursor;
  }

  /** Serves the subscriber until one side ends it, or only tells it what is wrong. Never rejects. */
  async run(outlet: Outlet, problem?: PlumblineError): Promise<void> {
    const { clock } = this.#host.settings;
    this.#outlet = outlet;
    this.#signs = new LifeSigns(outlet, clock.monotonicMs(), this.#host.settings);
    try {
      if (problem !== undefined) throw problem;
      if (this.#hello === "awaited") await new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.#subscription === undefined && this.#isGoingOn) await this.begin();
      if (this.#hello === "had") this.#owe(this.#pending);
      await this.#serve();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#host.totals.close(this.#endCode ?? "client", this.#subscription?.state());
      this.#host.cache.forget();
      await this.#closeSubscription();
    }
  }

  /** A message of the client; `undefined` for one that is no text. */
  receive(text: string | undefined): void {
    if (!this.#isGoingOn) return;
    try {
      if (text === undefined) throw serverError("PLB_SERVE_MESSAGE_INVALID");
      this.#pending = readUpdate(text, this.#host.settings.maxFilterEntries);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#hello === "awaited") {
      this.#hello = "had";
      this.#options = this.#pending.options;
      this.#wake();
    } else if (this.#isReading) this.#updateWhileReading().catch((error: unknown) => this.#fail(error));
  }

  ponged(): void {
    this.#signs?.ponged();
  }

  /** The connection is gone. */
  gone(): void {
    this.#endCode ??= "client";
    void this.#closeSubscription();
    this.#wake();
  }

  /** Ends the subscription with a typed reason and the cursor to go on from. */
  end(error: PlumblineError): void {
    if (this.#endCode !== undefined) return;
    this.#endCode = error.code;
    void this.#sayEnd(error);
    void this.#closeSubscription();
    this.#wake();
  }

  /** Looks after the connection; called about once a second. */
  tick(nowMs: number): void {
    this.#traffic.tick(nowMs);
    // It may wait long: what its subscription holds of the files is not kept for that.
    if (this.#isBlocked && this.#wasBlocked) void this.#closeSubscription("rest");
    this.#wasBlocked = this.#isBlocked;
    if (this.#signs?.tick(nowMs) === "stalled") this.end(serverError("PLB_SERVE_STALLED"));
    const isLate = nowMs - this.#startedMs >= this.#host.settings.handshakeTimeoutMs;
    if (this.#hello === "awaited" && isLate) this.end(serverError("PLB_SERVE_HELLO_MISSING"));
  }

  get bufferedBytes(): number {
    return this.#outlet?.bufferedBytes ?? 0;
  }

  /** Whether it was sent all that the journal of this process has. */
  get isCaughtUp(): boolean {
    return this.#endCode !== undefined || (this.#isReading && hasAll(this.#subscription?.state()));
  }

  status(nowMs: number, tip: string | undefined): SubscriberStatus {
    const state = this.#subscription?.state();
    const phase = this.#hello === "awaited" ? "hello" : state?.phase === "live" ? "live" : "replay";
    return {
      id: this.#about.id,
      transport: this.#form.transport,
      remote: this.#about.remote,
      state: this.#isBlocked ? "blocked" : state === undefined && phase !== "hello" ? "starting" : phase,
      ...progressOf(state, this.#start, tip),
      cursor: this.#cursor,
      ...this.#traffic.facts(),
      bufferedBytes: this.bufferedBytes,
      connectedMs: Math.round(nowMs - this.#startedMs),
    };
  }

  /** Whether its socket takes nothing at the moment. */
  get #isBlocked(): boolean {
    return !this.#isReading && this.bufferedBytes > 0;
  }

  get #isGoingOn(): boolean {
    return this.#endCode === undefined;
  }

  async #serve(): Promise<void> {
    while (this.#isGoingOn) {
      if (this.#pending !== undefined) this.#owe(this.#pending);
      await this.#payOwed();
      // Nothing but the bytes is held while they wait for the socket.
      const portion = await this.#prepare();
      if (portion === undefined) return;
      for (const { bytes, cursor, release } of portion.wires) await this.#sendWire(bytes, cursor, release);
      const waitMs = this.#rate?.take(portion.events) ?? 0;
      await this.#payOwed();
      if (waitMs === 0 || !this.#isGoingOn) continue;
      this.#traffic.waited(waitMs);
      await this.#rate?.pause(waitMs, (wake) => (this.#wake = wake));
    }
  }

  /** Reads what comes next, and makes of it what is to be sent; `undefined` when the session is over meanwhile. */
  async #prepare(): Promise<Portion | undefined> {
    this.#isReading = true;
    const next = await this.#subscription?.next();
    this.#isReading = false;
    if (!this.#isGoingOn) return undefined;
    if (next === undefined || next.done === true) throw serverError("PLB_SERVE_CLOSING");
    const item = this.#time === undefined ? next.value : { ...next.value, cursor: this.#placeOf(next.value.cursor) };
    if (item.kind === "events") this.#start ??= item.lines[0]?.id;
    // What was read before the update has its cursor: it still goes by the old options.
    const owed = this.#owed?.cursor === item.cursor ? undefined : this.#owed;
    const style = { cache: this.#host.cache, form: this.#form, isSaidLive: this.#isSaidLive };
    // Before any wait for the socket, in which the subscription may rest.
    const portion = await portionOf(item, { ...style, options: owed?.options ?? this.#options });
    await (owed === undefined ? this.#paying : this.#payOwed());
    if (item.kind !== "gap") this.#isSaidLive = item.isLive;
    if (portion.missing !== undefined) this.#traffic.gap(portion.missing);
    this.#traffic.events(portion.events);
    return portion;
  }

  /** With the cursor behind the bytes, which counts from the write on: what waits in the socket still arrives before an end. */
  async #sendWire(wire: Buffer, cursor = this.#cursor, release?: () => void): Promise<void> {
    const outlet = this.#outlet;
    if (outlet === undefined || !this.#isGoingOn) return;
    this.#traffic.bytes(wire.length);
    this.#signs?.sent(this.#host.settings.clock.monotonicMs());
    const isTaken = outlet.send(wire);
    this.#cursor = cursor;
    if (!isTaken) await outlet.drained();
    if (outlet.isOpen && outlet.bufferedBytes === 0) release?.();
    this.#signs?.drained();
  }

  /** Updates come while the loop waits for the journal: what is read from now on goes by the newest, and one at a time is answered. */
  async #updateWhileReading(): Promise<void> {
    if (this.#isUpdating) return;
    this.#isUpdating = true;
    while (this.#isReading && this.#isGoingOn && this.#pending !== undefined) {
      const isRoom = this.#owed === undefined && this.bufferedBytes <= MAX_WAITING_FOR_UPDATE;
      if (isRoom) this.#owe(this.#pending);
      else await this.#outlet?.drained();
      // An item that was read already is delivered in this turn of the loop, before the answer.
      await new Promise((resolve) => setImmediate(resolve));
      if (isRoom && this.#isReading && this.#isGoingOn) await this.#payOwed();
    }
    this.#isUpdating = false;
  }

  #owe(update: OptionsUpdate | undefined): void {
    this.#pending = undefined;
    if (update === undefined) return;
    this.#subscription?.setFilter(update.options.filter);
    this.#owed = { ...update, cursor: this.#placeOf(this.#subscription?.cursor) };
  }

  /** Where the client goes on from: an id does not say that what comes before the time is gone past. */
  #placeOf<T>(position: T): T | string {
    if (this.#time !== undefined && this.#subscription?.state().startsAt === undefined) this.#time = undefined;
    return this.#time ?? position;
  }

  /** Takes the options that are owed, and says from which cursor on they are in force. */
  #payOwed(): Promise<void> {
    const owed = this.#owed;
    if (owed === undefined) return this.#paying;
    this.#owed = undefined;
    this.#options = owed.options;
    const frame = progressFrame(owed.cursor ?? "earliest", { live: this.#isSaidLive, options: owed.id ?? null });
    const pay = async (): Promise<void> => this.#sendWire(await toWire([frame], this.#form));
    this.#paying = this.#paying.then(pay).catch((error: unknown) => this.#fail(error));
    return this.#paying;
  }

  async #closeSubscription(how: "close" | "rest" = "close"): Promise<void> {
    try {
      await this.#subscription?.[how]();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #sayEnd(error: PlumblineError): Promise<void> {
    const cursor = this.#cursor;
    this.#outlet?.send(await toWire([errorFrame(error, cursor)], { ...this.#form, compress: "none" }));
    this.#outlet?.end(closeCodeOf(error.code), `${error.code} ${cursor ?? ""}`.trimEnd());
  }

  #fail(error: unknown): void {
    const diagnostics = this.#isGoingOn ? this.#host.settings.diagnostics : undefined;
    this.end(knownError(error, "A stream server could not serve a subscriber.", diagnostics));
  }
}
