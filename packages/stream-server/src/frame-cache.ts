import { adjoiningBytes, type StreamLine } from "@plumbline/stream";
import { writeEventWire, type WireRooms } from "./event-wire.ts";
import { writeEventFrames } from "./frame-writer.ts";
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

/** So many batches are known at once: those who keep up with the present ask for the same one directly after each other. */
const MAX_KNOWN = 4;

/** What was made of one batch, by how it goes out. */
interface KnownBatch {
  readonly lines: readonly StreamLine[];
  readonly forms: Map<string, Promise<EncodedEvents>>;
}

/**
 * Encodes the events of a batch once for all who get the same one: those that keep up with a journal of this process are given the same array. The last few
 * are known, by a list: the entries of a weak map grow old with the engine's collector, which would have to look at everything again and again to be rid of them.
 */
export class FrameCache {
  readonly #known: KnownBatch[] = [];
  readonly #memory = new WireMemory();

  encode(lines: readonly StreamLine[], options: SubscriberOptions, form: WireForm): Promise<EncodedEvents> {
    const { batch, maxMessageBytes, isFiltered } = options;
    // What a filter has left, or what was read from disk, nobody else asks for.
    if (isFiltered || adjoiningBytes(lines) !== undefined) {
      return Promise.resolve(this.#encodeOwn(lines, options, form) ?? encodeFrames(lines, options, form));
    }
    const key = `${form.transport} ${form.compress} ${batch} ${maxMessageBytes}`;
    const forms = this.#formsOf(lines);
    let encoded = forms.get(key);
    if (encoded === undefined) {
      // The bytes go to whoever asks for them, for as long as somebody does.
      const written = this.#write(lines, options, form, (bytes) => Buffer.allocUnsafe(bytes));
      encoded = written === undefined ? encodeFrames(lines, options, form) : Promise.resolve(written);
      forms.set(key, encoded);
    }
    return encoded;
  }

  /** Somebody has left, and may have been the last: what is known is held no longer. */
  forget(): void {
    this.#known.length = 0;
  }

  #formsOf(lines: readonly StreamLine[]): KnownBatch["forms"] {
    const known = this.#known.find((each) => each.lines === lines);
    if (known !== undefined) return known.forms;
    const forms = new Map<string, Promise<EncodedEvents>>();
    this.#known.push({ lines, forms });
    if (this.#known.length > MAX_KNOWN) this.#known.shift();
    return forms;
  }

  /** Of lines that one subscriber alone gets. */
  #encodeOwn(lines: readonly StreamLine[], options: SubscriberOptions, form: WireForm): EncodedEvents | undefined {
    let release: (() => void) | undefined;
    const written = this.#write(lines, options, form, (bytes) => {
      const taken = this.#memory.room(bytes);
      release = taken.release;
      return taken.room;
    });
    return written && release && { ...written, release };
  }

  #write(
    lines: readonly StreamLine[],
    { batch, maxMessageBytes }: SubscriberOptions,
    { compress, transport }: WireForm,
    wire: WireRooms["wire"],
  ): EncodedEvents | undefined {
    if (compress !== "none") return undefined;
    const gathered: (() => void)[] = [];
    const roomForLines = (bytes: number): Buffer => {
      const { room, release } = this.#memory.room(bytes);
      gathered.push(release);
      return room;
    };
    const written = writeEventWire(lines, batch, maxMessageBytes, transport, { wire, lines: roomForLines });
    for (const release of gathered) release();
    return written;
  }
}

async function encodeFrames(
  lines: readonly StreamLine[],
  { batch, maxMessageBytes }: SubscriberOptions,
  form: WireForm,
): Promise<EncodedEvents> {
  const frames = writeEventFrames(lines, batch, maxMessageBytes);
  const wire = await toWire(frames, form);
  return { wire, frames: frames.length, events: frames.reduce((sum, { events }) => sum + events, 0) };
}
