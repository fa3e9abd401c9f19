import type { StreamItem } from "@plumbline/stream";
import type { FrameCache } from "./frame-cache.ts";
import { gapFrame, progressFrame } from "./frame-writer.ts";
import type { SubscriberOptions } from "./request-options.ts";
import { toWire, type WireForm } from "./wire-form.ts";

/** What is sent for one item of a subscription: bytes, and nothing of what they were made from. */
export interface Portion {
  readonly wires: readonly Buffer[];
  readonly events: number;
  /** Events that its gap is of, where that is known; `undefined` for what is no gap. */
  readonly missing: number | undefined;
  /** The position behind it. */
  readonly cursor: string;
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
    return { wires: [await toWire([gapFrame(item)], form)], events: 0, missing: item.missing ?? 0, cursor };
  }
  const encoded = item.kind === "events" ? await cache.encode(item.lines, options, form) : undefined;
  const wires = encoded === undefined ? [] : [encoded.wire];
  const isBehind = item.kind === "progress" || item.lines.at(-1)?.id !== cursor;
  if (isBehind || item.isLive !== isSaidLive)
    wires.push(await toWire([progressFrame(cursor, { live: item.isLive })], form));
  return { wires, events: encoded?.events ?? 0, missing: undefined, cursor };
}
