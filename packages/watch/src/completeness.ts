import type { Content } from "./content-cache.ts";
import type { FileTarget } from "./targets.ts";
import { checksumPathOf } from "./targets.ts";

/** Whether a file says that it is whole. What `parse` throws is an answer, not an error. */
export async function isComplete(
  target: FileTarget,
  content: Buffer,
  sha256: string,
  contents: ReadonlyMap<string, Content>,
): Promise<boolean> {
  const { completeWhen, path } = target;
  if (completeWhen === undefined) return true;
  if ("endMarker" in completeWhen) return content.toString("utf8").trimEnd().endsWith(completeWhen.endMarker.trimEnd());
  if ("checksumFile" in completeWhen) {
    const checksum = contents.get(checksumPathOf(path, completeWhen) ?? "");
    if (checksum?.kind !== "read") return false;
    return /^\\?([0-9a-f]{64})(?![0-9a-f])/i.exec(checksum.content.toString("utf8"))?.[1]?.toLowerCase() === sha256;
  }
  try {
    await completeWhen.parse(content, path);
    return true;
  } catch {
    return false; // its way of saying so
  }
}
