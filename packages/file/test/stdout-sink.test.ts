import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RetryableError } from "@plumbline/core";
import { createFakeClock, createSystemError, createTestLines } from "@plumbline/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { createStdoutSink, type Descriptor } from "../src/index.ts";
import { openDescriptor } from "../src/descriptor.ts";
import { codeOf, makeLine, temporaryDirectory, upTo } from "./scene.ts";

/** A descriptor that takes so many bytes a write, and says EAGAIN when it is told to. */
function memoryDescriptor(options: { readonly takes?: number; readonly chunkBytes?: number } = {}): {
  readonly descriptor: Descriptor;
  readonly writes: string[];
  readonly state: { room: number; error: string | undefined; closed: boolean };
} {
  const writes: string[] = [];
  const state = { room: Number.POSITIVE_INFINITY, error: undefined as string | undefined, closed: false };
  const descriptor: Descriptor = {
    identity: `memory:${Math.random()}`,
    chunkBytes: options.chunkBytes ?? 4096,
    write(bytes, start, length) {
      if (state.error !== undefined) throw createSystemError(state.error, "write");
      const count = Math.min(length, options.takes ?? length, state.room);
      if (count === 0) throw createSystemError("EAGAIN", "write");
      state.room -= count;
      writes.push(Buffer.from(bytes.subarray(start, start + count)).toString("latin1"));
      return count;
    },
    close: () => (state.closed = true),
  };
  return { descriptor, writes, state };
}

describe("the stdout sink", () => {
  test("writes whole lines in order, several at once, none cut that a pipe takes in one piece", async () => {
    const { descriptor, writes } = memoryDescriptor();
    const sink = createStdoutSink({ open: () => descriptor });
    await sink.start();
    const lines = upTo(500).map((index) => makeLine(index, "x".repeat((index * 37) % 3000)));
    await Promise.all([
      sink.write(lines.slice(0, 100)),
      sink.write(lines.slice(100, 300)),
      sink.write(lines.slice(300)),
    ]);
    expect(writes.join("")).toBe(lines.map((line) => `${line.line}\n`).join(""));
    expect(writes.every((text) => text.endsWith("\n"))).toBe(true);
    expect(writes.every((text) => text.length <= 4096)).toBe(true);
    expect(writes.length).toBeLessThan(300);
    await sink.close();
  });

  test("goes on where a reader has made room, and does not take that for a failure", async () => {
    const { descriptor, writes, state } = memoryDescriptor({ takes: 700 });
    const clock = createFakeClock();
    const sink = createStdoutSink({ open: () => descriptor, clock });
    await sink.start();
    state.room = 1000;
    const lines = upTo(10).map((index) => makeLine(index, "x".repeat(1000)));
    let done = false;
    const written = sink.write(lines).then(() => (done = true));
    for (let step = 0; step < 20; step++) {
      expect(done).toBe(false);
      state.room += 500;
      await clock.advance(100);
    }
    state.room = Number.POSITIVE_INFINITY;
    await clock.advance(200);
    await written;
    expect(writes.join("")).toBe(lines.map((line) => `${line.line}\n`).join(""));
    await sink.close();
    expect(clock.pendingTimers).toBe(0);
  });

  test("is asked again past a deadline, and writes nothing twice", async () => {
    const { descriptor, writes, state } = memoryDescriptor();
    const clock = createFakeClock();
    const sink = createStdoutSink({ open: () => descriptor, clock });
    await sink.start();
    state.room = 250;
    const lines = upTo(5).map((index) => makeLine(index, "x".repeat(50)));
    const abort = new AbortController();
    const late = sink.write(lines, { signal: abort.signal });
    await clock.advance(100);
    abort.abort();
    await expect(late).rejects.toSatisfy((error) => RetryableError.isInstance(error));
    const again = sink.write(lines);
    state.room = Number.POSITIVE_INFINITY;
    await clock.advance(1000);
    await again;
    expect(writes.join("")).toBe(lines.map((line) => `${line.line}\n`).join(""));
    await sink.close();
  });

  test("asks to have the batch again when a file behind it is full", async () => {
    const { descriptor, writes, state } = memoryDescriptor();
    const clock = createFakeClock();
    const sink = createStdoutSink({ open: () => descriptor, clock });
    await sink.start();
    state.error = "ENOSPC";
    const lines = createTestLines(4);
    await expect(sink.write(lines)).rejects.toMatchObject({ cause: { code: "PLB_FILE_DISK_FULL" } });
    state.error = undefined;
    await clock.advance(1000);
    await sink.write(lines);
    expect(writes.join("")).toBe(lines.map((line) => `${line.line}\n`).join(""));
    await sink.close();
  });

  test("is quiet when nobody reads any more, and says so by a code", async () => {
    const { descriptor, state } = memoryDescriptor();
    const sink = createStdoutSink({ open: () => descriptor });
    await sink.start();
    await sink.write(createTestLines(1));
    state.error = "EPIPE";
    expect(await codeOf(sink.write(createTestLines(3)))).toBe("PLB_FILE_READER_GONE");
    expect(state.closed).toBe(true);
    expect(await codeOf(sink.write(createTestLines(3)))).toBe("PLB_FILE_READER_GONE");
    await sink.close();
    await sink.close();
  });

  test("closes within its bound when a reader has stopped, and refuses afterwards", async () => {
    const { descriptor, state } = memoryDescriptor();
    const clock = createFakeClock();
    const sink = createStdoutSink({ open: () => descriptor, clock, exitFlushMs: 500 });
    await sink.start();
    state.room = 0;
    const lost = codeOf(sink.write(createTestLines(3)));
    const closed = sink.close();
    await clock.advance(600);
    await closed;
    expect(await lost).toBe("PLB_FILE_CLOSED");
    expect(await codeOf(sink.write(createTestLines(1)))).toBe("PLB_FILE_CLOSED");
  });

  test("writes another form through its encoder, one line each, and the line itself where that throws", async () => {
    const { descriptor, writes } = memoryDescriptor();
    let calls = 0;
    const encoder = {
      encode: (): string => {
        calls += 1;
        if (calls === 2) throw new Error("cannot");
        return "a\nb";
      },
    };
    const sink = createStdoutSink({ open: () => descriptor, encoder });
    const lines = createTestLines(3);
    await sink.start();
    await sink.write(lines);
    expect(writes.join("")).toBe(`a\\nb\n${lines[1]?.line}\na\\nb\n`);
    await sink.close();
  });

  test("shares the gate of a pipe with another sink that leads there", async () => {
    const { descriptor, writes } = memoryDescriptor({ takes: 300 });
    const clock = createFakeClock();
    const sinks = [
      createStdoutSink({ open: () => descriptor, clock }),
      createStdoutSink({ fd: 2, open: () => descriptor, clock }),
    ];
    const lines = upTo(40).map((index) => makeLine(index, "x".repeat(2000)));
    for (const sink of sinks) await sink.start();
    await Promise.all(sinks.map((sink, place) => sink.write(lines.filter((_, index) => index % 2 === place))));
    const there = writes.join("").split("\n").slice(0, -1);
    expect([...there].sort()).toEqual(lines.map((line) => line.line).sort());
    for (const sink of sinks) await sink.close();
  });
});

