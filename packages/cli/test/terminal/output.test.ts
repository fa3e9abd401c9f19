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
