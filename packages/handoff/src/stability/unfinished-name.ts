/** Endings of what is being written, by the custom of those who write it. */
const UNFINISHED = [".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".sealing", ".writing", "~"];

/** Whether a name is that of something unfinished, or hidden. */
export function isUnfinishedName(name: string): boolean {
  return name.startsWith(".") || UNFINISHED.some((ending) => name.endsWith(ending));
}
