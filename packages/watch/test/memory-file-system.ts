import type { FileIdentity, FileSystem, ReadResult } from "../src/file-system.ts";

interface Node {
  ino: bigint;
  text: string;
  mtimeNs: bigint;
  ctimeNs: bigint;
}

/** A system's refusal. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Files in memory, whose calls are counted and whose every answer a test can bend. Directories are those of the files. */
export class MemoryFileSystem implements FileSystem {
  readonly files = new Map<string, Node>();
  readonly calls = { identify: 0, read: 0, list: 0, linkAt: 0 };
  /** Refuses a path, with a system code. */
  readonly refused = new Map<string, string>();
  /** Runs between the opening of a file and the reading of it. */
  onRead: ((path: string) => void) | undefined;
  /** Never answers while set. */
  isHung = false;
  #ino = 100n;
  #tick = 1_000_000_000n;

  /** As a rename does. */
  replace(path: string, text: string): void {
    this.#tick += 1_000_000n;
    this.files.set(path, { ino: ++this.#ino, text, mtimeNs: this.#tick, ctimeNs: this.#tick });
  }

  /** As a write does; `isWithinTick` when the clock of the file system has not moved. */
  write(path: string, text: string, isWithinTick = false): void {
    const node = this.files.get(path);
    if (node === undefined) {
      this.replace(path, text);
      return;
    }
    node.text = text;
    if (isWithinTick) return;
    this.#tick += 1_000_000n;
    node.mtimeNs = this.#tick;
    node.ctimeNs = this.#tick;
  }

  /** As chmod does. */
  touch(path: string): void {
    const node = this.files.get(path);
    this.#tick += 1_000_000n;
    if (node !== undefined) node.ctimeNs = this.#tick;
  }

  async identify(path: string): Promise<FileIdentity> {
    this.calls.identify++;
    await this.#answer(path);
    const node = this.files.get(path);
    if (node === undefined) {
      if (this.#namesIn(path).length === 0) throw systemError("ENOENT");
      return { kind: "directory", dev: 1n, ino: 1n, size: 0n, mtimeNs: 0n, ctimeNs: 0n, birthtimeNs: 0n };
    }
    return toIdentity(node);
  }

  async read(path: string, maxBytes: number): Promise<ReadResult> {
    this.calls.read++;
    await this.#answer(path);
    const node = this.files.get(path);
    if (node === undefined) throw systemError("ENOENT");
    const before = toIdentity(node);
    const half = node.text.slice(0, node.text.length / 2);
    this.onRead?.(path);
    const content = Buffer.from(half + node.text.slice(half.length)).subarray(0, maxBytes + 1);
    return { content, before, after: toIdentity(node) };
  }

  async list(path: string): Promise<readonly string[]> {
    this.calls.list++;
    await this.#answer(path);
    return this.#namesIn(path);
  }

  async linkAt(path: string): Promise<string | undefined> {
    this.calls.linkAt++;
    await this.#answer(path);
    return undefined;
  }

  #namesIn(path: string): readonly string[] {
    const inside = [...this.files.keys()].filter((file) => file.startsWith(`${path}/`));
    return [...new Set(inside.map((file) => file.slice(path.length + 1).split("/")[0] ?? ""))];
  }

  async #answer(path: string): Promise<void> {
    if (this.isHung) await new Promise(() => undefined);
    const code = this.refused.get(path);
    if (code !== undefined) throw systemError(code);
  }
}

function toIdentity({ ino, text, mtimeNs, ctimeNs }: Node): FileIdentity {
  return { kind: "file", dev: 1n, ino, size: BigInt(text.length), mtimeNs, ctimeNs, birthtimeNs: ino };
}
