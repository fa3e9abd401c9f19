import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AnyValue, parseLine, type TelemetryEvent } from "@plumbline/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/exit-code.ts";
import { run } from "../../src/run.ts";
import { recordedConsole, runCommand } from "../recorded-console.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const events = (text: string): TelemetryEvent[] =>
  text
    .split("\n")
    .slice(0, -1)
    .map((line) => parseLine(line));

/** A body as the bytes of the line that it came from. */
function bodyBytes(body: AnyValue | undefined): Buffer {
  if (typeof body === "string") return Buffer.from(body);
  return body instanceof Uint8Array ? Buffer.from(body) : Buffer.from("neither text nor bytes");
}

/** The lines of an input, by a reading of the rule that shares nothing with the one that is tested. */
function linesOf(input: Buffer): Buffer[] {
  const text = input.toString("latin1");
  const parts = text.split("\n");
  const last = parts.pop() ?? "";
  return [...parts.map((part) => part.replace(/\r$/, "")), ...(last === "" ? [] : [last])].map((part) =>
    Buffer.from(part, "latin1"),
  );
}

async function pipe(
  args: readonly string[],
  input: Iterable<Uint8Array>,
  cwd = temporaryFolder(),
): Promise<{ code: number; out: string; err: string; cwd: string; file: (name: string) => string }> {
  const result = await runCommand(["pipe", ...args], { cwd, input });
  return { ...result, cwd, file: (name) => readFileSync(join(cwd, name), "utf8") };
}

describe("pipe --out", () => {
  test("makes one event of every line, in order, with dense ids and bodies byte for byte", async () => {
    const input = Buffer.concat([
      Buffer.from("first\r\n\nlone\rcr\nü日本\n"),
      Buffer.from([0xff, 0x00, 0x0a]),
      Buffer.from("last"),
    ]);
    const { code, err, file } = await pipe(["--out", "out.jsonl"], [input]);
    expect({ code, err }).toEqual({ code: EXIT.ok, err: "" });
    const written = events(file("out.jsonl"));
    expect(written.map(({ body }) => bodyBytes(body))).toEqual(linesOf(input));
    expect(written.map(({ id }) => id?.split(":")[1])).toEqual(["1", "2", "3", "4", "5", "6"]);
  });

  test("appends, and goes on with a new epoch", async () => {
    const { cwd } = await pipe(["--out", "out.jsonl"], [Buffer.from("a\n")]);
    const { file } = await pipe(["--out", "out.jsonl"], [Buffer.from("b\n")], cwd);
    const written = events(file("out.jsonl"));
    expect(written.map(({ body }) => body)).toEqual(["a", "b"]);
    expect(new Set(written.map(({ id }) => id?.split(":")[0])).size).toBe(2);
  });

  test("maps the lines of a logger, and gives them the service", async () => {
    const line = { level: 50, time: 1_763_675_823_123, msg: "no", password: "hunter2", orderId: 7 };
    const { file } = await pipe(
      ["--out", "out.jsonl", "--service", "shop"],
      [Buffer.from(`${JSON.stringify(line)}\n`)],
    );
    const [event] = events(file("out.jsonl"));
    expect(event).toMatchObject({ severity: 17, body: "no", time: 1_763_675_823_123_000_000n });
    expect({ ...event?.attributes }).toEqual({ password: "[redacted:key]", orderId: 7 });
    expect(event?.resource).toMatchObject({ "service.name": "shop" });
    expect(Object.keys(event?.resource ?? {}).filter((key) => key.startsWith("process."))).toEqual([]);
  });

  test("keeps the resource that a line names itself", async () => {
    const first = await pipe(["--out", "a.jsonl", "--service", "shop"], [Buffer.from("x\n")]);
    const again = await pipe(
      ["--out", "b.jsonl", "--service", "pipe"],
      [Buffer.from(first.file("a.jsonl")), Buffer.from("y\n")],
    );
    const names = events(again.file("b.jsonl")).map(({ resource, body }) => [body, resource?.["service.name"]]);
    expect(names).toEqual([
      ["x", "shop"],
      ["y", "pipe"],
    ]);
  });

  test("takes the rules and the limits of the config here, and nothing else of it", async () => {
    const cwd = temporaryFolder();
    const config =
      "service: { name: shop }\nredact: { keys: [sessionRef] }\nlimits: { maxStringLength: 64 }\njournal: { path: ./j.jsonl }\n";
    writeFileSync(join(cwd, "plumbline.yaml"), config);
    const { code, file } = await pipe(
      ["--out", "out.jsonl"],
      [Buffer.from(`{"session_ref":"x","msg":"${"m".repeat(100)}"}\n`)],
      cwd,
    );
    expect(code).toBe(EXIT.ok);
    const [event] = events(file("out.jsonl"));
    expect(event?.attributes["session_ref"]).toBe("[redacted:key]");
    expect(bodyBytes(event?.body).length).toBeLessThan(100);
    expect(event?.resource).toMatchObject({ "service.name": "shop" });
    expect(() => file("j.jsonl")).toThrow("ENOENT");

    const without = await pipe(["--out", "plain.jsonl", "--no-config"], [Buffer.from('{"session_ref":"x"}\n')], cwd);
    expect(events(without.file("plain.jsonl"))[0]?.attributes["session_ref"]).toBe("x");
  });

  test("keeps the beginning of a line that is too long", async () => {
    const line = Buffer.alloc(5 * 1024 * 1024, 0x61);
    const { file } = await pipe(["--out", "out.jsonl"], [line, Buffer.from("\nnext\n")]);
    const written = events(file("out.jsonl"));
    expect(written).toHaveLength(2);
    expect(written[0]?.attributes["plumbline.cut_bytes"]).toBe(1024 * 1024);
    expect(written[1]?.body).toBe("next");
  });

  test("says what is wrong with the file", async () => {
    const { code, err } = await pipe(["--out", "."], [Buffer.from("x\n")]);
    expect(code).toBe(EXIT.failed);
    expect(err).toContain("PLB_FILE_IS_DIRECTORY");
  });

  test("begins nothing with a config that is wrong", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "plumbline.yaml"), "redakt: {}\nservice: 7\n");
    const { code, err, file } = await pipe(["--out", "out.jsonl"], [Buffer.from("x\n")], cwd);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain("plumbline.yaml:1:1");
    expect(err).toContain("did you mean redact?");
    expect(err).toContain("plumbline.yaml:2:10");
    expect(() => file("out.jsonl")).toThrow("ENOENT");
  });
});

