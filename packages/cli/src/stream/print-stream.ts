import type { StreamItem } from "@plumbline/stream";
import type { LinePrinter } from "../view/line-printer.ts";
import type { RemoteItem } from "./stream-server-module.ts";

/** When to stop. */
export interface StreamEnd {
  /** When all that there was is shown. */
  readonly atLive: boolean;
  /** Before this line. */
  readonly isOver: (line: string) => boolean;
}

/** Shows what comes from a subscription, here or over the wire, until its end. Gaps are said on standard error. */
export async function printStream(
  items: AsyncIterable<StreamItem | RemoteItem>,
  printer: LinePrinter,
  end: StreamEnd,
  flush: () => Promise<void>,
): Promise<void> {
  for await (const item of items) {
    if (item.kind === "gap") {
      await printer.note(
        `${item.missing ?? "an unknown number of"} events are missing before ${item.to} (${item.reason})`,
      );
      continue;
    }
    if (item.kind === "events") {
      for (const { line } of item.lines) {
        if (end.isOver(line)) return;
        if (printer.accepts(line)) await printer.print(line);
      }
      await flush();
    }
    if (end.atLive && "isLive" in item && item.isLive) return;
  }
}
