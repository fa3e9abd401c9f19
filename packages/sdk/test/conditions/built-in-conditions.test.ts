import { createTestContext } from "@plumbline/testing";
import { describe, expect, test } from "vitest";
import { archCondition } from "../../src/conditions/arch.ts";
import type { BuiltInCondition } from "../../src/conditions/condition-plugin.ts";
import { envCondition } from "../../src/conditions/env.ts";
import { createHostFacts } from "../../src/conditions/host-facts.ts";
import { hostCondition } from "../../src/conditions/host.ts";
import { memoryCondition } from "../../src/conditions/memory.ts";
import { nodeVersionCondition } from "../../src/conditions/node-version.ts";
import { pathExistsCondition } from "../../src/conditions/path-exists.ts";
import { platformCondition } from "../../src/conditions/platform.ts";
import { scratch } from "../scratch.ts";
import { symlinkSync } from "node:fs";
import { join } from "node:path";

const GiB = 1024 ** 3;

async function ask<Options>(condition: BuiltInCondition<Options>, options: unknown, baseDir = "/") {
  return condition.evaluate(condition.schema.parse(options), createTestContext({ baseDir }));
}

function refuses<Options>({ schema }: BuiltInCondition<Options>, ...values: readonly unknown[]): void {
  for (const value of values) expect(schema.safeParse(value).success, JSON.stringify(value)).toBe(false);
}

describe("env", () => {
  const env = envCondition({ env: { SET: "a=b", EMPTY: "" } });

  test.each([
    ["SET", true, "SET is set"],
    ["EMPTY", false, "EMPTY is empty"],
    ["UNSET", false, "UNSET is not set"],
    ["SET=a=b", true, "SET has this value"],
    ["SET=a", false, "SET has another value"],
    ["toString", false, "toString is not set"],
  ])("%s: %s", async (options, holds, reason) => {
    expect(await ask(env, options)).toEqual({ holds, reason });
  });

  test("refuses what is no variable, and an empty value", () => {
    refuses(env, "", "A B", "1A", "A=", "=x", 5, true, ["SET"]);
  });
});

describe("pathExists", () => {
  const facts = createHostFacts({});
  const pathExists = pathExistsCondition(facts);

  test("follows links, starts from the config's folder, and takes any kind of thing", async () => {
    const folder = scratch({ "here.txt": "x" });
    symlinkSync(join(folder, "here.txt"), join(folder, "link"));
    symlinkSync(join(folder, "nowhere"), join(folder, "dangling"));
    for (const [path, holds] of [
      ["here.txt", true],
      ["./link", true],
      [".", true],
      ["dangling", false],
      ["gone", false],
      ["here.txt/below", false],
      [join(folder, "here.txt"), true],
    ] as const) {
      expect((await ask(pathExists, path, folder)).holds, path).toBe(holds);
    }
    expect(await ask(pathExists, "gone", folder)).toEqual({ holds: false, reason: "gone does not exist" });
  });

  test("what cannot be looked at is an error", async () => {
    const folder = scratch();
    symlinkSync("circle", join(folder, "circle"));
    await expect(ask(pathExists, "circle", folder)).rejects.toMatchObject({ code: "ELOOP" });
    refuses(pathExists, "", 5, "a\0b", null);
  });
});

test("platform and arch: a name, or a list of which any will do", async () => {
  const platform = platformCondition({ platform: "linux" });
  expect(await ask(platform, "linux")).toEqual({ holds: true, reason: "this is linux" });
  expect(await ask(platform, ["darwin", "linux"])).toMatchObject({ holds: true });
  expect(await ask(platform, ["darwin", "win32"])).toEqual({
    holds: false,
    reason: "this is linux, not darwin or win32",
  });
  refuses(platform, "macos", "", [], ["linux", "macos"]);
  const arch = archCondition({ arch: "arm64" });
  expect(await ask(arch, ["x64", "arm64"])).toMatchObject({ holds: true });
  expect(await ask(arch, "x64")).toEqual({ holds: false, reason: "this is arm64, not x64" });
  refuses(arch, "x86_64", "aarch64");
});

test.each([
  ["web-7", "web-7", true],
  ["WEB-7", "web-7", true],
  ["web-*", "web-7", true],
  ["web-?", "web-7", true],
  ["web-?", "web-77", false],
  ["*-7", "web-7", true],
  ["*e*-*", "web-7", true],
  ["web", "web-7", false],
  ["eb-7", "web-7", false],
  ["*", "", true],
  ["w*b*7", "wab7b", false],
  ["w*b*7", "wxbb7x7", true],
])("host: %s against %s is %s", async (pattern, name, holds) => {
  expect((await ask(hostCondition({ hostname: () => name }), [pattern])).holds).toBe(holds);
});

test("host: a pattern that would cost a backtracking matcher years ends at once", async () => {
  const condition = hostCondition({ hostname: () => "a".repeat(253) });
  expect(await ask(condition, `${"*a".repeat(100)}b`)).toMatchObject({ holds: false });
  refuses(condition, "", "a b", "a/b", [], "x".repeat(300));
});

test("nodeVersion: npm's ranges", async () => {
  const node = nodeVersionCondition({ nodeVersion: "22.3.1" });
  for (const [range, holds] of [
    [">=22", true],
    ["^20.19 || >=22", true],
    ["22.x", true],
    ["<22", false],
    [">=22.3.2", false],
  ] as const) {
    expect((await ask(node, range)).holds, range).toBe(holds);
  }
  expect((await ask(node, "<22")).reason).toBe("this is Node 22.3.1, not <22");
  expect((await ask(nodeVersionCondition({ nodeVersion: "23.0.0-rc.1" }), ">=22")).holds).toBe(true);
  refuses(node, "", " ", "twenty", "22..3", 22, ">".repeat(300));
});

test("memory: a bound, and systemd's operators", async () => {
  const memory = memoryCondition({ memoryBytes: () => 4 * GiB });
  for (const [bound, holds] of [
    ["4GiB", true],
    ["5GiB", false],
    [">= 4GiB", true],
    ["> 4GiB", false],
    ["< 5GiB", true],
    ["<=3GiB", false],
    ["=4GiB", true],
    ["!= 4GiB", false],
    [4 * GiB, true],
    [4 * GiB + 1, false],
  ] as const) {
    expect((await ask(memory, bound)).holds, String(bound)).toBe(holds);
  }
  expect((await ask(memory, "8GiB")).reason).toBe("there are 4096 MiB, not >= 8GiB");
  refuses(memory, "", "lots", ">= ", "== 4GiB", -1, 0, "0GiB");
});

test("the facts are this machine's", async () => {
  const facts = createHostFacts({ A: "1" });
  expect([facts.env["A"], facts.platform, facts.arch]).toEqual(["1", process.platform, process.arch]);
  expect(`v${facts.nodeVersion}`).toBe(process.version);
  expect(facts.hostname()).not.toBe("");
  expect(facts.memoryBytes()).toBeGreaterThan(1024 ** 2);
  expect(await facts.exists(import.meta.filename)).toBe(true);
  if (process.platform === "linux") expect(await facts.cpuInfo()).toMatch(/^processor/m);
});
