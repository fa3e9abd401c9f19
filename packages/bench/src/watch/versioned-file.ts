/** What a file held: the number of its version, or `torn` when its end is not that of its beginning. */
export type Version = number | "torn";

const ITEMS = "  - one of many items\n".repeat(40);

/** A YAML file that says its version first and last, of one size for all versions below 10^8. Its prefixes are YAML as well. */
export function versionText(version: number): string {
  const digits = String(version).padStart(8, "0");
  return `version: "${digits}"\nitems:\n${ITEMS}end: "${digits}"\n`;
}

/** The version in a text; an empty one is none. */
export function versionIn(text: string): Version {
  const [, first, last] = /^version: "(\d{8})"\n[^]*\nend: "(\d{8})"\n$/.exec(text) ?? [];
  return first !== undefined && first === last ? Number(first) : "torn";
}

/** The version in the parsed file. */
export function versionOf(value: unknown): Version {
  const { version, end } = (value ?? {}) as { version?: unknown; end?: unknown };
  return typeof version === "string" && version === end ? Number(version) : "torn";
}
