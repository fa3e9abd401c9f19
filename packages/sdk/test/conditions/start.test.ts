import { definePlugin, type Plugin, type Service } from "@plumbline/core";
import { conditionContract } from "@plumbline/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { createConditions } from "../../src/conditions/built-in-conditions.ts";
import type { HostFacts } from "../../src/conditions/host-facts.ts";
import { start, type StartOptions } from "../../src/index.ts";
import { scratch } from "../scratch.ts";
import { AMPERE_ALTRA } from "./cpu-info/machines.ts";

async function begin(options: StartOptions) {
  const telemetry = await start({ env: {}, cwd: scratch(), handleSignals: false, flushOnExit: false, ...options });
  onTestFinished(() => telemetry.close());
  return telemetry;
}

function serviceOf(events: string[], id = "@acme/service", more: Partial<Service> = {}): Plugin<"service"> {
  return definePlugin({
    id,
    kind: "service",
    apiVersion: 1,
    create: () => ({
      start: () => void events.push("start"),
      close: () => void events.push("close"),
      ...more,
    }),
  });
}

test("a component whose condition fails is left out, and the report says why", async () => {
  const events: string[] = [];
  const telemetry = await begin({
    services: { live: { use: serviceOf(events), when: [{ env: "LIVE" }] } },
    sinks: {
      out: { use: "file", path: "out.jsonl", when: [{ not: { platform: "linux" } }, { not: { platform: "darwin" } }] },
    },
  });
  expect(events).toEqual([]);
  expect(telemetry.report().skipped).toEqual([
    { path: "sinks.out", use: "file", reason: expect.stringMatching(/^when fails: not platform: this is/) as string },
    { path: "services.live", use: "@acme/service", reason: "when fails: env: LIVE is not set" },
  ]);
});

test("a failed assertion starts nothing, and says what it is", async () => {
  const events: string[] = [];
  const service = serviceOf(events);
  await expect(begin({ services: { live: { use: service, assert: [{ env: "LIVE" }] } } })).rejects.toMatchObject({
    code: "PLB_ASSERT_FAILED",
    message: "services.live asserts what does not hold here: env: LIVE is not set.",
    details: { component: "services.live", reason: "env: LIVE is not set" },
  });
  expect(events).toEqual([]);
  const telemetry = await begin({
    env: { LIVE: "1" },
    services: { live: { use: service, assert: [{ env: "LIVE" }] } },
  });
  await telemetry.close();
  expect(events).toEqual(["start", "close"]);
});

test("a service says of itself what it likes in the report, and spoils it for nobody", async () => {
  const telemetry = await begin({
    services: {
      good: { use: serviceOf([], "good", { status: () => ({ clients: 3 }) }) },
      telling: {
        use: serviceOf([], "telling", {
          status: () => ({ target: "https://bob:Zq7hunter2x9@example.org/", password: "Zq7hunter2x9", n: 1 }),
        }),
      },
      silent: { use: serviceOf([], "silent") },
      bad: {
        use: serviceOf([], "bad", {
          status: () => {
            throw new TypeError("no");
          },
        }),
      },
    },
  });
  expect(telemetry.report().services).toEqual([
    { path: "services.good", use: "good", status: { clients: 3 } },
    {
      path: "services.telling",
      use: "telling",
      status: {
        target: "https://bob:[redacted:url-password]@example.org/",
        password: "[redacted:key-value]",
        n: 1,
      },
    },
    { path: "services.silent", use: "silent", status: {} },
    { path: "services.bad", use: "bad", status: { error: "TypeError" } },
  ]);
});

describe("the built-in conditions keep the contract", () => {
  const facts: HostFacts = {
    env: { SET: "1" },
    platform: "linux",
    arch: "arm64",
    nodeVersion: "22.3.0",
    hostname: () => "web-7",
    memoryBytes: () => 1024 ** 3,
    cpuInfo: () => Promise.resolve(AMPERE_ALTRA.cpuInfo),
    exists: (path) =>
      path.endsWith("closed") ? Promise.reject(new Error("EACCES")) : Promise.resolve(path === "/here"),
  };
  const options: Readonly<Record<string, readonly [holds: unknown, fails: unknown, unknown?: unknown]>> = {
    cpuFeature: ["aes", "sve"],
    env: ["SET", "GONE"],
    pathExists: ["/here", "/gone", "/closed"],
    platform: ["linux", "win32"],
    arch: ["arm64", "x64"],
    host: ["web-*", "db-*"],
    nodeVersion: [">=22", "<22"],
    memory: ["1GiB", "2GiB"],
  };
  for (const plugin of createConditions(facts) as readonly Plugin<"condition">[]) {
    const name = plugin.id.replace("@plumbline/sdk/", "");
    const [holds, fails, unknown] = options[name] ?? [];
    const cases = conditionContract({
      plugin,
      situations: {
        holds: () => ({ options: holds, expected: "holds" }),
        fails: () => ({ options: fails, expected: "fails" }),
        ...(unknown === undefined ? {} : { unknown: () => ({ options: unknown, expected: "unknown" }) }),
      },
      invalidOptions: ["", [], {}, null, true],
    });
    describe("the condition", () => {
      test.each(cases.map((each) => ({ ...each, name: `${name}: ${each.name}` })))("$name", ({ run }) => run());
    });
  }
});
