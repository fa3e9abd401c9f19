import { expect, test } from "vitest";
import { describeConfig, describeSinks } from "../../src/config/describe.ts";
import { configJsonSchema } from "../../src/config/json-schema.ts";
import { keysAt, wordsAt } from "../../src/config/schema-keys.ts";

test("every key says what it means and what stands there", () => {
  const keys = [...describeConfig(), ...[...describeSinks().values()].flat()];
  expect(keys.length).toBeGreaterThan(60);
  expect(keys.filter(({ description, type }) => description === "" || type === "anything")).toEqual([]);
  expect(new Set(describeConfig().map(({ key }) => key)).size).toBe(describeConfig().length);
});

test("it is strict but for a plugin's own options", () => {
  const loose: string[] = [];
  const walk = (schema: unknown, path: string): void => {
    if (typeof schema !== "object" || schema === null) return;
    const { properties, additionalProperties } = schema as { properties?: object; additionalProperties?: unknown };
    if (properties !== undefined && additionalProperties !== false) loose.push(path);
    for (const [key, child] of Object.entries(schema)) walk(child, `${path}/${key}`);
  };
  walk(configJsonSchema(), "");
  expect(loose.map((path) => path.replaceAll(/\/(?:properties|items|additionalProperties)/g, ""))).toEqual([
    "/redact/extraDetectors",
    "/processors",
    "/sources",
    "/sinks",
    "/services",
    "/$defs/condition",
  ]);
});

test("defaults are stated as they are written", () => {
  const byKey = new Map(describeConfig().map((key) => [key.key, key.fallback]));
  expect(byKey.get("sinks.<name>.queue.maxBytes")).toBe('"64MiB"');
  expect(byKey.get("journal.flushInterval")).toBe('"10ms"');
  expect(byKey.get("minSeverity")).toBe('"info"');
  expect(byKey.get("journal.rotate.keep")).toBeUndefined();
});

test("the names and words at a path", () => {
  const schema = configJsonSchema();
  expect(keysAt(schema, ["journal", "rotate"])).toContain("maxBytes");
  expect(keysAt(schema, ["processors", 3])).toEqual(["use", "enabled", "when", "assert"]);
  expect(keysAt(schema, ["nowhere"])).toEqual([]);
  expect(wordsAt(schema, ["levels", "any.name"])).toContain("off");
  expect(wordsAt(schema, ["service", "name"])).toEqual([]);
});
