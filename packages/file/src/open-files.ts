import type { OpenFile } from "./open-file.ts";

/** A file that is open in this thread, or is being opened or closed, and how many handles share it. */
interface Entry {
  handles: number;
  readonly opened: Promise<OpenFile>;
  closing: Promise<void> | undefined;
}

interface Table {
  readonly entries: Map<string, Entry>;
  /** Open files, for the flush at exit. */
  readonly files: Set<OpenFile>;
  hasExitHook: boolean;
}

// The number changes with the shape of Table or of what a handle calls on OpenFile, so that copies of this package of
// different versions share only what both understand.
const TABLE = Symbol.for("plumbline.file.open-files.1");

/** This thread's table of open files, one for all copies of the package. Each worker thread has its own. */
function table(): Table {
  const host = globalThis as { [TABLE]?: Table };
  host[TABLE] ??= { entries: new Map(), files: new Set(), hasExitHook: false };
  return host[TABLE];
}

/**
 * The file of this key: the one that is open already, whichever handle or copy of the package opened it, or a new one.
 * Every success is to be matched by one {@link releaseFile}. Rejects with what `open` rejects with.
 */
export async function acquireFile(key: string, open: () => Promise<OpenFile>): Promise<OpenFile> {
  const { entries, files } = table();
  for (;;) {
    const entry = entries.get(key);
    if (entry === undefined) break;
    if (entry.closing === undefined) {
      entry.handles += 1;
      return entry.opened;
    }
    await entry.closing;
  }
  const entry: Entry = { handles: 1, opened: open(), closing: undefined };
  entries.set(key, entry);
  try {
    const file = await entry.opened;
    files.add(file);
    hookExit();
    return file;
  } catch (error) {
    // Those who came meanwhile wait for the same promise and get the same error.
    entries.delete(key);
    throw error;
  }
}

/** Gives a handle back; the last one closes the file. */
export async function releaseFile(key: string): Promise<void> {
  const { entries, files } = table();
  const entry = entries.get(key);
  if (entry === undefined) return;
  entry.handles -= 1;
  if (entry.handles > 0) return;
  entry.closing ??= entry.opened.then(async (file) => {
    try {
      await file.close();
    } finally {
      files.delete(file);
      entries.delete(key);
    }
  });
  await entry.closing;
}

/** One listener for all files of the thread, put in place with the first. */
function hookExit(): void {
  const state = table();
  if (state.hasExitHook) return;
  state.hasExitHook = true;
  process.on("exit", () => {
    const start = performance.now();
    for (const file of state.files) file.flushAtExit(() => performance.now() - start);
  });
}
