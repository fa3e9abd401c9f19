import { join } from "node:path";
import { createRandom } from "@plumbline/testing";
import { expect, test } from "vitest";
import { createFileSink } from "../src/index.ts";
import { finish, startProgram } from "./run-program.ts";
import { makeLine, readIndexes, readLinesOf, temporaryDirectory, verify } from "./scene.ts";

test("kill -9 at any instant loses no line that was acknowledged, tears none, gives no id twice", async () => {
  const seed = Number(process.env["PLUMBLINE_SEED"] ?? 1);
  const random = createRandom(seed);
  const path = join(temporaryDirectory(), "c.jsonl");
  const acknowledged: number[] = [];
  for (let round = 0; round < 6; round++) {
    const child = startProgram("writer", [path, String(round * 1_000_000)]);
    // So many lines after the first: the writer is then in the midst of writing, rotating, compressing.
    const enough = 1 + Math.trunc(random() * 400);
    let seen = 0;
    child.stdout?.on("data", (data) => {
      seen += String(data).split("\n").length - 1;
      if (seen >= enough) child.kill("SIGKILL");
    });
    const { signal, stdout, stderr } = await finish(child);
    expect({ signal, stderr }).toEqual({ signal: "SIGKILL", stderr: "" });
    const whole = stdout.slice(0, stdout.lastIndexOf("\n") + 1);
    acknowledged.push(...whole.split("\n").slice(0, -1).map(Number));
  }
  const sink = createFileSink({ path });
  await sink.start();
  expect(sink.path).toBe(path);
  sink.append(makeLine(99_000_000));
  await sink.close();

  const indexes = await readIndexes(path);
  const there = new Set(indexes);
  expect(there.size, `seed ${seed}`).toBe(indexes.length);
  expect(acknowledged.length).toBeGreaterThan(200);
  expect(
    acknowledged.filter((index) => !there.has(index)),
    `seed ${seed}`,
  ).toEqual([]);
  const ids = (await readLinesOf(path)).map((line) => (JSON.parse(line) as { id: string }).id);
  expect(new Set(ids).size, `seed ${seed}`).toBe(ids.length);
  const report = await verify(path);
  expect(report.counts, `seed ${seed}`).toEqual({});
  expect(report.epochs.length).toBe(7);
});
