import { createServer } from "node:net";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createFakeClock } from "@plumbline/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { findReportSockets, readReport, removeStaleSockets } from "../src/report-client.ts";
import { parseReportSocketName, reportSocketName } from "../src/report-path.ts";
import { openReportSocket, type ReportSocket } from "../src/report-socket.ts";
import { scratch } from "./scratch.ts";

async function open(
  directory: string,
  stem = "shop",
  report: () => unknown = () => ({ events: 3 }),
): Promise<ReportSocket> {
  const socket = await openReportSocket({ directory, stem, report, clock: createFakeClock() });
  onTestFinished(() => socket.close());
  return socket;
}

describe("the socket", () => {
  test("answers every connection with the report of that moment, and can only be reached by its user", async () => {
    let count = 0;
    const folder = join(scratch(), "made", "deep");
    const socket = await open(folder, "shop", () => ({ count: (count += 1) }));
    expect(await readReport(socket.path)).toEqual({ count: 1 });
    expect(await readReport(socket.path)).toEqual({ count: 2 });
    expect(statSync(socket.path).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test("is found by its folder, and gone when it is closed", async () => {
    const folder = scratch();
    const socket = await open(folder);
    expect(await findReportSockets(folder)).toEqual([
      { stem: "shop", pid: process.pid, isLocal: true, path: socket.path },
    ]);
    await socket.close();
    await socket.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("several of one process stand beside each other", async () => {
    const folder = scratch();
    await open(folder);
    await open(folder);
    await open(folder, "other");
    const found = await findReportSockets(folder);
    expect(found.map(({ stem, pid }) => `${stem} ${pid}`)).toEqual([
      `other ${process.pid}`,
      `shop ${process.pid}`,
      `shop ${process.pid}`,
    ]);
    for (const { path } of found) expect(await readReport(path)).toEqual({ events: 3 });
  });

  test("a path of more than 107 bytes is reached all the same", async () => {
    const folder = join(scratch(), "d".repeat(120), "é".repeat(60));
    const socket = await open(folder);
    expect(readdirSync(folder)).toHaveLength(1);
    expect(await readReport(socket.path)).toEqual({ events: 3 });
    await socket.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a folder that takes none is a coded error", async () => {
    const folder = scratch({ file: "" });
    const failing = openReportSocket({
      directory: join(folder, "file"),
      stem: "s",
      report: () => 1,
      clock: createFakeClock(),
    });
    await expect(failing).rejects.toMatchObject({ code: "PLB_REPORT_SOCKET_FAILED" });
  });
});

describe("what is left behind", () => {
  /** A socket's file whose listener is gone, as after a kill. */
  async function leave(path: string): Promise<void> {
    const { spawnSync } = await import("node:child_process");
    spawnSync(process.execPath, [
      "-e",
      `require("net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`,
    ]);
  }

  test("by dead processes of the same stem is removed when the next one starts; the living and other stems stay", async () => {
    const folder = scratch();
    await leave(join(folder, reportSocketName("shop", 4_000_001, 0)));
    await leave(join(folder, reportSocketName("other", 4_000_002, 0)));
    const living = await open(folder);
    expect(readdirSync(folder).toSorted()).toEqual([
      reportSocketName("other", 4_000_002, 0),
      reportSocketName("shop", process.pid, 0),
    ]);
    expect(await removeStaleSockets(await findReportSockets(folder))).toEqual([
      join(folder, reportSocketName("other", 4_000_002, 0)),
    ]);
    expect(readdirSync(folder)).toEqual([living.path.split("/").at(-1)]);
  });

  test("by another machine is left alone: whether it is dead cannot be told here", async () => {
    const folder = scratch();
    const name = "shop.report-000000-12.sock";
    await leave(join(folder, name));
    await open(folder);
    expect(readdirSync(folder)).toContain(name);
  });
});

describe("a client", () => {
  test("names no report where there is none", async () => {
    const folder = scratch({ "plain.sock": "" });
    mkdirSync(join(folder, "empty"));
    await expect(readReport(join(folder, "missing.sock"))).rejects.toMatchObject({
      code: "PLB_REPORT_UNAVAILABLE",
      details: { reason: "ENOENT" },
    });
    await expect(readReport(join(folder, "plain.sock"))).rejects.toMatchObject({ details: { reason: "ECONNREFUSED" } });
    expect(await findReportSockets(join(folder, "empty"))).toEqual([]);
    expect(await findReportSockets(join(folder, "nowhere"))).toEqual([]);
  });

  test("does not wait for ever, nor take what is no report", async () => {
    const folder = scratch();
    const path = join(folder, "s.sock");
    const server = createServer((socket) => void socket.on("error", () => undefined).write("{"));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => void server.close());
    const clock = createFakeClock();
    const waiting = readReport(path, { clock, timeoutMs: 1000 });
    await Promise.all([expect(waiting).rejects.toMatchObject({ details: { reason: "timeout" } }), clock.advance(1000)]);
  });

  test("refuses an answer that is not JSON", async () => {
    const path = join(scratch(), "s.sock");
    const server = createServer((socket) => socket.end("not json"));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => void server.close());
    await expect(readReport(path)).rejects.toMatchObject({ details: { reason: "not-json" } });
  });
});

test("names are read back; other files are not sockets", () => {
  expect(parseReportSocketName(reportSocketName("a.report-b", 12, 3))).toEqual({
    stem: "a.report-b",
    pid: 12,
    isLocal: true,
  });
  for (const name of ["shop.jsonl", "shop.report-12.sock", ".report-000000-1.sock", "shop.report-00000g-1.sock"]) {
    expect(parseReportSocketName(name)).toBeUndefined();
  }
});
