import { bufferOf } from "./sequence-oracle.ts";
import type { SubscriptionWatch } from "./subscription-watch.ts";

/** The stream of a cell, and the subject of its events. */
export const NATS_STREAM = "bench";

/** Follows the stream from its beginning with an ordered consumer, which the client makes anew where it has missed something. */
export async function readNats(url: string, watch: SubscriptionWatch): Promise<void> {
  const { connect, consumerOpts } = await import("nats");
  const connection = await connect({ servers: url });
  const messages = await connection.jetstream().subscribe(NATS_STREAM, consumerOpts().orderedConsumer().deliverAll());
  const read = async (): Promise<void> => {
    for await (const { data } of messages) {
      watch.arrived();
      watch.line(bufferOf(data), 0, data.length);
    }
  };
  void read();
}
