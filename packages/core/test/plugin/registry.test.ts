import { describe, expect, expectTypeOf, test } from "vitest";
import { PlumblineError } from "../../src/errors.ts";
import { definePlugin } from "../../src/plugin/define-plugin.ts";
import { PLUGIN_KINDS, type Plugin } from "../../src/plugin/plugin.ts";
import { createRegistry } from "../../src/plugin/registry.ts";
import type { Sink } from "../../src/plugin/sink.ts";
import { deliveringSink } from "../fake-parts.ts";

const slack = definePlugin({
  id: "@acme/plumbline-slack",
  kind: "sink",
  apiVersion: 1,
  create: () => deliveringSink(),
});

/** The error that adding this raises. */
function refusal(candidate: unknown, origin = "telemetry/plugin.mjs"): PlumblineError {
  try {
    createRegistry().add(candidate, origin);
  } catch (error) {
    if (PlumblineError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

test("definePlugin gives the very object back and infers kind and options", () => {
  const plugin: Plugin<"sink", undefined> = { id: "a", kind: "sink", apiVersion: 1, create: () => deliveringSink() };
  expect(definePlugin(plugin)).toBe(plugin);
  expectTypeOf(slack.kind).toEqualTypeOf<"sink">();
  expectTypeOf<ReturnType<typeof slack.create>>().toEqualTypeOf<Sink>();
  const withOptions = definePlugin({
    id: "b",
    kind: "condition",
    apiVersion: 1,
    options: {
      "~standard": { version: 1, vendor: "test", validate: () => ({ value: { path: "x" } }) },
    },
    create: ({ path }) => ({ evaluate: () => ({ holds: path === "x", reason: "" }) }),
  });
  expectTypeOf<Parameters<typeof withOptions.create>[0]>().toEqualTypeOf<{ path: string }>();
});

describe("a registry", () => {
  test("finds a plugin by kind and id, and lists all with their origins", () => {
    const registry = createRegistry();
    expect(registry.add(slack, "@acme/plumbline-slack")).toBe(slack);
    expect(registry.get("sink", "@acme/plumbline-slack")).toBe(slack);
    expect(registry.get("processor", "@acme/plumbline-slack")).toBeUndefined();
    expect(registry.get("sink", "@acme/other")).toBeUndefined();
    expect(registry.list()).toEqual([{ plugin: slack, origin: "@acme/plumbline-slack" }]);
  });

  test("takes every kind", () => {
    const registry = createRegistry();
    for (const kind of PLUGIN_KINDS) {
      registry.add({ id: `x/${kind}`, kind, apiVersion: 1, create: () => ({}) }, "test");
      expect(registry.get(kind, `x/${kind}`)?.kind).toBe(kind);
    }
  });

  test("takes the very same object twice, but no second one of its id", () => {
    const registry = createRegistry();
    registry.add(slack, "first");
    registry.add(slack, "second");
    expect(registry.list()).toEqual([{ plugin: slack, origin: "first" }]);
    const twin = { ...slack };
    let raised: unknown;
    try {
      registry.add(twin, "second");
    } catch (error) {
      raised = error;
    }
    expect(raised).toMatchObject({
      code: "PLB_PLUGIN_ID_DUPLICATE",
      details: { id: slack.id, origin: "second", registeredBy: "first" },
    });
    expect(registry.get("sink", slack.id)).toBe(slack);
  });

  test("what was refused is not registered", () => {
    const registry = createRegistry();
    expect(() => registry.add({ ...slack, apiVersion: 2 }, "x")).toThrow(/apiVersion 2/);
    expect(registry.list()).toEqual([]);
    registry.add(slack, "x");
    expect(registry.list()).toHaveLength(1);
  });
});

describe("it refuses loudly, naming the origin:", () => {
  const thrower = {
    get id(): string {
      throw new Error("no");
    },
  };
  test.each([
    ["nothing", undefined, "PLB_PLUGIN_INVALID", "nothing"],
    ["null", null, "PLB_PLUGIN_INVALID", "null"],
    ["a function", () => slack, "PLB_PLUGIN_INVALID", "a function"],
    ["a text", "slack", "PLB_PLUGIN_INVALID", "a string"],
    ["an object whose getters throw", thrower, "PLB_PLUGIN_INVALID", "cannot be read"],
    ["a namespace without a plugin in it", { slack }, "PLB_PLUGIN_ID_MISSING", "no id"],
    ["an empty id", { ...slack, id: "" }, "PLB_PLUGIN_ID_MISSING", "no id"],
    ["an id that is no text", { ...slack, id: 7 }, "PLB_PLUGIN_ID_INVALID", "a number"],
    ["an id with a space", { ...slack, id: "my plugin" }, "PLB_PLUGIN_ID_INVALID", '"my plugin"'],
    ["an id that climbs", { ...slack, id: "../x" }, "PLB_PLUGIN_ID_INVALID", '"../x"'],
    ["an id that is too long", { ...slack, id: "x".repeat(215) }, "PLB_PLUGIN_ID_INVALID", "xxx"],
    ["an unknown kind", { ...slack, kind: "exporter" }, "PLB_PLUGIN_KIND_UNKNOWN", '"exporter"'],
    ["a kind that Object.prototype has", { ...slack, kind: "constructor" }, "PLB_PLUGIN_KIND_UNKNOWN", "sink"],
    ["no kind", { ...slack, kind: undefined }, "PLB_PLUGIN_KIND_UNKNOWN", "nothing"],
    ["another apiVersion", { ...slack, apiVersion: 2 }, "PLB_PLUGIN_API_VERSION", "serves 1"],
    ["an apiVersion that is a text", { ...slack, apiVersion: "1" }, "PLB_PLUGIN_API_VERSION", "a string"],
    ["no create", { ...slack, create: undefined }, "PLB_PLUGIN_CREATE_INVALID", "nothing"],
    ["a create that is an object", { ...slack, create: {} }, "PLB_PLUGIN_CREATE_INVALID", "an object"],
    ["options that are no schema", { ...slack, options: { url: "string" } }, "PLB_PLUGIN_SCHEMA_INVALID", "an object"],
    [
      "a schema of another version",
      { ...slack, options: { "~standard": { version: 2, validate: () => ({}) } } },
      "PLB_PLUGIN_SCHEMA_INVALID",
      "",
    ],
    [
      "a schema without validate",
      { ...slack, options: { "~standard": { version: 1 } } },
      "PLB_PLUGIN_SCHEMA_INVALID",
      "",
    ],
  ])("%s", (_what, candidate, code, said) => {
    const error = refusal(candidate);
    expect(error.code).toBe(code);
    expect(error.message).toContain("telemetry/plugin.mjs");
    expect(error.message).toContain(said);
    expect(error.details["origin"]).toBe("telemetry/plugin.mjs");
    expect(error.mend).not.toBe("");
  });

  test("a schema may be a function", () => {
    const schema = Object.assign(() => undefined, {
      "~standard": { version: 1, vendor: "test", validate: () => ({ value: 1 }) },
    });
    expect(createRegistry().add({ ...slack, options: schema }, "x").options).toBe(schema);
  });
});
