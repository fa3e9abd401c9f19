import { appendFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/exit-code.ts";
import { run } from "../../src/run.ts";
import { recordedConsole, runCommand } from "../recorded-console.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const EPOCH = "0123456789abc";
const line = (seq: number, extra: object = {}): string =>
  `${JSON.stringify({ id: `${EPOCH}:${seq}`, time: "2026-11-20T21:57:03.123456Z", severity: "INFO", body: `b${seq}`, ...extra })}\n`;
const lines = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => line(from + index)).join("");
const bodies = (out: string): string[] => [...out.matchAll(/ (b\d+)$/gm)].map(([, body = ""]) => body);
const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `b${from + index}`);

function fileWith(text: string): { cwd: string; path: string } {
  const cwd = temporaryFolder();
  const path = join(cwd, "shop.jsonl");
  writeFileSync(path, text);
  return { cwd, path };
}

describe("tail", () => {
  test.each([
    [[], range(41, 50)],
    [["-n", "3"], range(48, 50)],
    [["-n", "0"], []],
    [["-n", "50"], range(1, 50)],
    [["-n", "999"], range(1, 50)],
    [["-n", "all"], range(1, 50)],
  ])("%j shows the last events", async (args, expected) => {
    const { cwd, path } = fileWith(lines(1, 50));
    const { code, out } = await runCommand(["tail", ...args, path], { cwd });
    expect(code).toBe(EXIT.ok);
    expect(bodies(out)).toEqual(expected);
  });

  test("finds the last lines of a file that is many blocks long", async () => {
    const { cwd, path } = fileWith(
      Array.from({ length: 300 }, (_, i) => line(i + 1, { attributes: { pad: "x".repeat(1000) } })).join(""),
    );
    const { out } = await runCommand(["tail", "--json", "-n", "200", path], { cwd });
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((text) => (JSON.parse(text) as { body: string }).body),
    ).toEqual(range(101, 300));
  });

  test("leaves out a line that is not finished yet", async () => {
    const { cwd, path } = fileWith(`${lines(1, 2)}{"id":"0123`);
    expect(bodies((await runCommand(["tail", path], { cwd })).out)).toEqual(range(1, 2));
  });

  test("goes back into sealed segments, packed or not", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, `shop.${EPOCH}-1.jsonl.gz`), gzipSync(lines(1, 4)));
    writeFileSync(join(cwd, `shop.${EPOCH}-5.jsonl`), lines(5, 8));
    writeFileSync(join(cwd, "shop.jsonl"), lines(9, 10));
    expect(bodies((await runCommand(["tail", "-n", "8", cwd], { cwd })).out)).toEqual(range(3, 10));
    expect(bodies((await runCommand(["tail", "-n", "2", join(cwd, `shop.${EPOCH}-5.jsonl`)], { cwd })).out)).toEqual(
      range(7, 8),
    );
  });

  test("filters", async () => {
    const text = [
      line(1, { name: "order.made", severity: "WARN", attributes: { n: 1 } }),
      line(2, { name: "payment.made", severity: "WARN", attributes: { n: 1 } }),
      line(3, { name: "payment.made", severity: "INFO", attributes: { n: 1 } }),
      line(4, { name: "payment.made", severity: "ERROR", attributes: { n: 2 } }),
    ].join("");
    const { cwd, path } = fileWith(text);
    const args = ["tail", path, "--json", "--severity", "warn", "--name", "payment.*", "--attr", "n=1"];
    expect((await runCommand(args, { cwd })).out).toBe(
      line(2, { name: "payment.made", severity: "WARN", attributes: { n: 1 } }),
    );
  });

  test("passes the lines on as they stand with --json", async () => {
    const text = lines(1, 3);
    const { cwd, path } = fileWith(text);
    expect((await runCommand(["tail", "--json", path], { cwd })).out).toBe(text);
  });

  test("shows what is no event as it is, and nothing that steers the terminal", async () => {
    const input = [Buffer.from('{"level":30}\nplain \u001b[31mtext\r\n'), Buffer.from(line(1))];
    const { out } = await runCommand(["tail", "-"], { cwd: temporaryFolder(), input });
    expect(out).toBe(`{"level":30}\nplain \\u001b[31mtext\n2026-11-20T21:57:03.123Z INFO   b1\n`);
  });

  test.each([
    [["no-such-file.jsonl"], "PLB_CLI_NO_FILE"],
    [["."], "PLB_CLI_NO_FILE"],
    [["a.jsonl", "-n", "-1"], "Give a whole number"],
    [["a.jsonl", "-n", "many"], "Give a whole number"],
    [["a.jsonl", "--severity", "loud"], "Give trace"],
  ])("refuses %j", async (args, said) => {
    const cwd = temporaryFolder();
    const [path = "", ...rest] = args;
    const { code, err } = await runCommand(["tail", join(cwd, path), ...rest], { cwd });
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(said);
  });

  test("without a path shows the journal of the config here", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "plumbline.yaml"), "journal: { path: ./shop.jsonl }\n");
    writeFileSync(join(cwd, "shop.jsonl"), lines(1, 2));
    expect(bodies((await runCommand(["tail"], { cwd })).out)).toEqual(range(1, 2));
    writeFileSync(join(cwd, "plumbline.yaml"), "journal: false\n");
    const { code, err } = await runCommand(["tail"], { cwd });
    expect(code).toBe(EXIT.usage);
    expect(err).toContain("PLB_CLI_NO_JOURNAL");
  });

  test("does not guess which of several journals is meant", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "a.jsonl"), line(1));
    writeFileSync(join(cwd, "b.jsonl"), line(1));
    const { code, err } = await runCommand(["tail", cwd], { cwd });
    expect(code).toBe(EXIT.usage);
    expect(err).toContain("a.jsonl, b.jsonl");
  });
});

