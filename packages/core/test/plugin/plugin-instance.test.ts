import { diag } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { createPluginInstance } from "../../src/plugin/plugin-instance.ts";
import { PLUGIN_KINDS, type Plugin, type PluginContext, type PluginKind } from "../../src/plugin/plugin.ts";
import { FakeClock } from "../fake-clock.ts";
import { deliveringSink } from "../fake-parts.ts";

const context: PluginContext = {
  name: "alerts",
  clock: new FakeClock(),
  diagnostics: diag,
  resource: {},
  dataDir: undefined,
  baseDir: ".",
  journal: undefined,
  signal: new AbortController().signal,
};

function pluginOf(kind: PluginKind, create: Plugin["create"]): Plugin {
  return { id: "@acme/x", kind, apiVersion: 1, create };
}

test("create gets the options and the context, and its instance is given back", () => {
  const sink = deliveringSink();
  const seen: unknown[] = [];
  const plugin = pluginOf("sink", (options, given) => {
    seen.push(options, given);
    return sink;
  });
  expect(createPluginInstance(plugin, { url: 1 }, context)).toBe(sink);
  expect(seen).toEqual([{ url: 1 }, context]);
});

test("a create that throws is named with its cause, whose text is not quoted", () => {
  const cause = new TypeError("has a value in it");
  const plugin = pluginOf("sink", () => {
    throw cause;
  });
  let raised: unknown;
  try {
    createPluginInstance(plugin, undefined, context);
  } catch (error) {
    raised = error;
  }
  expect(raised).toMatchObject({
    code: "PLB_PLUGIN_CREATE_FAILED",
    message: "The plugin @acme/x failed to create alerts (TypeError).",
    cause,
    details: { id: "@acme/x", name: "alerts" },
  });
});

test.each(PLUGIN_KINDS)("a %s that is nothing, a promise or an empty object is refused with what it lacks", (kind) => {
  const promise = Promise.resolve({});
  for (const nonsense of [undefined, null, 7, {}, promise]) {
    const plugin = pluginOf(kind, () => nonsense as never);
    expect(() => createPluginInstance(plugin, undefined, context)).toThrow(/it lacks \w+/);
  }
});

test("an instance whose methods cannot be read is refused", () => {
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error("no");
      },
    },
  );
  const plugin = pluginOf("sink", () => hostile as never);
  expect(() => createPluginInstance(plugin, undefined, context)).toThrow(/lacks write, close/);
});

test("methods of a class count", () => {
  class Always {
    evaluate(): { holds: boolean; reason: string } {
      return { holds: true, reason: "" };
    }
  }
  expect(
    createPluginInstance(
      pluginOf("condition", () => new Always()),
      undefined,
      context,
    ),
  ).toBeInstanceOf(Always);
});
