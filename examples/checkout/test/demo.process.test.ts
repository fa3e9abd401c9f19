import { execFile } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";
import { start } from "@plumbline/sdk";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { runShop } from "../src/checkout.ts";
import { Collector } from "../src/collector.ts";
import { type Evidence, examine } from "../src/examine.ts";
import { listSecrets, makeShopSecrets } from "../src/planted-secrets.ts";
import { isRight } from "../src/verdict.ts";

const run = promisify(execFile);
const fileAt = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test("the demo shows its table, and every figure is right", async () => {
  const temporary = mkdtempSync(join(tmpdir(), "plumbline-checkout-test-"));
  onTestFinished(() => rmSync(temporary, { recursive: true, force: true }));
  const env = { ...process.env, TMPDIR: temporary };
  const { stdout, stderr } = await run(process.execPath, [fileAt("../dist/main.js"), "--orders", "8"], { env });
  // Plumbline says once that the collector cannot be reached, what it refuses with its place, and nothing else.
  const said = stderr.split("\n").filter((line) => line !== "");
  expect(said.filter((line) => line.includes("PLB_OTLP_UNREACHABLE"))).toHaveLength(1);
  const others = said.filter((line) => !line.includes("PLB_OTLP_UNREACHABLE"));
  expect(others).toHaveLength(2);
  expect(others.join("\n")).toMatch(
    /^\[error\] plumbline: The config was refused, .*\n.*yaml:\d+:5 sinks\.alerts\.minSeverty: .*$/,
  );
  for (const name of ["journal", "alerts", "printer", "collector", "subscriber"])
    expect(stdout).toMatch(new RegExp(`^ *${name} .*✓`, "m"));
  expect(stdout).toMatch(/✓ edit 1 .*: generation 1 → 2, changed sinks\.alerts$/m);
  expect(stdout).toMatch(/✓ edit 2 .*: refused \(PLB_CONFIG_INVALID\), generation 2 stays$/m);
  expect(stdout).toMatch(/✓ edit 3 .*: generation 2 → 3, changed sinks\.printer$/m);
  expect(stdout).toMatch(/✓ edits .* events came while they were put in force/);
  expect(stdout).not.toContain("✗");
  expect(stdout).toContain("Every figure is right.");
});

