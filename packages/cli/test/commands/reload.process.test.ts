import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startCommand, type Running } from "../command-process.ts";
import { startTarget } from "../reload/programmed-target.ts";
import { temporaryFolder } from "../temporary-folder.ts";

async function until(fits: () => boolean): Promise<void> {
  while (!fits()) await new Promise((resolve) => setTimeout(resolve, 10));
}

function start(cwd: string, url: string): Running {
  const running = startCommand(
    [
      "reload",
      "--config-file=in/config",
      "--config-envsubst-file=out/config",
      `--reload-url=${url}`,
      "--retry-interval=20ms",
      "--max-retry-interval=20ms",
    ],
    cwd,
  );
  onTestFinished(() => {
    running.process.kill("SIGKILL");
  });
  return running;
}

function scene() {
  const cwd = temporaryFolder();
  for (const name of ["in", "out"]) mkdirSync(join(cwd, name));
  const write = (text: string): void => {
    writeFileSync(join(cwd, "in/.new"), text);
    renameSync(join(cwd, "in/.new"), join(cwd, "in/config"));
  };
  return { cwd, write, written: () => readFileSync(join(cwd, "out/config"), "utf8") };
}

test("SIGTERM in the middle of a reload ends it at once, whole, with 143", async () => {
  const { cwd, write, written } = scene();
  const target = await startTarget();
  write("first");
  const running = start(cwd, target.url);
  await until(() => target.reloads() === 1);
  target.answer(() => () => undefined);
  write("second");
  await until(() => target.answered.length === 2);
  running.process.kill("SIGTERM");
  expect(await running.finished).toMatchObject({ code: 143, signal: null });
  expect(written()).toBe("second");
  expect(readdirSync(join(cwd, "out")).sort()).toEqual([".config.last-good", "config"]);
});

test("SIGKILL at any step loses nothing: the next start brings the newest good content to the target", async () => {
  const { cwd, write, written } = scene();
  const target = await startTarget();
  write("good 0");
  let running = start(cwd, target.url);
  await until(() => target.reloads() === 1);
  for (let round = 1; round <= 4; round++) {
    // In the middle of a request, whose content is in the output and was never confirmed.
    target.answer(() => () => undefined);
    const asked = target.answered.length;
    write(round % 2 === 0 ? `faulty ${round}` : `good ${round}`);
    await until(() => target.answered.length > asked);
    running.process.kill("SIGKILL");
    await running.finished;
    // An edit while nobody looks.
    if (round === 3) write("good 3, edited");
    target.answer(() => (written().startsWith("faulty") ? 500 : 200));
    const reloads = target.reloads();
    running = start(cwd, target.url);
    const expected = ["", "good 1", "good 1", "good 3, edited", "good 3, edited"][round];
    await until(() => target.reloads() > reloads && written() === expected);
  }
  running.process.kill("SIGTERM");
  expect((await running.finished).code).toBe(143);
  // What a killed process has left beside the output is gone too.
  expect(readdirSync(join(cwd, "out")).filter((name) => name !== "config" && name !== ".config.last-good")).toEqual([]);
});