/** Runs `tail -f` and goes through the steps: each is taken when the one before has been seen in the output. */
async function follow(
  args: readonly string[],
  steps: readonly { readonly until: string; readonly act: () => void }[],
  onWait?: () => void,
): Promise<{ code: number; out: string; err: string }> {
  const queue = [...steps];
  let seen = "";
  const recorded = recordedConsole({
    cwd: ".",
    ...(onWait === undefined ? {} : { onWait }),
    onOut: (text) => {
      seen += text;
      for (let step = queue[0]; step !== undefined && seen.includes(step.until); step = queue[0]) {
        queue.shift();
        step.act();
      }
    },
  });
  const keepAlive = setInterval(() => undefined, 1000);
  try {
    const stop = (): void => recorded.interruptions.interrupt();
    const last = queue.at(-1);
    if (last !== undefined) queue[queue.length - 1] = { until: last.until, act: stop };
    const code = await run(["tail", "-f", ...args], recorded.console);
    return { code, out: recorded.out(), err: recorded.err() };
  } finally {
    clearInterval(keepAlive);
  }
}

describe("tail --follow", () => {
  const end = (until: string): { until: string; act: () => void } => ({ until, act: () => undefined });

  test("shows what comes, whole lines only, and ends when the user stops it", async () => {
    const { path } = fileWith(lines(1, 3));
    const half = line(5);
    const { code, out } = await follow(
      ["-n", "1", path],
      [
        { until: "b3", act: () => appendFileSync(path, line(4) + half.slice(0, 20)) },
        { until: "b4", act: () => appendFileSync(path, half.slice(20)) },
        end("b5"),
      ],
    );
    expect(code).toBe(EXIT.interrupted);
    expect(bodies(out)).toEqual(range(3, 5));
  });

  test("goes on through rotations", async () => {
    const { cwd, path } = fileWith(lines(1, 3));
    const { out } = await follow(
      ["-n", "1", path],
      [
        {
          until: "b3",
          act: () => {
            appendFileSync(path, line(4));
            renameSync(path, join(cwd, `shop.${EPOCH}-1.jsonl`));
            writeFileSync(path, line(5));
          },
        },
        {
          until: "b5",
          act: () => {
            renameSync(path, join(cwd, `shop.${EPOCH}-5.sealing`));
            writeFileSync(path, line(6));
          },
        },
        end("b6"),
      ],
    );
    expect(bodies(out)).toEqual(range(3, 6));
  });

  test("says that numbers are missing", async () => {
    const { path } = fileWith(line(1));
    const { err } = await follow([path], [{ until: "b1", act: () => appendFileSync(path, line(4)) }, end("b4")]);
    expect(err).toContain(`2 events are missing before ${EPOCH}:4`);
  });

  test("waits for a file that is not there yet", async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "telemetry"));
    const path = join(cwd, "telemetry", "late.jsonl");
    setTimeout(() => writeFileSync(path, line(1)), 20);
    expect(bodies((await follow([path], [end("b1")])).out)).toEqual(["b1"]);
  });

  test("follows lines without ids from an empty file on, each shown once", async () => {
    const plain = (body: string): string => `{"time":"2026-11-20T21:57:03Z","severity":"INFO","body":"${body}"}\n`;
    const { path } = fileWith("");
    let isBegun = false;
    const { out, err } = await follow(
      [path],
      [
        { until: "b1", act: () => appendFileSync(path, plain("b2")) },
        { until: "b2", act: () => appendFileSync(path, plain("b3")) },
        end("b3"),
      ],
      // It has seen the file empty: what was there before would be shown as what a file without ids ends with.
      () => {
        if (!isBegun) appendFileSync(path, `no event\n${plain("b1")}`);
        isBegun = true;
      },
    );
    expect(bodies(out)).toEqual(range(1, 3));
    expect(err.match(/are no event/g)).toHaveLength(1);
  });

  test("follows lines without ids, through truncation too", async () => {
    const plain = (body: string): string => `{"time":"2026-11-20T21:57:03Z","severity":"INFO","body":"${body}"}\n`;
    const { path } = fileWith(plain("b1") + plain("b2"));
    const { out } = await follow(
      ["-n", "1", path],
      [
        { until: "b2", act: () => appendFileSync(path, plain("b3")) },
        {
          until: "b3",
          act: () => {
            truncateSync(path);
            appendFileSync(path, plain("b4"));
          },
        },
        end("b4"),
      ],
    );
    expect(bodies(out)).toEqual(range(2, 4));
  });
});
