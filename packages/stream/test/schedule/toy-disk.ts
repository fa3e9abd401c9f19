import { basename } from "node:path";
import { selectSegments, type Segment } from "@plumbline/jsonl";
import type { JournalLocation } from "@plumbline/core";
import type { JournalFiles, OpenJournalFile } from "../../src/journal-files.ts";
import type { Scheduler } from "./scheduler.ts";

/** A file's content, under whatever names. */
class Inode {
  bytes: Buffer = Buffer.alloc(0);
}

/** A folder in memory. Everything that a reader asks of it stops first, and in between where a real one is not read in one instant. */
export class ToyDisk implements JournalFiles {
  readonly location: JournalLocation;
  readonly #names = new Map<string, Inode>();
  readonly #scheduler: Scheduler;
  openFiles = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.location = { path: "/toy/checkout.jsonl", directory: "/toy", stem: "checkout" };
  }

  get names(): readonly string[] {
    return [...this.#names.keys()];
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  contentOf(name: string): Buffer {
    return this.#inode(name).bytes;
  }

  create(name: string): void {
    this.#names.set(name, new Inode());
  }

  append(name: string, bytes: Uint8Array): void {
    const inode = this.#inode(name);
    inode.bytes = Buffer.concat([inode.bytes, bytes]);
  }

  overwrite(name: string, at: number, bytes: Uint8Array): void {
    const inode = this.#inode(name);
    inode.bytes = Buffer.from(inode.bytes);
    inode.bytes.set(bytes, at);
  }

  truncate(name: string, size: number): void {
    const inode = this.#inode(name);
    inode.bytes = inode.bytes.subarray(0, size);
  }

  rename(from: string, to: string): void {
    this.#names.set(to, this.#inode(from));
    this.#names.delete(from);
  }

  /** A file of its own with the same content, as a compressed form is. */
  copy(from: string, to: string): void {
    const inode = new Inode();
    inode.bytes = this.#inode(from).bytes;
    this.#names.set(to, inode);
  }

  remove(name: string): void {
    this.#names.delete(name);
  }

  async list(): Promise<readonly Segment[]> {
    await this.#scheduler.pause();
    const before = [...this.#names.keys()].sort();
    // What is renamed while a folder is read may be missed, or seen under both names.
    if (this.#scheduler.chance(0.3)) await this.#scheduler.pause();
    const after = [...this.#names.keys()].sort();
    const border = this.#scheduler.between(0, before.length);
    const limit = before[border];
    const names = [...before.slice(0, border), ...after.filter((name) => limit !== undefined && name >= limit)];
    return selectSegments(this.location, names).segments;
  }

  async open(path: string): Promise<OpenJournalFile | undefined> {
    await this.#scheduler.pause();
    const inode = this.#names.get(basename(path));
    if (inode === undefined) return undefined;
    this.openFiles += 1;
    const scheduler = this.#scheduler;
    let isClosed = false;
    return {
      readAt: async (buffer, position) => {
        await scheduler.pause();
        if (position >= inode.bytes.length) return 0;
        const count = inode.bytes.copy(
          buffer,
          0,
          position,
          position + Math.min(buffer.length, scheduler.between(1, 4000)),
        );
        return count;
      },
      size: async () => {
        await scheduler.pause();
        return inode.bytes.length;
      },
      isAt: async (name) => {
        await scheduler.pause();
        return this.#names.get(basename(name)) === inode;
      },
      async *unpacked() {
        for (let at = 0; at < inode.bytes.length;) {
          await scheduler.pause();
          const chunk = inode.bytes.subarray(at, at + scheduler.between(1, 2000));
          at += chunk.length;
          yield Buffer.from(chunk);
        }
      },
      close: async () => {
        if (isClosed) throw new Error("closed twice");
        isClosed = true;
        this.openFiles -= 1;
        await scheduler.pause();
      },
    };
  }

  #inode(name: string): Inode {
    const inode = this.#names.get(name);
    if (inode === undefined) throw new Error(`no ${name}`);
    return inode;
  }
}
