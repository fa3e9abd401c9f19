/** Epochs for tests, in their order. */
export const EPOCHS = ["0k3f9c2a00000", "0k3f9c2b0000a", "0k3f9c2c0000v"] as const;

/** A line as the writer makes it, without its end. */
export function eventLine(seq: number, epoch: string = EPOCHS[0], padding = 0): string {
  return `{"id":"${epoch}:${seq}","time":"2026-11-20T21:57:03.123456Z","severity":"INFO","body":"${"x".repeat(padding)}"}`;
}

/** Lines `from` to `to`, each ended. */
export function eventLines(from: number, to: number, epoch: string = EPOCHS[0], padding = 0): string {
  let text = "";
  for (let seq = from; seq <= to; seq++) text += `${eventLine(seq, epoch, padding)}\n`;
  return text;
}

/** All of an async iterable of batches. */
export async function collect<Entry>(batches: AsyncIterable<readonly Entry[]>): Promise<Entry[]> {
  const all: Entry[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}
