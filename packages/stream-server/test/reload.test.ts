import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { start } from "@plumbline/sdk";
import { expect, onTestFinished, test } from "vitest";
import { followStream } from "../src/client.ts";
import { readToken, streamServer } from "../src/index.ts";
import { openJournal, range, serve, tempFolder } from "./scene.ts";

test("a reload hands the port over: a follower goes on with the next server, and misses nothing", async () => {
  const cwd = await tempFolder();
  const probe = await serve({ journal: (await openJournal()).journal });
  const listen = new URL(probe.url).host;
  await probe.close();
  const write = (heartbeat: string): void =>
    writeFileSync(
      join(cwd, "plumbline.yaml"),
      `service: { name: shop }
journal: { path: ./shop.jsonl }
services: { live: { use: "@plumbline/stream-server", listen: "${listen}", tokenFile: ./token, heartbeat: ${heartbeat} } }
`,
    );
  write("5s");
  const telemetry = await start({ cwd, env: {}, handleSignals: false, flushOnExit: false, plugins: [streamServer] });
  onTestFinished(() => telemetry.close());
  const url = `http://${listen}`;
  expect(telemetry.report().services).toMatchObject([{ path: "services.live", status: { url, subscribers: 0 } }]);
  const token = await readToken(join(cwd, "token"));
  const follower = followStream({ url, token, cursor: "earliest", retry: { initialMs: 10, maxMs: 50 } });
  onTestFinished(() => follower.close());
  const seen: unknown[] = [];
  const following = (async () => {
    for await (const item of follower) {
      if (item.kind === "events") seen.push(...item.lines.map((line) => line.event()["name"]));
      if (seen.length >= 40) return;
    }
  })();
  for (const n of range(1, 20)) telemetry.emit(`order.n${n}`);
  await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(20);
  write("6s");
  expect(await telemetry.reload()).toMatchObject({ outcome: "applied", changed: ["services.live"] });
  for (const n of range(21, 40)) telemetry.emit(`order.n${n}`);
  await following;
  expect(seen).toEqual(range(1, 40).map((n) => `order.n${n}`));
});
