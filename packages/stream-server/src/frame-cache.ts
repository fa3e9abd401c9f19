import { adjoiningBytes, type StreamLine } from "@plumbline/stream";
import { writeEventWire } from "./event-wire.ts";
import { writeEventFrames, type Frame } from "./frame-writer.ts";
import type { SubscriberOptions } from "./request-options.ts";
import { toWire, type WireForm } from "./wire-form.ts";
import { WireMemory } from "./wire-memory.ts";

/** Bytes to send for some events, and what is in them. */
export interface EncodedEvents {
  readonly wire: Buffer;
  readonly frames: number;
  /** Events among them; less than the lines where some were too large. */
  readonly events: number;
  /** To be called once the bytes have been taken and nobody looks at them any more, where they are for one subscriber alone. */
  readonly release?: () => void;
}

/**
 * Encodes the events of a batch once for all who get the same one: those that keep up with a journal of this process are given the same array. What
 * nobody reads any more is forgotten with the array.
 */
export class FrameCache {
  readonly #known = new WeakMap<readonly StreamLine[], Map<string, Promise<EncodedEvents>>>();

  readonly #memory = new WireMemory();

  encode(lines: readonly StreamLine[], options: SubscriberOptions, form: WireForm): Promise<EncodedEvents> {
    const { batch, maxMessageBytes } = options;
    const own = this.#encodeOwn(lines, options, form);
    if (own !== undefined) return Promise.resolve(own);
    const key = `${form.transport} ${form.compress} ${batch} ${maxMessageBytes}`;
    const forms = this.#known.get(lines) ?? new Map<string, Promise<EncodedEvents>>();
    this.#known.set(lines, forms);
    let encoded = forms.get(key);
    if (encoded === undefined) {
      const { compress, transport } = form;
      const written = compress === "none" ? writeEventWire(lines, batch, maxMessageBytes, transport) : undefined;
      encoded =
        written === undefined
          ? encode(writeEventFrames(lines, batch, maxMessageBytes), form)
          : Promise.resolve(written);
      forms.set(key, encoded);
    }
    return encoded;
  }

  /** Of lines from disk, which were read for one subscriber: nobody else asks for the same. */
  #encodeOwn(
    lines: readonly StreamLine[],
    { batch, maxMessageBytes }: SubscriberOptions,
    { compress, transport }: WireForm,
  ): EncodedEvents | undefined {
    if (compress !== "none" || adjoiningBytes(lines) === undefined) return undefined;
    let release: (() => void) | undefined;
    const written = writeEventWire(lines, batch, maxMessageBytes, transport, (bytes) => {
      const taken = this.#memory.room(bytes);
      release = taken.release;
      return taken.room;
    });
    return written && release && { ...written, release };
  }
}

async function encode(frames: readonly Frame[], form: WireForm): Promise<EncodedEvents> {
  const wire = await toWire(frames, form);
  return { wire, frames: frames.length, events: frames.reduce((sum, { events }) => sum + events, 0) };
}
