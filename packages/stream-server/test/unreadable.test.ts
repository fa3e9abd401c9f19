import { rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { followStream } from "../src/client.ts";
import { openJournal, serve, Subscriber, tempFolder } from "./scene.ts";

test("a journal that cannot be read is a failure here: told to the operator, and followers come back", async () => {
  const scene = await openJournal();
  await scene.append(2);
  const path = join(await tempFolder(), "checkout.jsonl");
  await symlink(path, path); // cannot be opened
  const cursor = `${scene.epoch}:1`;
  const code = "PLB_JSONL_READ_FAILED";
  const told: unknown[] = [];
  const diagnostics = { warn: () => undefined, error: (...all: unknown[]) => told.push(all) };
  const { url } = await serve({ journal: path, diagnostics });
  const answer = await fetch(`${url}/events?cursor=${cursor}`);
  expect([answer.status, await answer.json()]).toMatchObject([500, { code }]);
  const facts = { code, message: `${path} could not be read: ELOOP.` };
  expect(told).toEqual([["A stream server could not answer a request.", facts]]);
  const client = await new Subscriber(url, `cursor=${cursor}`).until(({ closed }) => closed !== undefined);
  expect(client.closed?.code).toBe(4500);
  expect(told.slice(1)).toEqual([["A stream server could not serve a subscriber.", facts]]);
  const follower = followStream({ url, cursor, retry: { initialMs: 5, maxMs: 20 } });
  const next = follower.next();
  await expect.poll(() => told.length, { timeout: 10_000 }).toBeGreaterThan(3);
  await writeFile(`${path}.new`, `${scene.lines.join("\n")}\n`);
  await rename(`${path}.new`, path);
  expect(await next).toMatchObject({ value: { kind: "events", cursor: `${scene.epoch}:2` } });
  await follower.close();
  // What a subscriber asks for in vain is no matter of the operator's.
  told.length = 0;
  const refusal = await fetch(`${url}/events?cursor=nonsense`);
  await refusal.text();
  expect(refusal.status).toBe(400);
  expect(told).toEqual([]);
});
