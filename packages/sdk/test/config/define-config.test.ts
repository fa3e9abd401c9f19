import { definePlugin } from "@plumbline/core";
import { expect, test } from "vitest";
import { defineConfig } from "../../src/config/define-config.ts";

const slack = definePlugin({
  id: "@acme/slack",
  kind: "sink",
  apiVersion: 1,
  create: () => ({ write: () => undefined, close: () => undefined }),
});

test("a config is given back as it is", () => {
  const config = defineConfig({
    service: { name: "shop" },
    plugins: ["@acme/other", slack],
    journal: { rotate: { maxBytes: "64MiB", maxAge: "1h" } },
    processors: [
      { use: "sampling", ratio: 0.1 },
      { use: "@acme/mine", anything: [1] },
    ],
    sinks: {
      out: { use: "file", path: "x.jsonl", minSeverity: "warn" },
      alerts: { use: "@acme/other", minSeverity: "error", channel: "#ops" },
      direct: { use: slack },
    },
  });
  expect(config.sinks?.["alerts"]).toEqual({ use: "@acme/other", minSeverity: "error", channel: "#ops" });
});

test("the compiler refuses what the schema would", () => {
  expect(() => {
    defineConfig({
      // @ts-expect-error: no such key
      jurnal: false,
    });
    defineConfig({
      // @ts-expect-error: a sink has no such severity
      sinks: { out: { use: "file", path: "x", minSeverity: "loud" } },
    });
    defineConfig({
      // @ts-expect-error: the file sink needs a path
      sinks: { out: { use: "file" } },
    });
    defineConfig({
      // @ts-expect-error: sampling takes a number
      processors: [{ use: "sampling", ratio: "0.1" }],
    });
  }).not.toThrow();
});
