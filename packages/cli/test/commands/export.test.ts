import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as zlib from "node:zlib";
import { hasPacking } from "@plumbline/jsonl";
import { createOtlpReceiver, attributeOf, createTestLines } from "@plumbline/testing";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/exit-code.ts";
import { run } from "../../src/run.ts";
import { Progress } from "../../src/terminal/progress.ts";
import { recordedConsole, runCommand } from "../recorded-console.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** Whoever asks sees what would be drawn. */
class WatchedProgress extends Progress {
  text: () => string = () => "";

  override watch(text: () => string): void {
    this.text = text;
  }
}

const { gzipSync } = zlib;
const EPOCH = "0123456789abc";
const env = { NO_PROXY: "*" };
const file = (count: number, firstSeq = 1): string =>
  createTestLines(count, { epoch: EPOCH, firstSeq })
    .map(({ line }) => `${line}\n`)
    .join("");

const request = (body: string): object => ({
  resourceLogs: [
    {
      scopeLogs: [
        {
          logRecords: [{ timeUnixNano: "1", body: { stringValue: body }, traceId: "5B8EFFF798038103D269B633813FC60C" }],
        },
      ],
    },
  ],
});

describe("export", () => {
  test("sends lines, packed or not, with their ids", async () => {
    const cwd = temporaryFolder();
    await using receiver = await createOtlpReceiver();
    writeFileSync(join(cwd, "a.jsonl"), file(600));
    writeFileSync(join(cwd, "b.jsonl.gz"), gzipSync(file(10, 601)));
    const { code, err } = await runCommand(["export", "a.jsonl", "b.jsonl.gz", "--endpoint", receiver.url], {
      cwd,
      env,
    });
    expect({ code, err }).toEqual({ code: EXIT.ok, err: "exported: 610\n" });
    expect(receiver.logRecords.map(({ item }) => attributeOf(item, "log.record.uid")?.["stringValue"])).toEqual(
      Array.from({ length: 610 }, (_, index) => `${EPOCH}:${index + 1}`),
    );
  });

  test.each([["http/protobuf"], ["http/json"]])(
    "sends OTLP/JSON as %s, one a line, mixed with lines, or one a file",
    async (protocol) => {
      const cwd = temporaryFolder();
      await using receiver = await createOtlpReceiver();
      writeFileSync(
        join(cwd, "mixed.jsonl"),
        `${JSON.stringify(request("one"))}\n${file(1)}${JSON.stringify(request("two"))}`,
      );
      writeFileSync(join(cwd, "one.json"), JSON.stringify(request("three"), undefined, 2));
      const { code } = await runCommand(
        [
          "export",
          "mixed.jsonl",
          "one.json",
          "--endpoint",
          receiver.url,
          "--protocol",
          protocol,
          "--header",
          "x-tenant=a=b",
          "--gzip",
        ],
        { cwd, env },
      );
      expect(code).toBe(EXIT.ok);
      expect(receiver.logRecords.map(({ item }) => (item["body"] as { stringValue: string }).stringValue)).toEqual([
        "one",
        "line 1",
        "two",
        "three",
      ]);
      expect(receiver.requests[0]?.headers).toMatchObject({ "x-tenant": "a=b", "content-encoding": "gzip" });
    },
  );

  test("says what is no event and what was refused, and exits with 1", async () => {
    const cwd = temporaryFolder();
    await using receiver = await createOtlpReceiver();
    receiver.plan({ kind: "partial", rejected: 2, message: "too old" });
    const wrong = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"soon"}]}]}]}';
    writeFileSync(join(cwd, "a.jsonl"), `${file(3)}{}\nhello\n\n${wrong}\n${file(1, 4)}`);
    const { code, err } = await runCommand(["export", "a.jsonl", "--endpoint", receiver.url], { cwd, env });
    expect(code).toBe(EXIT.found);
    expect(err).toContain("too old");
    expect(err).toContain("exported: 2, refused: 2, no event: 3");
  });

  test("goes on from its cursor after a failure, and begins anew with another file of the same name", async () => {
    const cwd = temporaryFolder();
    await using receiver = await createOtlpReceiver();
    writeFileSync(join(cwd, "a.jsonl"), file(1500));
    receiver.plan({ kind: "accept" }, { kind: "accept" }, { kind: "status", status: 503 });
    const args = ["export", "a.jsonl", "--endpoint", receiver.url, "--cursor", "a.cursor", "--retry-for", "0"];
    const failed = await runCommand(args, { cwd, env });
    expect(failed.code).toBe(EXIT.failed);
    expect(failed.err).toContain("PLB_OTLP_BUSY");
    expect(failed.err).toContain("exported: 1,024");
    expect((await runCommand(args, { cwd, env })).err).toBe("exported: 476\n");
    const seen = receiver.logRecords.map(({ item }) => attributeOf(item, "seq")?.["intValue"]);
    expect(seen).toEqual(Array.from({ length: 1500 }, (_, index) => String(index + 1)));
    expect((await runCommand(args, { cwd, env })).err).toBe("exported: 0\n");
    writeFileSync(join(cwd, "a.jsonl"), file(3, 5000));
    expect((await runCommand(args, { cwd, env })).err).toBe("exported: 3\n");
    expect(existsSync(join(cwd, "a.cursor.next"))).toBe(false);
  });

  test("unpacks a file of zstd, or says that this Node cannot, and never takes packed bytes for lines", async () => {
    const cwd = temporaryFolder();
    await using receiver = await createOtlpReceiver();
    const { zstdCompressSync = gzipSync } = zlib as { zstdCompressSync?: (text: string) => Buffer };
    writeFileSync(join(cwd, "a.jsonl.zst"), zstdCompressSync(file(3)));
    const args = ["export", "a.jsonl.zst", "--endpoint", receiver.url, "--cursor", "a.cursor"];
    const { code, err } = await runCommand(args, { cwd, env });
    expect(err).toContain(hasPacking("zstd") ? "exported: 3\n" : "PLB_JSONL_NO_ZSTD");
    expect(code).toBe(hasPacking("zstd") ? EXIT.ok : EXIT.failed);
    expect(existsSync(join(cwd, "a.cursor"))).toBe(hasPacking("zstd"));
  });

  test.each([
    ["in its head", 20],
    ["in its rest", -20],
    ["within a character", -3],
    ["before its newline", -1],
  ])("leaves a last line that is still being written for the next time: cut %s", async (_, cut) => {
    const cwd = temporaryFolder();
    await using receiver = await createOtlpReceiver();
    const last = Buffer.from(
      `${file(1, 4).replace("line 4", "line \u{1f4cf}").trimEnd().slice(0, -1)},"x":"\u{1f4cf}"}\n`,
    );
    const args = ["export", "a.jsonl", "--endpoint", receiver.url, "--cursor", "a.cursor"];
    writeFileSync(join(cwd, "a.jsonl"), Buffer.concat([Buffer.from(file(3)), last.subarray(0, cut)]));
    expect(await runCommand(args, { cwd, env })).toMatchObject({ code: EXIT.ok, err: "exported: 3, unfinished: 1\n" });
    writeFileSync(join(cwd, "a.jsonl"), Buffer.concat([Buffer.from(file(3)), last, Buffer.from(file(1, 5))]));
    expect(await runCommand(args, { cwd, env })).toMatchObject({ code: EXIT.ok, err: "exported: 2\n" });
    expect(receiver.logRecords.map(({ item }) => attributeOf(item, "seq")?.["intValue"])).toEqual([
      "1",
      "2",
      "3",
      "4",
      "5",
    ]);
  });

  test("never sends a last line that only lacks its newline: a service that starts cuts it off, and writes there anew", async () => {
    const cwd = temporaryFolder();
    await using receiver = await createOtlpReceiver();
    const args = ["export", "a.jsonl", "--endpoint", receiver.url, "--cursor", "a.cursor"];
    writeFileSync(join(cwd, "a.jsonl"), file(3).trimEnd());
    for (const exported of [2, 0]) {
      expect((await runCommand(args, { cwd, env })).err).toBe(`exported: ${exported}, unfinished: 1\n`);
    }
    writeFileSync(join(cwd, "a.jsonl"), `${file(2)}${file(2, 1000)}`);
    expect((await runCommand(args, { cwd, env })).err).toBe("exported: 2\n");
  });

  test.each([
    ["a line", file(1), "unfinished"],
    ["a request on several lines", JSON.stringify(request("one"), undefined, 2), "no event"],
  ])("sends a file of which nothing but a part of %s was there", async (_, text, said) => {
    const cwd = temporaryFolder();
    await using receiver = await createOtlpReceiver();
    const args = ["export", "a.jsonl", "--endpoint", receiver.url, "--cursor", "a.cursor"];
    writeFileSync(join(cwd, "a.jsonl"), text.slice(0, 70));
    expect((await runCommand(args, { cwd, env })).err).toBe(`exported: 0, ${said}: 1\n`);
    writeFileSync(join(cwd, "a.jsonl"), text);
    expect((await runCommand(args, { cwd, env })).err).toBe("exported: 1\n");
  });

  test.each([
    ["ours", file(1).slice(0, 90)],
    ["a request", JSON.stringify(request("lost")).slice(0, 50)],
    ["too long", `{"id":"${"x".repeat(17 * 1024 * 1024)}"}`],
  ])("sends what follows a damaged first line: %s", async (_, damaged) => {
    const cwd = temporaryFolder();
    await using receiver = await createOtlpReceiver();
    writeFileSync(join(cwd, "a.jsonl"), `${damaged}\n${file(2, 2)}${JSON.stringify(request("three"))}\n`);
    const { code, err } = await runCommand(["export", "a.jsonl", "--endpoint", receiver.url], { cwd, env });
    expect({ code, err }).toEqual({ code: EXIT.found, err: "exported: 3, no event: 1\n" });
  });

  test.each<[string, string, readonly string[]]>([
    [
      "a.jsonl",
      "of how much there is",
      [
        "exporting: [------------------------] 0% 0 sent",
        "exporting: [########----------------] 33% 512 sent",
        "exporting: [################--------] 67% 1,024 sent",
        "exporting: [########################] 100% 1,500 sent",
      ],
    ],
    [
      "a.jsonl.gz",
      "without knowing how much is packed",
      ["exporting: 0 sent", "exporting: 512 sent", "exporting: 1,024 sent", "exporting: 1,500 sent"],
    ],
  ])("shows in a terminal how far %s is, %s", async (name, _, bars) => {
    const cwd = temporaryFolder();
    const { console } = recordedConsole({ cwd, env });
    const progress = new WatchedProgress(console.err, console.clock);
    const seen: string[] = [];
    await using receiver = await createOtlpReceiver({
      answer: () => {
        seen.push(progress.text());
        return { kind: "accept" };
      },
    });
    writeFileSync(join(cwd, name), name.endsWith(".gz") ? gzipSync(file(1500)) : file(1500));
    expect(await run(["export", name, "--endpoint", receiver.url], { ...console, progress })).toBe(EXIT.ok);
    expect([...seen, progress.text()]).toEqual(bars);
  });

  test("stops when it is interrupted, and its cursor knows what was sent", async () => {
    const cwd = temporaryFolder();
    const recorded = recordedConsole({ cwd, env });
    await using receiver = await createOtlpReceiver({
      answer: () => {
        if (receiver.requests.length < 2) return { kind: "accept" };
        recorded.interruptions.interrupt();
        return { kind: "hang" };
      },
    });
    writeFileSync(join(cwd, "a.jsonl"), file(1500));
    const args = ["export", "a.jsonl", "--endpoint", receiver.url, "--cursor", "a.cursor"];
    expect(await run(args, recorded.console)).toBe(EXIT.interrupted);
    const cursor = JSON.parse(readFileSync(join(cwd, "a.cursor"), "utf8")) as Record<string, { offset: number }>;
    expect(cursor[join(cwd, "a.jsonl")]?.offset).toBe(Buffer.byteLength(file(512)));
  });

  test.each<[string, readonly string[], string]>([
    ["a file that is not there", ["no.jsonl"], "PLB_CLI_NO_FILE"],
    ["an endpoint that is none", ["a.jsonl", "--endpoint", "localhost"], "PLB_OTLP_OPTION_INVALID"],
    ["a header without a value", ["a.jsonl", "--header", "token"], "PLB_CLI_USAGE"],
    ["a cursor that is none", ["a.jsonl", "--cursor", "a.jsonl"], "PLB_CLI_CURSOR_INVALID"],
  ])("refuses %s before anything is sent", async (_, args, code) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "a.jsonl"), file(2));
    const result = await runCommand(["export", ...args], { cwd, env });
    expect(result.code).toBe(EXIT.usage);
    expect(result.err).toContain(code);
  });
});
