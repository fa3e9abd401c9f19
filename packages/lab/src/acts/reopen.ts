import type { Tell } from "../channel.ts";
import type { OpenOptions, OpenSink } from "../contender.ts";
import type { ReopenAct } from "../job.ts";
import { Emitter } from "./emitter.ts";

/** Opens each path in turn, writes a few events, and closes. The writer is named for the path's place in the list. */
export async function reopen(
  openSink: (options: OpenOptions) => Promise<OpenSink>,
  open: OpenOptions,
  act: ReopenAct,
  tell: Tell,
): Promise<void> {
  for (const [index, path] of act.paths.entries()) {
    const sink = await openSink({ ...open, path });
    const emitter = new Emitter(sink, `again${index}`, "small", tell);
    for (let n = 0; n < act.count; n++) await emitter.emit();
    await sink.close();
    emitter.tellAll();
    emitter.tellDropped();
  }
}
