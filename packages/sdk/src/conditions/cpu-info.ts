/**
 * The features that every processor of a `/proc/cpuinfo` text has: cores of one machine may differ, and a program runs on any of them. Linux
 * lists the processors that are online, and no others. Throws where the text names no processor, or one without its features.
 * Source: proc_cpuinfo(5); x86 says `flags`, arm64 `Features`.
 */
export function commonCpuFeatures(text: string): ReadonlySet<string> {
  let common: ReadonlySet<string> | undefined;
  let processors = 0;
  let lists = 0;
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const key = line.slice(0, colon).trim();
    if (key === "processor") processors += 1;
    if (key !== "flags" && key !== "Features") continue;
    lists += 1;
    const features = new Set(
      line
        .slice(colon + 1)
        .split(/\s+/)
        .filter((word) => word !== ""),
    );
    common = common === undefined ? features : new Set([...common].filter((feature) => features.has(feature)));
  }
  if (common === undefined || lists !== processors)
    throw new Error("/proc/cpuinfo does not list each processor's features");
  return common;
}
