import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { definePlugin } from "@plumbline/core";
import { createFileSink } from "@plumbline/file";
import { findReportSockets, start } from "@plumbline/sdk";
import { describe, expect, onTestFinished, test } from "vitest";
import { describeDelivery } from "../../src/doctor/running-deliveries.ts";
import { readRunning, unaccounted } from "../../src/doctor/running-service.ts";
import { EXIT } from "../../src/exit-code.ts";
import { runCommand } from "../recorded-console.ts";
import { createColours } from "../../src/terminal/colour.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const CONFIG = [
  "service: { name: shop }",
  "journal: { path: ./telemetry/shop.jsonl, rotate: { maxBytes: 1MiB, keep: 3 } }",
  "sinks:",
  "  alerts: { use: file, path: ./alerts.jsonl, minSeverity: error }",
  "  quiet: { use: file, path: ./quiet.jsonl, enabled: false }",
].join("\n");

function folder(): string {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "plumbline.yaml"), CONFIG);
  return cwd;
}

const settings = { handleSignals: false, flushOnExit: false, env: {} };

describe("doctor", () => {
  test("says what would be wired and why something is skipped, and starts nothing", async () => {
    const cwd = folder();
    const { code, out } = await runCommand(["doctor"], { cwd });
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/^config +plumbline\.yaml$/m);
    expect(out).toMatch(/^journal +telemetry\/shop\.jsonl written, sealed at 1,048,576 bytes, 3 sealed files stay$/m);
    expect(out).toMatch(/^sinks\.alerts +@plumbline\/sdk\/file +wired$/m);
    expect(out).toMatch(/^sinks\.quiet +file +skipped: enabled is false$/m);
    expect(out).toContain("No service runs");
    expect(readdirSync(cwd)).toEqual(["plumbline.yaml"]);
  });

  test("asks a running service for its accounting", async () => {
    const cwd = folder();
    const telemetry = await start({ ...settings, cwd });
    onTestFinished(() => telemetry.close());
    for (let i = 0; i < 5; i++)
      telemetry.emit("order.made", { password: "x" }, { severity: i === 0 ? "error" : "info" });
    await telemetry.flush();

    const { code, out } = await runCommand(["doctor"], { cwd });
    expect(code).toBe(EXIT.ok);
    expect(out).toContain(`runs as process ${process.pid}`);
    expect(out).toMatch(/^journal +5 +0 +5 +0 +0 +0 +0$/m);
    expect(out).toMatch(/^alerts +5 +0 +1 +0 +0 +4 +0$/m);
    expect(out).toContain("5 emitted: 5 accepted; 5 secrets redacted");

    const json = JSON.parse((await runCommand(["doctor", "--json"], { cwd })).out) as {
      running: { outputs: object[] }[];
      ok: boolean;
    };
    expect(json.ok).toBe(true);
    expect(json.running[0]?.outputs[0]).toMatchObject({ name: "journal", accepted: 5, delivered: 5 });
  });

  test("lists the slots of the journal, who writes them, and what a free one has left in it", async () => {
    const cwd = folder();
    const path = join(cwd, "telemetry", "shop.jsonl");
    mkdirSync(join(cwd, "telemetry"));
    writeFileSync(join(cwd, "telemetry", "shop.slot3.jsonl"), '{"a":1}\n');
    const sink = createFileSink({ path });
    await sink.start();
    onTestFinished(() => sink.close());
    const { code, out } = await runCommand(["doctor"], { cwd });
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/^ +1 +telemetry\/shop\.jsonl +written +0 +0$/m);
    expect(out).toMatch(/^ +3 +telemetry\/shop\.slot3\.jsonl +free, with lines in it +0 +8$/m);
    const { slots } = JSON.parse((await runCommand(["doctor", "--json"], { cwd })).out) as { slots: object[] };
    expect(slots).toEqual([
      { slot: 1, path, isOwned: true, segments: 0, activeBytes: 0 },
      { slot: 3, path: join(cwd, "telemetry", "shop.slot3.jsonl"), isOwned: false, segments: 0, activeBytes: 8 },
    ]);
  });

  test("shows where a sink stands that is fed from the journal", async () => {
    const cwd = folder();
    const telemetry = await start({
      ...settings,
      cwd,
      sinks: { copy: { use: "file", path: "copy.jsonl", delivery: "journal" } },
    });
    onTestFinished(() => telemetry.close());
    for (let index = 0; index < 5; index++) telemetry.emit("work");
    await telemetry.flush();
    const { code, out } = await runCommand(["doctor"], { cwd });
    expect(code).toBe(EXIT.ok);
    expect(out).toMatch(/^copy +5 +0 +5 +0 +0 +0 +0$/m);
    expect(out).toMatch(/^sinks\.copy from the journal behind [0-9a-v]{13}:5: 0 wait in the journal$/m);
  });

  test("shows what a long-running part says of itself", async () => {
    const cwd = folder();
    const status = { delivered: 1200, destination: "down", failure: null, heldUpBy: "a.jsonl" };
    const part = definePlugin({
      id: "@shop/part",
      kind: "service",
      apiVersion: 1,
      create: () => ({ start: () => undefined, status: () => status, close: () => undefined }),
    });
    const telemetry = await start({ ...settings, cwd, services: { archive: { use: part } } });
    onTestFinished(() => telemetry.close());
    const { out } = await runCommand(["doctor"], { cwd });
    expect(out).toContain("services.archive: delivered 1,200, destination down, heldUpBy a.jsonl\n");
    const json = await runCommand(["doctor", "--json"], { cwd });
    const { running } = JSON.parse(json.out) as { readonly running: readonly { readonly services: unknown }[] };
    expect(running[0]?.services).toEqual([{ path: "services.archive", status }]);
  });

  const reload = { generation: 1, appliedAt: "then", origin: "file", isWatching: true, lastRejected: null, down: [] };
  test.each([
    ["an account that does not add up", { delivered: 3 }, {}, "journal does not add up: 2 unaccounted for"],
    ["a service that runs with the last good config", {}, { origin: "lastGood" }, "it runs with the last good config"],
    ["a component that is down", {}, { down: ["sinks.far"] }, "sinks.far does not run"],
  ])("says what is not ok, and exits with 1: %s", async (_, account, change, said) => {
    const cwd = folder();
    const telemetry = await start({ ...settings, cwd });
    const [socket] = await findReportSockets(join(cwd, "telemetry"));
    await telemetry.close();
    if (socket === undefined) throw new Error("the service had a report socket");
    const report = {
      service: "shop",
      pid: 1,
      startedAt: "now",
      outputs: [{ name: "journal", accepted: 5, delivered: 5, dropped: {}, ...account }],
      reload: { ...reload, ...change },
    };
    const server = createServer((connection) => connection.end(JSON.stringify(report)));
    await new Promise<void>((resolve) => server.listen(socket.path, resolve));
    onTestFinished(() => void server.close());

    const { code, out } = await runCommand(["doctor"], { cwd });
    expect(code).toBe(EXIT.found);
    expect(out).toContain(`not ok: ${said}`);
    expect(JSON.parse((await runCommand(["doctor", "--json"], { cwd })).out)).toMatchObject({ ok: false });
  });

  test("needs a config that is valid", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "plumbline.yaml"), "sinks: 7\n");
    const { code, err } = await runCommand(["doctor"], { cwd });
    expect(code).toBe(EXIT.usage);
    expect(err).toContain("plumbline.yaml:1:8");
  });

  test("describes the built-in default where there is no config", async () => {
    const { code, out } = await runCommand(["doctor"], { cwd: temporaryFolder() });
    expect(code).toBe(EXIT.ok);
    expect(out).toContain("none: the built-in default");
  });
});

