import type { FileSinkOptions } from "@plumbline/file";
import type { PlainFileConfig } from "./config/schema-file.ts";
import { definedOnly } from "./defined-only.ts";

/** A file's options as its package takes them. */
export function toFileOptions<Config extends PlainFileConfig>(
  config: Config,
): { readonly [Key in keyof Omit<Config, "rotate">]: Exclude<Config[Key], undefined> } & Pick<
  FileSinkOptions,
  "rotate"
> {
  return { ...definedOnly(config), rotate: definedOnly(config.rotate) };
}
