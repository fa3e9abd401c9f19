import { expect, test } from "vitest";
import { createFaultyDisk } from "../src/index.ts";

type Done = (error: NodeJS.ErrnoException | undefined, written: number) => void;

/** A driver in memory, in the three shapes that errors are told in. */
class MemoryDriver {
  bytes = "";
  readonly name = "memory";

  write(_fd: number, bytes: Uint8Array, start: number, length: number, position: number, done: Done): void {
    this.#put(bytes, start, length, position);
    setImmediate(done, undefined, length);
  }

  writeSync(_fd: number, bytes: Uint8Array, start: number, length: number, position: number): number {
    this.#put(bytes, start, length, position);
    return length;
  }

  async sync(_fd: number): Promise<string> {
    return "synced";
  }

  sizeSync(_fd: number): number {
    return this.bytes.length;
  }

  #put(bytes: Uint8Array, start: number, length: number, position: number): void {
    this.bytes = this.bytes.slice(0, position) + Buffer.from(bytes.subarray(start, start + length)).toString();
  }
}

const data = Buffer.from("0123456789");
const writing = (driver: MemoryDriver, position: number): Promise<[string | undefined, number]> =>
  new Promise((resolve) => {
    driver.write(1, data, 0, data.length, position, (error, written) => resolve([error?.code, written]));
  });

test("without a plan everything is passed on, and what is no method too", async () => {
  const disk = createFaultyDisk(new MemoryDriver());
  expect(await writing(disk.driver, 0)).toEqual([undefined, 10]);
  expect(disk.driver.writeSync(1, data, 2, 3, 10)).toBe(3);
  expect(await disk.driver.sync(1)).toBe("synced");
  expect([disk.driver.sizeSync(1), disk.driver.bytes, disk.driver.name]).toEqual([13, "0123456789234", "memory"]);
  expect(disk.calls).toEqual(
    ["write", "writeSync", "sync", "sizeSync"].map((operation) => ({ operation, outcome: "passed" })),
  );
});

test("an operation fails as planned, in its own manner, and only then", async () => {
  const disk = createFaultyDisk(new MemoryDriver());
  disk.fail({ operation: "sync", code: "EIO", after: 1, times: 2 }, { operation: "write", code: "EINTR" });
  disk.fail({ operation: "sizeSync", code: "ESTALE" }, { operation: "sizeSync", code: "EIO" });
  expect(await disk.driver.sync(1)).toBe("synced");
  await expect(disk.driver.sync(1)).rejects.toMatchObject({ code: "EIO", syscall: "sync" });
  await expect(disk.driver.sync(1)).rejects.toMatchObject({ code: "EIO" });
  expect(await disk.driver.sync(1)).toBe("synced");
  expect(await writing(disk.driver, 0)).toEqual(["EINTR", 0]);
  expect(() => disk.driver.sizeSync(1)).toThrow(expect.objectContaining({ code: "ESTALE", errno: expect.any(Number) }));
  expect(() => disk.driver.sizeSync(1)).toThrow(expect.objectContaining({ code: "EIO", errno: -5 }));
  expect(disk.driver.sizeSync(1)).toBe(0);
  expect(disk.calls.filter(({ outcome }) => outcome === "failed")).toHaveLength(5);
});

test("a failing write does not call back before it has returned", () => {
  const disk = createFaultyDisk(new MemoryDriver());
  disk.fail({ operation: "write", code: "EIO" });
  let isCalled = false;
  disk.driver.write(1, data, 0, 1, 0, () => (isCalled = true));
  expect(isCalled).toBe(false);
});

test("a full disk takes what fits, then nothing, and all again when there is room", async () => {
  const disk = createFaultyDisk(new MemoryDriver());
  disk.setFreeBytes(14);
  expect(await writing(disk.driver, 0)).toEqual([undefined, 10]);
  expect(await writing(disk.driver, 10)).toEqual([undefined, 4]);
  expect(await writing(disk.driver, 14)).toEqual(["ENOSPC", 0]);
  expect(() => disk.driver.writeSync(1, data, 0, 1, 14)).toThrow(expect.objectContaining({ code: "ENOSPC" }));
  expect(disk.driver.writeSync(1, data, 0, 0, 14)).toBe(0);
  expect(disk.driver.bytes).toBe("01234567890123");
  disk.setFreeBytes(undefined);
  expect(await writing(disk.driver, 14)).toEqual([undefined, 10]);
  expect(disk.calls.map(({ outcome }) => outcome)).toEqual(["passed", "cut", "failed", "failed", "passed", "passed"]);
});

test("writes are cut as often as planned", async () => {
  const disk = createFaultyDisk(new MemoryDriver());
  disk.cutWrites(3, 2);
  expect([
    await writing(disk.driver, 0),
    disk.driver.writeSync(1, data, 3, 7, 3),
    await writing(disk.driver, 6),
  ]).toEqual([[undefined, 3], 3, [undefined, 10]]);
});

test("a stall holds back what it names until it is released", async () => {
  const disk = createFaultyDisk(new MemoryDriver());
  const release = disk.stall("write", "sync");
  const settled: string[] = [];
  const written = writing(disk.driver, 0).then(() => settled.push("write"));
  const synced = disk.driver.sync(1).then(() => settled.push("sync"));
  await new Promise((resolve) => setImmediate(resolve));
  expect([settled, disk.driver.sizeSync(1)]).toEqual([[], 0]);
  release();
  await Promise.all([written, synced]);
  expect(settled.toSorted()).toEqual(["sync", "write"]);
  release();
  expect(await writing(disk.driver, 0)).toEqual([undefined, 10]);
});

test("mending forgets what was planned, and a plan for what does not exist is refused", async () => {
  const disk = createFaultyDisk(new MemoryDriver());
  disk.fail({ operation: "sync", code: "EIO", times: Number.POSITIVE_INFINITY });
  disk.cutWrites(1, 9);
  disk.setFreeBytes(0);
  await expect(disk.driver.sync(1)).rejects.toMatchObject({ code: "EIO" });
  disk.mend();
  expect(await disk.driver.sync(1)).toBe("synced");
  expect(await writing(disk.driver, 0)).toEqual([undefined, 10]);
  expect(() => disk.fail({ operation: "fsync" as "sync", code: "EIO" })).toThrow(
    expect.objectContaining({ code: "PLB_TESTING_OPERATION_UNKNOWN" }),
  );
});
