import { Gate } from "./gate.ts";
import type { OpenFile } from "./open-file.ts";

/** A file that is open in this thread, or is being opened or closed, and how many handles share it. */
interface Entry {
  handles: number;
  readonly opened: Promise<OpenFile>;
  closing: Promise<void> | undefined;
  unhook: (() => void) | undefined;
}

/** Writes synchronously what is left, because the process exits. `spentMs` is what exiting took so far, in milliseconds. */
export type ExitFlush = (spentMs: () => number) => void;

type ExitFlushKind = "file" | "descriptor";

interface Table {
  readonly entries: Map<string, Entry>;
  readonly gates: Map<string, Gate>;
  readonly exitFlushes: Readonly<Record<ExitFlushKind, Set<ExitFlush>>>;
  hasExitHook: boolean;
}

// The number changes with the shape of Table or of what a handle calls on OpenFile, so that copies of this package of
// different versions share only what both understand.
const TABLE = Symbol.for("plumbline.file.open-files.2");

/** This thread's table, one for all copies of the package. Each worker thread has its own. */
function table(): Table {
  const host = globalThis as { [TABLE]?: Table };
  host[TABLE] ??= {
    entries: new Map(),
    gates: new Map(),
    exitFlushes: { file: new Set(), descriptor: new Set() },
    hasExitHook: false,
  };
  return host[TABLE];
}

/**
 * The file of this key: the one that is open already, whichever handle or copy of the package opened it, or a new one.
 * Every success is to be matched by one {@link releaseFile}. Rejects with what `open` rejects with.
 */
export async function acquireFile(key: string, open: () => Promise<OpenFile>): Promise<OpenFile> {
  const { entries } = table();
  for (;;) {
    const entry = entries.get(key);
    if (entry === undefined) break;
    if (entry.closing === undefined) {
      entry.handles += 1;
      return entry.opened;
    }
    await entry.closing;
  }
  const entry: Entry = { handles: 1, opened: open(), closing: undefined, unhook: undefined };
  entries.set(key, entry);
  try {
    const file = await entry.opened;
    entry.unhook = onExit((spentMs) => file.flushAtExit(spentMs), "file");
    return file;
  } catch (error) {
    // Those who came meanwhile wait for the same promise and get the same error.
    entries.delete(key);
    throw error;
  }
}

/** Gives a handle back; the last one closes the file. */
export async function releaseFile(key: string): Promise<void> {
  const { entries } = table();
  const entry = entries.get(key);
  if (entry === undefined) return;
  entry.handles -= 1;
  if (entry.handles > 0) return;
  entry.closing ??= entry.opened.then(async (file) => {
    try {
      await file.close();
    } finally {
      entry.unhook?.();
      entries.delete(key);
    }
  });
  await entry.closing;
}

/** The gate of a descriptor's pipe or file, for all who write to it in this thread. */
export function gateOf(identity: string): Gate {
  const { gates } = table();
  const gate = gates.get(identity) ?? new Gate();
  gates.set(identity, gate);
  return gate;
}

/**
 * Has something flushed when the process exits, until the function that it returns is called. One listener serves all, in
 * the order in which they came, the journal before other files, but files before descriptors: the reader of one may have stopped,
 * and would spend their time.
 */
export function onExit(flush: ExitFlush, kind: ExitFlushKind): () => void {
  const state = table();
  const { [kind]: flushes, file, descriptor } = state.exitFlushes;
  flushes.add(flush);
  if (!state.hasExitHook) {
    state.hasExitHook = true;
    process.on("exit", () => {
      const start = performance.now();
      for (const each of [...file, ...descriptor]) each(() => performance.now() - start);
    });
  }
  return () => flushes.delete(flush);
}
