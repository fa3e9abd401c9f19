import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createDirectoryDestination } from "../src/index.ts";
import { createScene } from "./scene.ts";

test("a state folder is for one destination: what was delivered there is not delivered elsewhere", async () => {
  await using scene = await createScene();
  const path = await scene.make("a.txt", "a");
  await scene.once();
  const destination = createDirectoryDestination({ path: join(scene.base, "elsewhere") });
  await expect(scene.once({ destination, source: { after: "delete" } })).rejects.toMatchObject({
    code: "PLB_HANDOFF_OTHER_DESTINATION",
  });
  expect(await readFile(path, "utf8")).toBe("a");
  // The same folder, however it is written.
  const same = createDirectoryDestination({ path: join(scene.to, "..", "to") });
  const { counts } = await scene.once({ destination: same });
  expect(counts).toMatchObject({ delivered: 0, aside: 0 });
});

test("a destination that was never reached has nothing of a state folder: another may have it", async () => {
  await using scene = await createScene();
  await scene.make("a.txt", "a");
  await writeFile(join(scene.base, "file"), "");
  const wrong = createDirectoryDestination({ path: join(scene.base, "file", "below") });
  await expect(scene.once({ destination: wrong })).rejects.toMatchObject({ code: "PLB_HANDOFF_LACKS" });
  const lacking = createDirectoryDestination({ path: join(scene.base, "elsewhere"), publish: "linear" });
  const asked = scene.once({ destination: lacking, uploader: { overwrite: "replace" } });
  await expect(asked).rejects.toMatchObject({ code: "PLB_HANDOFF_LACKS" });
  expect((await scene.once()).counts).toMatchObject({ delivered: 1 });
});