describe("a fault that is planted in the files", () => {
  let evidence: Evidence;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "plumbline-checkout-test-"));
    const secrets = makeShopSecrets();
    mkdirSync(join(folder, "whole"));
    const collector = new Collector(join(folder, "whole"));
    const telemetry = await start({
      configFile: fileAt("../plumbline.yaml"),
      env: { CHECKOUT_TELEMETRY: join(folder, "whole"), CHECKOUT_COLLECTOR: await collector.open() },
      handleSignals: false,
      flushOnExit: false,
    });
    const onOrder = ({ orders }: { readonly orders: number }): void => collector.follow(orders / 64);
    const tally = await runShop({ telemetry, secrets, workers: 8, ordersPerWorker: 8, onOrder });
    await telemetry.flush();
    await telemetry.close();
    const collectorDay = await collector.close();
    const report = telemetry.report();
    evidence = { folder: join(folder, "whole"), secrets: listSecrets(secrets), tally, report, collectorDay };
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The columns and facts that are wrong in a copy of the files with a fault in it. */
  function wrongWith(fault: (copy: string) => void, collectorDay = evidence.collectorDay): string[] {
    const copy = mkdtempSync(join(folder, "copy-"));
    cpSync(evidence.folder, copy, { recursive: true, filter: (path) => !path.includes(".own") });
    fault(copy);
    const { verdicts, facts } = examine({ ...evidence, ...(collectorDay && { collectorDay }), folder: copy });
    const wrong = [
      ...verdicts.flatMap(({ name, figures }) =>
        figures.map((figure) => ({ ...figure, column: `${name} ${figure.column}` })),
      ),
      ...facts,
    ];
    return wrong.filter((figure) => !figure.isRight).map(({ column }) => column);
  }

  function editSealed(copy: string, edit: (lines: string[]) => void): void {
    const sealed = readdirSync(copy).find((name) => /^checkout\..*\.jsonl\.gz$/.test(name));
    if (sealed === undefined) throw new Error("the shop has filled a segment");
    const path = join(copy, sealed);
    const lines = gunzipSync(readFileSync(path)).toString().split("\n");
    edit(lines);
    writeFileSync(path, gzipSync(lines.join("\n")));
  }

  test("none is found where none is", () => {
    expect(wrongWith(() => undefined)).toEqual([]);
    const { verdicts, facts } = examine(evidence);
    expect(isRight(verdicts, facts)).toBe(true);
  });

  test("half a line at the end", () => {
    expect(wrongWith((copy) => appendFileSync(join(copy, "checkout.jsonl"), '{"id":"'))).toEqual(["journal torn"]);
  });

  test("a line that is missing in a sealed file", () => {
    const wrong = wrongWith((copy) => editSealed(copy, (lines) => lines.splice(10, 1)));
    expect(wrong).toContain("journal durable");
    expect(wrong).toContain("journal out of sequence");
  });

  test("two lines that changed places", () => {
    const swap = (lines: string[]): void => {
      const [line = ""] = lines.splice(10, 1);
      lines.splice(20, 0, line);
    };
    expect(wrongWith((copy) => editSealed(copy, swap))).toEqual(["journal out of sequence"]);
  });

  test("a line that was cut in the middle, and one that is glued to the next", () => {
    const cut = (lines: string[]): void => {
      lines[10] = lines[10]?.slice(0, -10) ?? "";
    };
    expect(wrongWith((copy) => editSealed(copy, cut))).toContain("journal torn");
    const glue = (lines: string[]): void => {
      lines.splice(10, 2, `${lines[10] ?? ""}${lines[11] ?? ""}`);
    };
    expect(wrongWith((copy) => editSealed(copy, glue))).toContain("journal torn");
  });

  test("an alert that did not come", () => {
    const wrong = wrongWith((copy) => {
      const path = join(copy, "alerts.jsonl");
      writeFileSync(path, readFileSync(path, "utf8").split("\n").slice(1).join("\n"));
    });
    expect(wrong).toEqual(["alerts durable", "alerts dropped by reason"]);
  });

  test("an event that a collector did not get, and one that was never away", () => {
    const lose = (copy: string): void => {
      const path = join(copy, "collector.jsonl");
      writeFileSync(path, readFileSync(path, "utf8").split("\n").toSpliced(10, 1).join("\n"));
    };
    expect(wrongWith(lose, { before: 9, after: 1e9, repeated: 0, unreadable: 0 })).toEqual([
      "collector durable",
      "collector dropped by reason",
      "collector out of sequence",
      "collector away",
    ]);
  });

  test("a collector that got events while it was away, or was never away at all", () => {
    const day = { repeated: 0, unreadable: 0 };
    expect(wrongWith(() => undefined, { ...day, before: 9, after: 12 })).toEqual(["collector away"]);
    expect(wrongWith(() => undefined, { ...day, before: 9, after: 9 })).toEqual([]);
  });

  test("a secret, encoded, in one attribute of one line", () => {
    const [secret] = evidence.secrets;
    const encoded = Buffer.from(`pw=${secret?.text ?? ""}`).toString("base64");
    const leak = (lines: string[]): void => {
      lines[10] = lines[10]?.replace('"attributes":{', `"attributes":{"note":"${encoded}",`) ?? "";
    };
    expect(wrongWith((copy) => editSealed(copy, leak))).toEqual(["journal secrets found"]);
  });

  test("a report that counts one more than it should", () => {
    const { report } = evidence;
    const outputs = report.outputs.map((output) => ({ ...output, delivered: output.delivered + 1 }));
    const { verdicts, facts } = examine({ ...evidence, report: { ...report, outputs } });
    expect(isRight(verdicts, facts)).toBe(false);
  });
});