describe("a descriptor", () => {
  test("of a pipe is opened anew, so that neither its mode nor a slow reader matters to anybody", () => {
    const directory = mkdtempSync(join(tmpdir(), "plumbline-pipe-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, "pipe");
    execFileSync("mkfifo", [path]);
    const both = openSync(path, constants.O_RDWR);
    const descriptor = openDescriptor(both);
    expect(descriptor.chunkBytes).toBe(4096);
    const bytes = Buffer.alloc(4096, "x");
    let total = 0;
    // Without a reader a pipe fills up: the write that does not fit must not wait.
    expect(() => {
      for (;;) total += descriptor.write(bytes, 0, bytes.length);
    }).toThrow(expect.objectContaining({ code: "EAGAIN" }));
    expect(total).toBeGreaterThanOrEqual(4096);
    expect(readSync(both, Buffer.alloc(10))).toBe(10);
    const flags = Number.parseInt(
      /flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${both}`, "latin1"))?.[1] ?? "",
      8,
    );
    expect(flags & constants.O_NONBLOCK).toBe(0);
    descriptor.close();
    closeSync(both);
  });

  test("of a file is used as it is", () => {
    const path = join(temporaryDirectory(), "out.log");
    const fd = openSync(path, "a");
    const descriptor = openDescriptor(fd);
    descriptor.write(Buffer.from("one\n"), 0, 4);
    descriptor.close();
    closeSync(fd);
    expect(readFileSync(path, "utf8")).toBe("one\n");
  });

  test("that is not open is an error with a code", async () => {
    const sink = createStdoutSink({ fd: 9999 });
    expect(await codeOf(sink.start())).toBe("PLB_FILE_OPEN_FAILED");
    await sink.close();
  });
});
