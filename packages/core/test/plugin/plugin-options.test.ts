import type { StandardSchemaV1 } from "@standard-schema/spec";
import { expect, test } from "vitest";
import { definePlugin } from "../../src/plugin/define-plugin.ts";
import type { Plugin } from "../../src/plugin/plugin.ts";
import { parsePluginOptions } from "../../src/plugin/plugin-options.ts";

type Validate = StandardSchemaV1<unknown, { readonly url: string }>["~standard"]["validate"];

function pluginWith(validate: Validate): Plugin<"condition", { readonly url: string }> {
  return definePlugin({
    id: "@acme/slack",
    kind: "condition",
    apiVersion: 1,
    options: { "~standard": { version: 1, vendor: "test", validate } },
    create: () => ({ evaluate: () => ({ holds: true, reason: "" }) }),
  });
}

const bare = definePlugin({
  id: "@acme/bare",
  kind: "condition",
  apiVersion: 1,
  create: () => ({ evaluate: () => ({ holds: true, reason: "" }) }),
});

test("what the schema made of the options is what create gets, from a schema that answers at once or later", async () => {
  expect(
    await parsePluginOptions(
      pluginWith(() => ({ value: { url: "u" } })),
      {},
    ),
  ).toEqual({ url: "u" });
  expect(
    await parsePluginOptions(
      pluginWith(async () => ({ value: { url: "v" } })),
      {},
    ),
  ).toEqual({ url: "v" });
});

test("every issue is given, with a path of keys and indexes by which its place can be found", async () => {
  const plugin = pluginWith(() => ({
    issues: [
      { message: "is required", path: ["url"] },
      { message: "is no number", path: [{ key: "retry" }, "steps", 2, { key: 0 }] },
      { message: "is odd", path: [Symbol("s")] },
      { message: "is wrong as a whole" },
    ],
  }));
  await expect(parsePluginOptions(plugin, {})).rejects.toMatchObject({
    code: "PLB_PLUGIN_OPTIONS_INVALID",
    message:
      "The options of the plugin @acme/slack do not fit: url: is required; retry.steps.2.0: is no number; Symbol(s): is odd; is wrong as a whole.",
    details: {
      id: "@acme/slack",
      issues: [
        { path: ["url"], message: "is required" },
        { path: ["retry", "steps", 2, 0], message: "is no number" },
        { path: ["Symbol(s)"], message: "is odd" },
        { path: [], message: "is wrong as a whole" },
      ],
    },
  });
});

test.each([
  [
    "throws",
    () => {
      throw new TypeError("broken");
    },
    "the schema itself failed (TypeError)",
  ],
  ["rejects", () => Promise.reject(new RangeError("broken")), "the schema itself failed (RangeError)"],
  ["answers with nothing", () => undefined, "the schema itself failed (TypeError)"],
  [
    "answers with issues that are no list of issues",
    () => ({ issues: [null] }),
    "the schema itself failed (TypeError)",
  ],
  ["refuses without an issue", () => ({ issues: [] }), "is refused without a reason"],
])("a schema that %s is one issue", async (_how, validate, message) => {
  const plugin = pluginWith(validate as unknown as Validate);
  await expect(parsePluginOptions(plugin, {})).rejects.toMatchObject({
    code: "PLB_PLUGIN_OPTIONS_INVALID",
    details: { issues: [{ path: [], message }] },
  });
});

test("a schema is told the folder that options start from, and nothing else that the caller has", async () => {
  const told: unknown[] = [];
  const plugin = pluginWith((_value, options) => {
    told.push(options);
    return { value: { url: "u" } };
  });
  const host = { baseDir: "/shop", password: "s" };
  await parsePluginOptions(plugin, {}, host);
  expect(told).toEqual([{ libraryOptions: { baseDir: "/shop" } }]);
});

test("without a schema no option is accepted", async () => {
  expect(await parsePluginOptions(bare, undefined)).toBeUndefined();
  expect(await parsePluginOptions(bare, null)).toBeUndefined();
  expect(await parsePluginOptions(bare, {})).toBeUndefined();
  await expect(parsePluginOptions(bare, { url: 1, colour: 2 })).rejects.toMatchObject({
    code: "PLB_PLUGIN_OPTIONS_INVALID",
    details: {
      issues: [
        { path: ["url"], message: "is not an option: this plugin takes none" },
        { path: ["colour"], message: "is not an option: this plugin takes none" },
      ],
    },
  });
  await expect(parsePluginOptions(bare, "x")).rejects.toMatchObject({ details: { issues: [{ path: [] }] } });
});
