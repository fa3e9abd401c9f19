import type { StreamItem } from "@plumbline/stream";
import type { FrameCache } from "./frame-cache.ts";
import { gapFrame, progressFrame } from "./frame-writer.ts";
import type { SubscriberOptions } from "./request-options.ts";
import { toWire, type WireForm } from "./wire-form.ts";

/** Bytes, and the position behind them. */
export interface Wire {
  readonly bytes: Buffer;
  readonly cursor: string;
  /** To be called once the socket has taken them. */
  readonly release?: (() => void) | undefined;
}

/** What is sent for one item of a subscription: bytes, and nothing of what they were made from. */
export interface Portion {
  readonly wires: readonly Wire[];
  readonly events: number;
  /** Events that its gap is of, where that is known; `undefined` for what is no gap. */
  readonly missing: number | undefined;
}

/** How the items of one subscriber are written. */
export interface PortionStyle {
  readonly cache: FrameCache;
  readonly options: SubscriberOptions;
  readonly form: WireForm;
  /** Whether it was said last that the present is reached. */
  readonly isSaidLive: boolean;
}

/** The bytes for an item, with a frame of progress behind the events where the cursor is further, or the present is reached or left. */
export async function portionOf(item: StreamItem, style: PortionStyle): Promise<Portion> {
  const { cache, options, form, isSaidLive } = style;
  const { cursor } = item;
  if (item.kind === "gap") {
    const bytes = await toWire([gapFrame(item)], form);
    return { wires: [{ bytes, cursor }], events: 0, missing: item.missing ?? 0 };
  }
  const encoded = item.kind === "events" ? await cache.encode(item.lines, options, form) : undefined;
  const last = item.kind === "events" ? item.lines.at(-1)?.id : undefined;
  const wires: Wire[] =
    encoded === undefined ? [] : [{ bytes: encoded.wire, cursor: last ?? cursor, release: encoded.release }];
  if (last !== cursor || item.isLive !== isSaidLive) {
    wires.push({ bytes: await toWire([progressFrame(cursor, { live: item.isLive })], form), cursor });
  }
  return { wires, events: encoded?.events ?? 0, missing: undefined };
}
