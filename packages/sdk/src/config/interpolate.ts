import type { LocatedValue } from "./located-value.ts";
import type { ConfigPath } from "./problem.ts";

/** A variable that could not be put in, and where. Names the variable, never a value. */
export interface VariableFault {
  readonly path: ConfigPath;
  readonly message: string;
  /** Where the `$` stands, as an offset into the file; the scalar's own where escapes blur it. */
  readonly offset: number;
}

/** A value with its variables put in. */
export interface Interpolated {
  readonly value: LocatedValue;
  readonly faults: readonly VariableFault[];
  /** The paths of the scalars that a variable stood in. */
  readonly paths: readonly ConfigPath[];
}

const PLACEHOLDER = /\$\$\{|\$\{([^}]*)(\}?)/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Puts variables into the scalars of a parsed file: `${NAME}`, `${NAME:-default}` (also where it is set but empty, as in
 * the shell; a default is text as it stands, and may hold no variable), and `$${` for a literal `${`. They go into scalars only, after parsing, so no value can add a key or a
 * line; what is put in is not looked at again. Keys are left alone.
 * Source: POSIX.1-2024, Shell Command Language, 2.6.2 Parameter Expansion, of which only `:-` is known here.
 */
export function interpolate(
  located: LocatedValue,
  env: Readonly<Record<string, string | undefined>>,
  text: string,
): Interpolated {
  const faults: VariableFault[] = [];
  const paths: ConfigPath[] = [];
  const walk = (value: LocatedValue, path: ConfigPath): LocatedValue => {
    if (value.kind === "list") {
      return { ...value, items: value.items.map((item, index) => walk(item, [...path, index])) };
    }
    if (value.kind === "map") {
      const entries = value.entries.map((entry) => ({ ...entry, value: walk(entry.value, [...path, entry.key]) }));
      return { ...value, entries };
    }
    if (typeof value.value !== "string" || !value.value.includes("${")) return value;
    const result = expand(value.value, env);
    for (const fault of result.faults) {
      const at = text.slice(value.offset, value.end).indexOf(fault.placeholder);
      faults.push({ path, message: fault.message, offset: value.offset + Math.max(0, at) });
    }
    if (result.expanded) paths.push(path);
    return { ...value, value: result.text };
  };
  return { value: walk(located, []), faults, paths };
}

interface Expansion {
  readonly text: string;
  /** Whether any variable was looked up; an escape alone is none. */
  readonly expanded: boolean;
  readonly faults: readonly { readonly placeholder: string; readonly message: string }[];
}

/** Expands one text; see {@link interpolate}. */
export function expand(text: string, env: Readonly<Record<string, string | undefined>>): Expansion {
  const faults: { placeholder: string; message: string }[] = [];
  let expanded = false;
  const result = text.replaceAll(PLACEHOLDER, (placeholder, inner: string | undefined, close: string) => {
    if (inner === undefined) return "${";
    expanded = true;
    const cut = inner.indexOf(":-");
    const name = cut < 0 ? inner : inner.slice(0, cut);
    if (close === "" || !NAME.test(name)) {
      const message =
        "${…} holds no variable's name; the forms are ${NAME} and ${NAME:-default}, and $${ for a literal ${";
      faults.push({ placeholder, message });
      return "";
    }
    if (inner.includes("${")) {
      faults.push({ placeholder, message: `the default of ${name} holds a variable; a default is text as it stands` });
      return "";
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (cut >= 0) return value === undefined || value === "" ? inner.slice(cut + 2) : value;
    if (value === undefined)
      faults.push({ placeholder, message: `the environment variable ${name} is not set, and there is no default` });
    return value ?? "";
  });
  return { text: result, expanded, faults };
}
