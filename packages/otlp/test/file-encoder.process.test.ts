import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createSystemClock } from "@plumbline/core";
import { start } from "@plumbline/sdk";
import { attributeOf, createOtlpReceiver, createTestContext, itemsOf, normaliseOtlpJson } from "@plumbline/testing";
import { expect, test } from "vitest";
import { createFileExporter } from "../src/index.ts";
import { tempFolder } from "./journaled-scene.ts";

/** A folder from which `@plumbline/otlp` is found: its own. */
const INSTALLED = fileURLToPath(new URL("..", import.meta.url));
const MESSAGE = "ExportLogsServiceRequest";

test("`encoder: otlp-json` in the config writes a request a line, which `export` reads back; the journal keeps its own form", async () => {
  const folder = tempFolder();
  const path = join(folder, "otlp.jsonl");
  const secret = ["hunter", "2", "hunter", "3"].join("");
  const telemetry = await start({
    cwd: INSTALLED,
    env: {},
    service: { name: "shop" },
    journal: { path: join(folder, "shop.jsonl") },
    sinks: { forCollector: { use: "file", path, encoder: "otlp-json" } },
    handleSignals: false,
    flushOnExit: false,
  });
  for (let n = 0; n < 100; n++) telemetry.emit("order.placed", { n, password: secret });
  await telemetry.close();
  expect(telemetry.report().outputs.find(({ name }) => name === "forCollector")).toMatchObject({ delivered: 100 });
  const text = readFileSync(path, "utf8");
  expect(text).not.toContain(secret);
  const lines = text.trimEnd().split("\n");
  const numbers = lines.map((line) => {
    const message = normaliseOtlpJson(JSON.parse(line), MESSAGE);
    const [record] = itemsOf({ signal: "logs", message });
    expect(record?.item).toMatchObject({ eventName: "order.placed", severityNumber: 9 });
    return Number(attributeOf(record?.item ?? {}, "n")?.["intValue"]);
  });
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(readFileSync(join(folder, "shop.jsonl"), "utf8")).toMatch(/^\{"id":"/);

  await using receiver = await createOtlpReceiver();
  const { diagnostics, signal } = createTestContext();
  const host = { clock: createSystemClock(), diagnostics, env: {}, retryForMs: 1000 };
  const exporter = createFileExporter({ endpoint: receiver.url, proxy: false }, host);
  expect(await exporter.send(path, 0, signal, () => undefined)).toMatchObject({ delivered: 100, invalid: 0 });
  exporter.close();
  expect(receiver.requests.map(({ message }) => message)).toEqual(
    lines.map((line) => normaliseOtlpJson(JSON.parse(line), MESSAGE)),
  );
});
