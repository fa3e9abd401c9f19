import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { extname } from "node:path";
import type { SdkErrorCode } from "../error-codes.ts";
import { FILE_BOUNDS, type LocatedValue, type TextFault } from "./located-value.ts";
import { readJson } from "./read-json.ts";
import { readYaml } from "./read-yaml.ts";

/** Why a file is no config, without a place in it. */
export interface FileFault {
  readonly code: SdkErrorCode;
  readonly message: string;
}

/** How a config file is read, by its extension; `undefined` for one that is not known. */
export function formatOf(path: string): "yaml" | "json" | "module" | undefined {
  switch (extname(path).toLowerCase()) {
    case ".yaml":
    case ".yml":
      return "yaml";
    case ".json":
      return "json";
    case ".mjs":
    case ".js":
    case ".cjs":
    case ".mts":
    case ".cts":
    case ".ts":
      return "module";
    default:
      return undefined;
  }
}

/** The text of a config file, without a byte-order mark; or why there is none. */
export async function readConfigText(path: string): Promise<{ readonly text: string } | FileFault> {
  let bytes: Uint8Array;
  try {
    // Without waiting for a pipe's other end.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const facts = await file.stat();
      if (facts.isDirectory()) return unreadable("this is a folder, not a file");
      if (!facts.isFile()) return unreadable("this is a device, a pipe or a socket, not a file");
      const { size } = facts;
      if (size > FILE_BOUNDS.maxBytes) return unreadable("the file is larger than 1 MiB");
      bytes = await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    if (code === "ENOENT" || code === "ENOTDIR")
      return { code: "PLB_CONFIG_NOT_FOUND", message: "there is no such file" };
    return unreadable(`the file cannot be read (${code})`);
  }
  return decodeConfig(bytes);
}

/** The text of a config file's bytes. */
export function decodeConfig(bytes: Uint8Array): { readonly text: string } | FileFault {
  if (bytes.length > FILE_BOUNDS.maxBytes) return unreadable("the file is larger than 1 MiB");
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return unreadable("the file is not UTF-8"); // the decoder's one error
  }
}

function unreadable(message: string): FileFault {
  return { code: "PLB_CONFIG_UNREADABLE", message };
}

/** A text as located values, with every fault in it. */
export interface ParsedText {
  readonly value: LocatedValue | undefined;
  readonly faults: readonly TextFault[];
}

/** Parses a config's text. Keys that stand twice, or that no config can have, are faults too. */
export function parseConfigText(text: string, format: "yaml" | "json"): ParsedText {
  const { value, faults } = format === "yaml" ? readYaml(text) : readJson(text);
  return { value, faults: value === undefined ? faults : [...faults, ...keyFaults(value)] };
}

function keyFaults(value: LocatedValue): readonly TextFault[] {
  if (value.kind === "scalar") return [];
  if (value.kind === "list") return value.items.flatMap(keyFaults);
  const seen = new Set<string>();
  return value.entries.flatMap(({ key, offset, value: child }) => {
    const faults: TextFault[] = [];
    if (seen.has(key)) faults.push({ kind: "duplicate-key", message: "this key stands twice in the same map", offset });
    if (key === "__proto__") faults.push({ kind: "syntax", message: "no key may have this name", offset });
    seen.add(key);
    return [...faults, ...keyFaults(child)];
  });
}
