import { bufferOf } from "./sequence-oracle.ts";
import type { ReadOrder } from "./reader-process.ts";
import { LATE_MS, type SubscriptionWatch } from "./subscription-watch.ts";

/** The stream of a cell, and the subject of its events. */
export const NATS_STREAM = "bench";

/**
 * Follows the stream with an ordered consumer, which the client makes anew where it has missed something: from its beginning, or behind the event whose number is
 * the cursor.
 */
export async function readNats(
  { url, query, stay }: Pick<ReadOrder, "url" | "query" | "stay">,
  watch: SubscriptionWatch,
): Promise<void> {
  const { connect, consumerOpts } = await import("nats");
  const connection = await connect({ servers: url });
  const behind = Number(query["cursor"]);
  const options = consumerOpts().orderedConsumer();
  const place = Number.isInteger(behind) ? options.startSequence(behind + 1) : options.deliverAll();
  const messages = await connection.jetstream().subscribe(NATS_STREAM, place);
  const read = async (): Promise<void> => {
    let isLeaving = stay === undefined;
    for await (const { data } of messages) {
      watch.arrived();
      watch.line(bufferOf(data), 0, data.length);
      if (isLeaving || !watch.oracle.isAtEnd) continue;
      isLeaving = true;
      setTimeout(() => void connection.close(), LATE_MS);
    }
  };
  void read();
}
