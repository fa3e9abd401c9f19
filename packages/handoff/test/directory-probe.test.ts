import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { createDirectoryDestination } from "../src/index.ts";
import { createFolderFixture } from "./directory-fixture.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("what is tried out side by side is over when one of it has failed, and nothing of it is left", async () => {
  const fixture = await createFolderFixture();
  const destination = createDirectoryDestination({ path: fixture.path });
  await destination.start();
  let calls = 0;
  let underWay = 0;
  const handle = await open(fixture.path);
  const proto = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  vi.spyOn(proto, "sync").mockImplementation(async () => {
    calls += 1;
    if (calls === 1) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    underWay += 1;
    await setTimeout(5);
    underWay -= 1;
  });
  await expect(destination.start()).rejects.toMatchObject({ code: "PLB_HANDOFF_LACKS" });
  expect({ calls, underWay }).toEqual({ calls: 5, underWay: 0 });
  expect(await readdir(join(fixture.control, "staging"))).toEqual([]);
  expect((await readdir(fixture.path)).filter((name) => name.includes("probe"))).toEqual([]);
  await fixture.close?.();
});
