import type { Sink } from "@plumbline/core";
import { definedOnly } from "./defined-only.ts";

/** The same sink, with another `close`: all else that it says and does is its own. */
export function closedBy(sink: Sink, close: () => Promise<void>): Sink {
  // Every key of a sink, so that one which is added to the contract cannot be left out here.
  const same: { readonly [Key in keyof Required<Sink>]: Sink[Key] | undefined } = {
    signals: sink.signals,
    exclusive: sink.exclusive,
    concurrency: sink.concurrency,
    feed: sink.feed,
    start: sink.start?.bind(sink),
    write: sink.write.bind(sink),
    flush: sink.flush?.bind(sink),
    rotate: sink.rotate?.bind(sink),
    close,
  };
  return definedOnly(same);
}
