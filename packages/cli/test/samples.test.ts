import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseLine, type TelemetryEvent } from "@plumbline/core";
import { describe, expect, test } from "vitest";
import { EXIT } from "../src/exit-code.ts";
import { runCommand } from "./recorded-console.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Samples of real logs that nobody here wrote. They are no part of the project: the check runs where they stand beside it. */
const SAMPLES = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));
const LOGS = join(SAMPLES, "loghub");
const OTLP = join(SAMPLES, "otlp");
const hasLogs = existsSync(LOGS);
const hasOtlp = existsSync(OTLP);

if (!hasLogs) console.warn("skipped: plumbline pipe on the loghub samples, which are not at ../shared/data/loghub");
if (!hasOtlp) console.warn("skipped: plumbline pipe on the OTLP samples, which are not at ../shared/data/otlp");

/** Pipes each input into a file of its own, verifies all of them, and reads them back. */
async function pipeAndRead(...inputs: readonly Buffer[]): Promise<readonly (readonly TelemetryEvent[])[]> {
  const cwd = temporaryFolder();
  const names = inputs.map((_, index) => join(cwd, `out${index}.jsonl`));
  const piped = await Promise.all(
    inputs.map((input, index) => runCommand(["pipe", "--out", names[index] ?? ""], { cwd, input: [input] })),
  );
  for (const finished of piped) expect(finished).toMatchObject({ code: EXIT.ok, err: "" });
  const verified = await runCommand(["verify", "--json", ...names], { cwd });
  expect(verified).toMatchObject({ code: EXIT.ok, err: "" });
  const outputs = names.map((name) =>
    readFileSync(name, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => parseLine(line)),
  );
  const journals = outputs.map((events) => ({ events: events.length, missing: 0, counts: {} }));
  expect(JSON.parse(verified.out)).toMatchObject({ ok: true, journals });
  for (const events of outputs)
    expect(events.map(({ id }) => Number(id?.split(":")[1]))).toEqual(events.map((_, index) => index + 1));
  return outputs;
}

/** Every body is its line, but for what was redacted: a label, and around it the line as it was. */
function expectBodies(events: readonly TelemetryEvent[], input: Buffer): void {
  const lines = input.toString("latin1").split("\n");
  if (lines.at(-1) === "") lines.pop();
  expect(events).toHaveLength(lines.length);
  for (const [index, { body }] of events.entries()) {
    const line = lines[index]?.replace(/\r$/, "") ?? "";
    const text = Buffer.from(typeof body === "string" ? body : "").toString("latin1");
    if (!text.includes("[redacted:")) {
      expect(text).toBe(line);
      continue;
    }
    let at = 0;
    for (const part of text.split(/\[redacted:[^\]]*\]/)) {
      at = line.indexOf(part, at);
      expect(at).toBeGreaterThanOrEqual(0);
      at += part.length;
    }
  }
}

describe.runIf(hasLogs)("real logs", () => {
  const files = hasLogs ? readdirSync(LOGS).filter((name) => name.endsWith(".log")) : [];

  test("in one stream: one event a line, nothing torn, dense ids, bodies as they were", async () => {
    const input = Buffer.concat(files.map((name) => readFileSync(join(LOGS, name))));
    const [events = []] = await pipeAndRead(input);
    // Four of the borders between files have no line end: two lines become one there.
    expect(events).toHaveLength(11_996);
    expectBodies(events, input);
  });

  test("each file alone", async () => {
    const inputs = files.map((name) => readFileSync(join(LOGS, name)));
    const outputs = await pipeAndRead(...inputs);
    expect(outputs.map((events) => events.length)).toEqual(files.map(() => 2000));
    for (const [index, events] of outputs.entries()) expectBodies(events, inputs[index] ?? Buffer.alloc(0));
  });
});

describe.runIf(hasOtlp)("the OTLP/JSON examples", () => {
  test("of logs and events become events with their own resource", async () => {
    const input = ["logs.json", "events.json"].map((name) =>
      JSON.stringify(JSON.parse(readFileSync(join(OTLP, name), "utf8"))),
    );
    const [[log, event] = []] = await pipeAndRead(Buffer.from(input.join("\n")));
    expect(log).toMatchObject({
      severity: 10,
      body: "Example log record",
      time: 1_544_712_660_300_000_000n,
      traceId: "5b8efff798038103d269b633813fc60c",
      spanId: "eee19b7ec3c1b174",
      scope: { name: "my.library", version: "1.0.0" },
    });
    expect(log?.resource?.["service.name"]).toBe("my.service");
    expect(event?.name).toBe("browser.page_view");
  });

  test("of metrics and traces are plain JSON: one event a line", async () => {
    const input = ["metrics.json", "trace.json"].map((name) =>
      JSON.stringify(JSON.parse(readFileSync(join(OTLP, name), "utf8"))),
    );
    const [events = []] = await pipeAndRead(Buffer.from(input.join("\n")));
    expect(events.map(({ attributes }) => Object.keys(attributes))).toEqual([["resourceMetrics"], ["resourceSpans"]]);
  });
});
