import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { FileDriver } from "@plumbline/file";
import type { Random } from "../random.ts";

/** A file as the device has it: bytes up to here came with a sync that returned. */
interface Tracked {
  /** Of our own, so that renaming changes nothing. */
  readonly fd: number;
  durable: number;
}

/** A change of a folder that no sync of the folder has followed yet, and how it is undone. */
interface Entry {
  readonly directory: string;
  readonly undo: () => void;
}

/** A disk that forgets what was not synced when the power goes. */
export interface PoweredDisk {
  readonly driver: FileDriver;
  /** Resolves when the power has gone and nothing changes any more. No call that was under way then, or is made later, ever returns. */
  readonly gone: Promise<void>;
  /** Leaves the files as they are found after that: what was synced, and as much of the rest as chance will have. */
  forget(): void;
}

/**
 * Runs on a real file system and takes back afterwards: bytes behind the last fdatasync are cut at random or read as NULs,
 * names that no sync of their folder followed are as they were before, the latest first.
 */
export function createPoweredDisk(base: FileDriver, random: Random, atCall: number, trash: string): PoweredDisk {
  const files = new Map<string, Tracked>();
  const descriptors = new Map<number, Tracked>();
  let entries: Entry[] = [];
  let calls = 0;
  let trashed = 0;
  let isGone = false;
  let underWay = 0;
  let goDark: () => void = () => undefined;
  const gone = new Promise<void>((resolve) => {
    goDark = resolve;
  });

  const begin = (): void => {
    underWay += 1;
  };
  /** The thread pool does not know that the power is gone: what it has is waited for. */
  const end = (): void => {
    underWay -= 1;
    if (isGone && underWay === 0) goDark();
  };
  /** Counts a call; false when the power is gone. */
  const isPowered = (): boolean => {
    calls += 1;
    if (calls >= atCall && !isGone) {
      isGone = true;
      begin();
      setImmediate(end);
    }
    return !isGone;
  };
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isPowered()) {
      begin();
      const result = await work().finally(end);
      // It may have gone meanwhile: then nobody hears of the result.
      if (!isGone) return result;
    }
    return new Promise<never>(() => undefined);
  };
  const callSync = <T>(work: () => T): T => {
    if (!isPowered()) throw new Error("The power is gone.");
    return work();
  };
  const track = (path: string, fd: number, isNew: boolean): void => {
    const { identity, size } = base.factsOfSync(fd);
    const known = files.get(identity) ?? { fd: openSync(path, "r+"), durable: isNew ? 0 : size };
    files.set(identity, known);
    descriptors.set(fd, known);
    if (isNew) entries.push({ directory: dirname(path), undo: () => unlinkSync(path) });
  };
  const beforeReplacing = (path: string): (() => void) => {
    if (!existsSync(path)) return () => undefined;
    const copy = join(trash, String((trashed += 1)));
    copyFileSync(path, copy);
    return () => renameSync(copy, path);
  };
  const renamed = (from: string, to: string, restore: () => void): void => {
    entries.push({
      directory: dirname(to),
      undo: () => {
        renameSync(to, from);
        restore();
      },
    });
  };

  const driver: FileDriver = {
    ...base,
    open: (path, how, mode) =>
      call(async () => {
        const fd = await base.open(path, how, mode);
        if (how !== "read") track(path, fd, how === "create");
        return fd;
      }),
    openSync: (path, how, mode) =>
      callSync(() => {
        const fd = base.openSync(path, how, mode);
        track(path, fd, how === "create");
        return fd;
      }),
    write(fd, bytes, start, length, position, done): void {
      if (isGone) return;
      // The call in which the power goes may have written a part.
      const some = isPowered() ? length : random.int(0, length);
      begin();
      base.write(fd, bytes, start, some, position, (error, written) => {
        if (!isGone) done(error, written);
        end();
      });
    },
    writeSync: (fd, bytes, start, length, position) =>
      callSync(() => base.writeSync(fd, bytes, start, length, position)),
    sync: (fd) =>
      call(async () => {
        const { size } = base.factsOfSync(fd);
        await base.sync(fd);
        const file = descriptors.get(fd);
        if (file !== undefined && !isGone) file.durable = Math.max(file.durable, size);
      }),
    truncateSync: (fd, size) =>
      callSync(() => {
        base.truncateSync(fd, size);
        const file = descriptors.get(fd);
        if (file !== undefined) file.durable = Math.min(file.durable, size);
      }),
    syncDirectory: (path) =>
      call(async () => {
        const before = entries.length;
        await base.syncDirectory(path);
        if (!isGone) entries = entries.filter(({ directory }, index) => index >= before || directory !== path);
      }),
    rename: (from, to) =>
      call(async () => {
        const restore = beforeReplacing(to);
        await base.rename(from, to);
        renamed(from, to, restore);
      }),
    renameSync: (from, to) =>
      callSync(() => {
        const restore = beforeReplacing(to);
        base.renameSync(from, to);
        renamed(from, to, restore);
      }),
    symlink: (text, path) =>
      call(async () => {
        await base.symlink(text, path);
        entries.push({ directory: dirname(path), undo: () => unlinkSync(path) });
      }),
    unlink: (path) =>
      call(async () => {
        if (!existsSync(path)) return;
        const kept = join(trash, String((trashed += 1)));
        renameSync(path, kept);
        entries.push({ directory: dirname(path), undo: () => renameSync(kept, path) });
      }),
  };

  return {
    driver,
    gone,
    forget(): void {
      const kept = random.int(0, entries.length);
      for (const { undo } of entries.slice(kept).toReversed()) undo();
      for (const file of files.values()) forgetBytes(file, random);
    },
  };
}

function forgetBytes({ fd, durable }: Tracked, random: Random): void {
  const { size } = fstatSync(fd);
  if (size > durable) {
    const end = random.int(durable, size);
    ftruncateSync(fd, end);
    // A file system may have the new size on the device before the bytes.
    if (random.chance(0.4)) {
      const from = random.int(durable, end);
      writeSync(fd, Buffer.alloc(end - from), 0, end - from, from);
    }
  }
  closeSync(fd);
}
