import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { Output, OutputClosedError } from "../../src/terminal/output.ts";

function collect(): { stream: Writable; writes: string[] } {
  const writes: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      writes.push(chunk.toString());
      done();
    },
  });
  return { stream, writes };
}

function failing(code: string): Writable {
  return new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error(code), { code }));
    },
  });
}

describe("Output", () => {
  test("gathers short texts into one write", async () => {
    const { stream, writes } = collect();
    const output = new Output(stream, false);
    await output.write("a");
    await output.write("b");
    expect(writes).toEqual([]);
    await output.flush();
    expect(writes).toEqual(["ab"]);
  });

  test("writes by itself when much has gathered", async () => {
    const { stream, writes } = collect();
    await new Output(stream, false).write("x".repeat(64 * 1024));
    expect(writes).toHaveLength(1);
  });

  test("keeps bytes and texts in order", async () => {
    const { stream, writes } = collect();
    const output = new Output(stream, false);
    await output.write("a");
    await output.writeBytes(Buffer.from("b"));
    await output.write("c");
    await output.flush();
    expect(writes.join("")).toBe("abc");
  });

  test("what is said is written at once, one write after the other, and the flush waits for it", async () => {
    const writes: string[] = [];
    const done: (() => void)[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, callback) {
        writes.push(chunk.toString());
        done.push(callback);
      },
    });
    const output = new Output(stream, false);
    for (const text of ["a", "b", "c"]) output.say(text);
    expect(writes).toEqual(["a"]);
    let isFlushed = false;
    const flushed = output.flush().then(() => (isFlushed = true));
    done[0]?.();
    await expect.poll(() => writes).toEqual(["a", "bc"]);
    expect(isFlushed).toBe(false);
    done[1]?.();
    await flushed;
    output.say("d");
    expect(writes.join("")).toBe("abcd");
  });

  test("while nobody reads, what is said is bounded, and what is left out is counted", () => {
    const stream = new Writable({ write: () => undefined });
    const output = new Output(stream, false);
    for (let count = 0; count < 40; count++) output.say("x".repeat(64 * 1024));
    // One write under way and 1 MiB behind it.
    expect(output.leftOut).toBe(40 - 1 - 16);
  });

  test("what is said fails nobody; the failure is kept, and told apart from a reader that has gone", async () => {
    const full = new Output(failing("ENOSPC"), false);
    full.say("x");
    await expect(full.flush()).rejects.toMatchObject({ code: "PLB_CLI_OUTPUT_FAILED" });
    expect(full.failed.reason).toMatchObject({ code: "PLB_CLI_OUTPUT_FAILED" });
    const gone = new Output(failing("EPIPE"), false);
    gone.say("x");
    gone.say("y");
    await expect(gone.flush()).rejects.toThrow(OutputClosedError);
    expect(gone.failed.aborted).toBe(false);
  });

  test("tells a reader that has gone from a failure", async () => {
    const gone = new Output(failing("EPIPE"), false);
    await gone.write("x");
    await expect(gone.flush()).rejects.toThrow(OutputClosedError);
    await expect(gone.flush()).rejects.toThrow(OutputClosedError);

    const full = new Output(failing("ENOSPC"), false);
    await full.write("x");
    await expect(full.flush()).rejects.toMatchObject({ code: "PLB_CLI_OUTPUT_FAILED", details: { code: "ENOSPC" } });
  });
});
