import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { subscribe } from "@plumbline/stream";
import { expect, onTestFinished, test, vi } from "vitest";
import { followStream } from "../src/client.ts";
import { recordRun } from "../../stream/test/record-run.ts";
import { Subscriber, tempFolder } from "./scene.ts";

/** A program of `test/programs`, running on `dist`, and what it has said. It is killed with the test. */
class Program {
  readonly child: ChildProcessWithoutNullStreams;
  readonly #over: Promise<void>;
  #said = "";

  constructor(name: string, ...args: string[]) {
    const program = fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url));
    this.child = spawn(process.execPath, ["--expose-gc", program, ...args], { stdio: "pipe" });
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#said += text));
    this.#over = new Promise((resolve) => this.child.once("close", () => resolve()));
    onTestFinished(() => void this.child.kill("SIGKILL"));
  }

  /** Its whole lines, once there are so many. */
  async said(count: number): Promise<readonly string[]> {
    await vi.waitUntil(() => this.lines.length >= count, { timeout: 60_000, interval: 4 });
    return this.lines;
  }

  get lines(): readonly string[] {
    return this.#said.split("\n").slice(0, -1);
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.#over;
  }

  get ended(): Promise<void> {
    return this.#over;
  }
}

/** The long form: PLUMBLINE_KILLS=30. */
const ROUNDS = Number(process.env["PLUMBLINE_KILLS"] ?? 2);

async function idsOf(path: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const item of subscribe(path, { cursor: "earliest" })) {
    if (item.kind === "events") ids.push(...item.lines.map(({ id }) => id));
    if (item.kind !== "gap" && item.isLive) break;
  }
  return ids;
}

test(
  "writer and server are killed with -9 and come back, and again: the follower has the journal, exactly",
  { timeout: 120_000 + ROUNDS * 30_000 },
  async () => {
    const folder = await tempFolder();
    const path = join(folder, "checkout.jsonl");
    let writer = new Program("write", folder);
    await writer.said(2);
    let server = new Program("serve", path, "127.0.0.1:0");
    const url = (await server.said(1))[0] ?? "";
    const listen = new URL(url).host;
    const follower = followStream({ url, cursor: "earliest", retry: { initialMs: 20, maxMs: 50 } });
    const ids: string[] = [];
    const gaps: string[] = [];
    const following = (async () => {
      for await (const item of follower) {
        if (item.kind === "events") ids.push(...item.lines.map(({ id }) => id));
        // Where an epoch ended is not known for certain: such a gap is of nothing.
        if (item.kind === "gap" && item.missing !== undefined) gaps.push(`${item.from} ${item.to} ${item.reason}`);
      }
    })();
    for (let round = 0; round < ROUNDS; round++) {
      const had = ids.length;
      await vi.waitUntil(() => ids.length > had + 100, { timeout: 60_000, interval: 4 });
      await writer.kill();
      writer = new Program("write", folder, ...(round === ROUNDS - 1 ? ["600"] : []));
      await writer.said(2);
      await server.kill();
      server = new Program("serve", path, listen);
      await server.said(1);
    }
    await writer.ended;
    const wanted = await idsOf(path);
    await vi.waitUntil(() => ids.length >= wanted.length, { timeout: 60_000, interval: 4 });
    await follower.close();
    await following;
    expect(ids).toEqual(wanted);
    expect(gaps).toEqual([]);
    expect(new Set(ids.map((id) => id.split(":")[0])).size).toBe(ROUNDS + 1);
    recordRun("follower", { "kills of each": ROUNDS, events: ids.length, missing: 0, repeated: 0, "out of order": 0 });
  },
);

test("a subscriber that has stopped costs its server less than 1 MiB", { timeout: 120_000 }, async () => {
  const folder = await tempFolder();
  const writer = new Program("write", folder, "600", "40000");
  await writer.ended;
  const server = new Program("serve", join(folder, "checkout.jsonl"), "127.0.0.1:0");
  const url = (await server.said(1))[0] ?? "";
  const measure = async (): Promise<{ bytes: number; blocked: number }> => {
    const before = server.lines.length;
    server.child.stdin.write("\n");
    return JSON.parse((await server.said(before + 1))[before] ?? "") as { bytes: number; blocked: number };
  };
  await measure();
  const { bytes: before } = await measure();
  const COUNT = 10;
  const clients = Array.from({ length: COUNT }, () => new Subscriber(url, "cursor=earliest"));
  for (const client of clients) {
    await client.until(({ frames }) => frames.length > 0);
    client.socket.pause();
  }
  await vi.waitUntil(async () => (await measure()).blocked === COUNT, { timeout: 60_000, interval: 50 });
  const { bytes: after } = await measure();
  expect((after - before) / COUNT).toBeLessThan(1024 * 1024);
  expect(after - before).toBeGreaterThan(0);
});
