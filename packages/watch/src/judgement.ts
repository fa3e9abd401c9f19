import { createHash } from "node:crypto";
import { isComplete } from "./completeness.ts";
import type { Content } from "./content-cache.ts";
import type { WATCH_ERRORS } from "./error-codes.ts";
import type { WatchedFile } from "./generation.ts";
import type { SeenFile, Sight, Sighting } from "./sighting.ts";
import type { Targets } from "./targets.ts";
import type { WatchTrouble } from "./watch-health.ts";

/** What a settled sighting and its contents come to. */
export type Judgement =
  | { readonly kind: "content"; readonly files: readonly WatchedFile[] }
  /** Nothing that may replace the last generation. */
  | { readonly kind: "blocked"; readonly troubles: readonly WatchTrouble[] };

/** Decides whether what was seen and read may be a generation. */
export async function judge(
  targets: Targets,
  sighting: Sighting,
  contents: ReadonlyMap<string, Content>,
): Promise<Judgement> {
  const troubles: WatchTrouble[] = [];
  for (const { path, isOptional } of targets.directories) {
    const found = directoryTrouble(path, isOptional, sighting.directories.get(path));
    if (found !== undefined) troubles.push(found);
  }
  const files: { readonly seen: SeenFile; readonly file: WatchedFile }[] = [];
  for (const [path, seen] of sighting.files) {
    const content = contents.get(path);
    if (seen.target.role === "checksum" || content === undefined) continue;
    const found = await fileTrouble(seen, content, contents);
    if (found !== undefined) troubles.push(found);
    const about = { path, directory: seen.directory, isIncluded: seen.target.role === "included" };
    if (content.kind === "read") {
      files.push({ seen, file: { ...about, content: content.content, sha256: content.sha256 } });
    } else {
      files.push({ seen, file: { ...about, content: undefined, sha256: undefined } });
    }
  }
  if (troubles.length > 0) return { kind: "blocked", troubles };
  files.sort((a, b) => rank(a.seen) - rank(b.seen) || (rank(a.seen) > 0 && a.file.path < b.file.path ? -1 : 0));
  return { kind: "content", files: files.map(({ file }) => file) };
}

/** SHA-256 over every path with its content, in hexadecimal. */
export function fingerprintOf(files: readonly Pick<WatchedFile, "path" | "sha256">[]): string {
  const entries = files.map(({ path, sha256 }) => [path, sha256 ?? null] as const);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(entries)).digest("hex");
}

export function trouble(code: keyof typeof WATCH_ERRORS, path: string | undefined, message: string): WatchTrouble {
  return { code, path, message };
}

/** Named files keep their order. */
function rank({ target, directory }: SeenFile): number {
  if (directory !== undefined) return 1;
  return target.role === "included" ? 2 : 0;
}

function directoryTrouble(path: string, isOptional: boolean, seen: Sight | undefined): WatchTrouble | undefined {
  if (seen === undefined || seen.kind === "there") return undefined;
  if (seen.kind === "failed") return trouble("PLB_WATCH_UNREADABLE", path, `${path} cannot be listed: ${seen.code}.`);
  return isOptional ? undefined : trouble("PLB_WATCH_MISSING", path, `${path} is not there.`);
}

async function fileTrouble(
  { target }: SeenFile,
  content: Content,
  contents: ReadonlyMap<string, Content>,
): Promise<WatchTrouble | undefined> {
  const { path, isOptional } = target;
  if (content.kind === "absent") {
    return isOptional ? undefined : trouble("PLB_WATCH_MISSING", path, `${path} is not there.`);
  }
  if (content.kind === "failed") {
    if (content.code === "EFBIG") {
      return trouble("PLB_WATCH_TOO_LARGE", path, `${path} is larger than the watch may read.`);
    }
    return trouble("PLB_WATCH_UNREADABLE", path, `${path} cannot be read: ${content.code}.`);
  }
  if (await isComplete(target, content.content, content.sha256, contents)) return undefined;
  return trouble("PLB_WATCH_INCOMPLETE", path, `${path} is not whole yet.`);
}