describe("pipe --out -", () => {
  test("writes lines without ids to standard output", async () => {
    const { out } = await pipe(["--out", "-"], [Buffer.from("a\nb\n")]);
    expect(events(out).map(({ body, id }) => [body, id])).toEqual([
      ["a", undefined],
      ["b", undefined],
    ]);
  });

  test("makes one event of every line of anything", async () => {
    const byte = fc.oneof(fc.constantFrom(0x0a, 0x0d, 0x20, 0x22, 0x5c, 0x61, 0x7b, 0x7d), fc.nat(255));
    const cwd = temporaryFolder();
    await fc.assert(
      fc.asyncProperty(fc.array(byte, { maxLength: 80 }), fc.nat(80), async (bytes, cut) => {
        const input = Buffer.from(bytes);
        const { out } = await pipe(["--out", "-", "--no-config"], [input.subarray(0, cut), input.subarray(cut)], cwd);
        const written = events(out);
        const lines = linesOf(input);
        expect(written).toHaveLength(lines.length);
        for (const [index, { body }] of written.entries()) {
          const line = lines[index] ?? Buffer.alloc(0);
          if (line.toString("latin1").trimStart().startsWith("{")) continue; // may be a JSON object
          expect(bodyBytes(body)).toEqual(line);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("reads no faster than it can write", async () => {
    let read = 0;
    const waiting: (() => void)[] = [];
    function* input(): Generator<Uint8Array> {
      for (; read < 100; read++) yield Buffer.from(`${"x".repeat(60_000)}\n`);
    }
    const recorded = recordedConsole({
      cwd: temporaryFolder(),
      input: input(),
      onOut: () =>
        new Promise<void>((resolve) => {
          waiting.push(resolve);
        }),
    });
    const done = run(["pipe", "--out", "-", "--no-config"], recorded.console);
    for (let turn = 0; turn < 1000 && waiting.length === 0; turn++)
      await new Promise((resolve) => setImmediate(resolve));
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(read).toBeLessThan(10);
    const timer = setInterval(() => waiting.shift()?.(), 0);
    expect(await done).toBe(EXIT.ok);
    clearInterval(timer);
    expect(events(recorded.out())).toHaveLength(100);
  });
});

describe("pipe, interrupted", () => {
  const never = new Promise<never>(() => undefined);

  test("lets the input end by itself after the first Ctrl-C", async () => {
    async function* input(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("a\n");
      recorded.interruptions.interrupt();
      yield await Promise.resolve(Buffer.from("last words\n"));
    }
    const recorded = recordedConsole({ cwd: temporaryFolder(), input: input() });
    expect(await run(["pipe", "--out", "-", "--no-config"], recorded.console)).toBe(EXIT.ok);
    expect(events(recorded.out()).map(({ body }) => body)).toEqual(["a", "last words"]);
    expect(recorded.err()).toContain("Ctrl-C again");
  });

  test("writes what was read and stops after the second", async () => {
    async function* input(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("a\nb\nhal");
      recorded.interruptions.interrupt();
      recorded.interruptions.interrupt();
      yield await never;
    }
    const recorded = recordedConsole({ cwd: temporaryFolder(), input: input() });
    expect(await run(["pipe", "--out", "out.jsonl", "--no-config"], recorded.console)).toBe(EXIT.interrupted);
    const text = readFileSync(join(recorded.console.cwd, "out.jsonl"), "utf8");
    expect(events(text).map(({ body }) => body)).toEqual(["a", "b", "hal"]);
  });

  test("stops at once at SIGTERM", async () => {
    async function* input(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("a\n");
      recorded.interruptions.terminate();
      yield await never;
    }
    const recorded = recordedConsole({ cwd: temporaryFolder(), input: input() });
    expect(await run(["pipe", "--out", "-", "--no-config"], recorded.console)).toBe(EXIT.terminated);
    expect(events(recorded.out()).map(({ body }) => body)).toEqual(["a"]);
  });
});

describe("pipe into a config", () => {
  const config = [
    "service: { name: shop }",
    "minSeverity: warn",
    "reportSocket: false",
    'journal: { path: "./telemetry/{service}.jsonl" }',
    "sinks:",
    "  errors: { use: file, path: ./errors.jsonl, minSeverity: error }",
    "  small: { use: file, path: ./small.jsonl, queue: { maxCount: 2, policy: drop-newest } }",
  ].join("\n");

  test("puts every line into the journal and every sink, and drops none", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "plumbline.yaml"), config);
    const input = Array.from(
      { length: 300 },
      (_, i) => `${JSON.stringify({ level: i % 3 === 0 ? "error" : "debug", msg: `m${i}` })}\n`,
    ).join("");
    const { code, err, file } = await pipe([], [Buffer.from(input)], cwd);
    expect({ code, err }).toEqual({ code: EXIT.ok, err: "" });
    const expected = Array.from({ length: 300 }, (_, i) => `m${i}`);
    expect(events(file("telemetry/shop.jsonl")).map(({ body }) => body)).toEqual(expected);
    expect(events(file("small.jsonl")).map(({ body }) => body)).toEqual(expected);
    expect(events(file("errors.jsonl"))).toHaveLength(100);
  });

  test("drops none of what comes at once, however little may wait for the journal", async () => {
    const cwd = temporaryFolder();
    const journal = "journal: { path: ./j.jsonl, queue: { maxBytes: 4KiB, policy: drop-newest } }";
    writeFileSync(join(cwd, "plumbline.yaml"), `service: { name: shop }\nreportSocket: false\n${journal}\n`);
    const bodies = Array.from({ length: 1500 }, (_, i) => `m${i}`);
    const { code, err, file } = await pipe([], [Buffer.from(`${bodies.join("\n")}\n`)], cwd);
    expect({ code, err }).toEqual({ code: EXIT.ok, err: "" });
    expect(events(file("j.jsonl")).map(({ body }) => body)).toEqual(bodies);
  });

  test("feeds sinks from the journal, if the config says so", async () => {
    const cwd = temporaryFolder();
    const sinks = [
      "  copy: { use: file, path: ./copy.jsonl, delivery: journal }",
      "  away: { use: file, path: ./away.jsonl, delivery: journal, enabled: false }",
    ];
    writeFileSync(join(cwd, "plumbline.yaml"), [config, ...sinks].join("\n"));
    const { code, err, file } = await pipe([], [Buffer.from("a\nb\n")], cwd);
    expect({ code, err }).toEqual({ code: EXIT.ok, err: "" });
    for (const name of ["small.jsonl", "copy.jsonl"])
      expect(events(file(name)).map(({ body }) => body)).toEqual(["a", "b"]);
    expect(() => file("away.jsonl")).toThrow("ENOENT");
  });

  test("keeps the resource of a line in an attribute", async () => {
    const other = await pipe(["--out", "a.jsonl", "--service", "other"], [Buffer.from("x\n")]);
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "plumbline.yaml"), config);
    const { file } = await pipe([], [Buffer.from(other.file("a.jsonl"))], cwd);
    const [event] = events(file("telemetry/shop.jsonl"));
    expect(event?.resource).toMatchObject({ "service.name": "shop" });
    expect(event?.attributes["resource"]).toMatchObject({ "service.name": "other" });
  });
});
