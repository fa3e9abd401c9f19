import type { PluginKind } from "@plumbline/core";
import { isPlainMap, valueAt } from "./config/layer.ts";
import type { ConfigPath } from "./config/problem.ts";
import { keysAt } from "./config/schema-keys.ts";

/** A component that the config asks for, before its plugin is known. */
export interface ComponentRequest {
  readonly kind: PluginKind;
  /** In reports: the name in the config, or for an entry of a list what it uses. */
  readonly name: string;
  readonly path: ConfigPath;
  readonly use: string;
  readonly enabled: boolean;
  /** Its conditions as they stand in the config; `undefined` where there are none. */
  readonly when: unknown;
  readonly assert: unknown;
  /** What is not the host's own: the plugin's schema checks it. */
  readonly options: Readonly<Record<string, unknown>>;
}

interface Section {
  readonly kind: PluginKind;
  readonly path: ConfigPath;
}

const SECTIONS: readonly Section[] = [
  { kind: "detector", path: ["redact", "extraDetectors"] },
  { kind: "processor", path: ["processors"] },
  { kind: "source", path: ["sources"] },
  { kind: "sink", path: ["sinks"] },
  { kind: "service", path: ["services"] },
];

/**
 * Every component that a merged config asks for, also where other parts of the config are wrong, so that what is wrong with
 * its plugin is told at the same time. Entries without a `use` are left out: the schema tells of them.
 */
export function componentRequests(config: unknown, jsonSchema: unknown): readonly ComponentRequest[] {
  return SECTIONS.flatMap(({ kind, path }) => {
    const section = valueAt(config, path);
    const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(section)
      ? [...section.entries()]
      : isPlainMap(section)
        ? Object.entries(section)
        : [];
    const names = new Map<string, number>();
    return entries.flatMap(([key, entry]) => {
      if (!isPlainMap(entry) || typeof entry["use"] !== "string") return [];
      const own = new Set(keysAt(jsonSchema, [...path, key]));
      const options = Object.fromEntries(Object.entries(entry).filter(([name]) => !own.has(name)));
      const name = typeof key === "string" ? key : numbered(entry["use"], names);
      const { use, enabled, when, assert } = entry as Record<string, unknown> & { readonly use: string };
      return [{ kind, name, path: [...path, key], use, enabled: enabled !== false, when, assert, options }];
    });
  });
}

/** The second of a name is `sampling-2`. */
function numbered(use: string, names: Map<string, number>): string {
  const count = (names.get(use) ?? 0) + 1;
  names.set(use, count);
  return count === 1 ? use : `${use}-${count}`;
}
