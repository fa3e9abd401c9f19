import { formatId, type Journal } from "@plumbline/core";
import { idAt, listSegments, openIfThere } from "@plumbline/jsonl";

/** The place before the first event that is left of a journal. */
export async function earliestPosition({ location, epoch }: Pick<Journal, "location" | "epoch">): Promise<string> {
  const [first] = (await listSegments(location)).segments;
  if (first !== undefined) return formatId(first.first.epoch, first.first.seq - 1);
  const active = await openIfThere(location.path);
  try {
    const id = active && (await idAt(async (to, at) => (await active.read(to, 0, to.length, at)).bytesRead, 0));
    return id === undefined ? `${epoch}:0` : formatId(id.epoch, id.seq - 1);
  } finally {
    await active?.close();
  }
}
