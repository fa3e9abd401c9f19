import { nearestName } from "./config/nearest.ts";

/** A path with its placeholders filled in; or why it cannot be. */
export type FilledPath =
  | { readonly path: string }
  | { readonly message: string; readonly expected?: string | undefined; readonly nearest?: string | undefined };

const PART = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$/;
const MAX_PART_BYTES = 128;
/** Names that Windows keeps for devices, whatever their extension. */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** Fills `{name}` in a path. A value is one safe part of a path on every system, or it is refused; so is a placeholder without a value. */
export function fillPlaceholders(path: string, values: ReadonlyMap<string, string>): FilledPath {
  let fault: FilledPath | undefined;
  const filled = path.replaceAll(/\{([^{}/\\]*)\}/g, (placeholder, name: string) => {
    const value = values.get(name);
    if (value === undefined) {
      const known = [...values.keys()].map((each) => `{${each}}`);
      const nearest = nearestName(name, values.keys());
      fault ??= {
        message: "there is no such placeholder",
        expected: known.join(" or "),
        nearest: nearest === undefined ? undefined : `{${nearest}}`,
      };
      return placeholder;
    }
    if (!isSafePart(value)) {
      fault ??= {
        message: `the value of ${placeholder} is not one safe part of a path`,
        expected: "letters, digits, `.`, `_` and `-`, not beginning or ending with a dot",
      };
    }
    return value;
  });
  return fault ?? { path: filled };
}

/** Whether a text can stand as one part of a path, on any system, and mean nothing but itself. */
export function isSafePart(value: string): boolean {
  return PART.test(value) && value.length <= MAX_PART_BYTES && !RESERVED.test(value);
}
