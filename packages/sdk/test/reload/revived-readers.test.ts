import { type Clock, createSystemClock } from "@plumbline/core";
import { readdirSync } from "node:fs";
import { expect, onTestFinished, test, vi } from "vitest";
import { run, type Running, World } from "./world.ts";

const yaml = (journal: string, mark: number, more = ""): string =>
  `service: { name: shop }\njournal: { path: ./${journal}.jsonl }\nsinks: { a: { use: rec, holds: "x", delivery: journal, mark: ${mark}${more} } }\n`;
const refuses = ", refuses: true";

const keptOf = ({ cwd }: Running): readonly string[] =>
  readdirSync(cwd).filter((name) => /^j\.(?:cursor|hold)-/.test(name));

/** What is said on stderr from now on. */
function hear(): () => string {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => write.mockRestore());
  return () => write.mock.calls.map(([text]) => String(text)).join("");
}

/** Has the far side of every reader that is started be away. */
async function failToRestore(world: World, { edit, telemetry }: Running, next: string): Promise<void> {
  world.onStart = () => {
    throw new Error("the far side is away");
  };
  await expect(edit(next)).rejects.toMatchObject({ code: "PLB_START_FAILED" });
  expect(telemetry.report().reload.down).toEqual(["sinks.a"]);
}

test("a reader that could not be made again keeps its place in a journal that is left, which is said, and goes on there", async () => {
  const world = new World();
  const said = hear();
  const running = await run(world, yaml("j", 0, refuses));
  const { telemetry, edit } = running;
  for (let n = 0; n < 20; n++) telemetry.emit(`e${n}`);
  await expect.poll(() => keptOf(running)).toEqual(["j.cursor-a", "j.hold-a"]);
  await failToRestore(world, running, yaml("j", 1, refuses));

  world.onStart = () => undefined;
  await edit(yaml("k", 1));
  await expect.poll(said).toContain("PLB_FLUSH_INCOMPLETE");
  expect(keptOf(running)).toEqual(["j.cursor-a", "j.hold-a"]);
  await expect.poll(() => telemetry.report().reload.down).toEqual([]);

  await edit(yaml("j", 2));
  telemetry.emit("last");
  await telemetry.flush();
  const names = world.of("a").flatMap(({ lines }) => lines.filter((name) => !name.startsWith("plumbline.")));
  expect(names).toEqual([...Array.from({ length: 20 }, (_, n) => `e${n}`), "last"]);
});

test("a reader that is started again after all is flushed and closed as any other", async () => {
  const world = new World();
  hear();
  const clock = createSystemClock();
  // The pause before the second attempt.
  const hasty: Clock = {
    ...clock,
    setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs >= 500 && delayMs <= 1000 ? 0 : delayMs),
  };
  const running = await run(world, yaml("j", 0), { clock: hasty });
  const { telemetry } = running;
  await failToRestore(world, running, yaml("j", 1));
  world.onStart = () => undefined;
  await expect.poll(() => telemetry.report().reload.down).toEqual([]);

  let release: () => void = () => undefined;
  world.onWrite = () => new Promise((resolve) => (release = resolve));
  telemetry.emit("waits");
  await expect(telemetry.flush({ timeoutMs: 20 })).rejects.toMatchObject({
    details: { outputs: { a: "PLB_FLUSH_INCOMPLETE" } },
  });
  world.onWrite = () => undefined;
  release();
  await telemetry.flush();
  expect(world.of("a").at(-1)?.lines).toContain("waits");
  await telemetry.close();
  expect(world.lives.map(({ state }) => state)).toEqual(world.lives.map(() => "closed"));
  expect(world.violations).toEqual([]);
});