describe("the answer of a service", () => {
  test.each([null, 7, "x", {}, { outputs: "x" }])("%j is none", (answer) => {
    expect(readRunning(answer)).toBeUndefined();
  });

  test("tells what is not as it should be with a delivery", () => {
    const status = {
      delivery: "journal",
      cursor: "e:5",
      queued: 7,
      redelivered: 3,
      deadLetters: 2,
      missing: 4,
      gaps: 1,
      trouble: "ECONNREFUSED",
    };
    const running = readRunning({
      outputs: [],
      services: [7, { path: "services.x", status: {} }, { path: "sinks.a", status }],
    });
    expect(running?.deliveries).toHaveLength(1);
    expect(running?.deliveries.map((each) => describeDelivery(each, createColours(false)))).toEqual([
      "sinks.a from the journal behind e:5: 7 wait in the journal, 3 went out again, 2 set aside, 4 missing in 1 gaps, held up by ECONNREFUSED\n",
    ]);
  });

  test("is read as far as it is understood", () => {
    const running = readRunning({
      outputs: [7, { name: "a", accepted: 1, queued: 1, dropped: { x: "y" } }],
      future: true,
    });
    expect(running?.outputs).toHaveLength(1);
    expect(running?.unaccounted).toBe(0);
  });

  test("adds up or does not", () => {
    const account = {
      name: "a",
      accepted: 7,
      adopted: 3,
      delivered: 4,
      inFlight: 1,
      queued: 2,
      filtered: 1,
      dropped: { overflow: 2 },
      redelivered: 9,
    };
    expect(unaccounted(account)).toBe(0);
    expect(unaccounted({ ...account, accepted: 8 })).toBe(1);
  });
});
