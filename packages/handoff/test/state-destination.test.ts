import { readFile } from "node:fs/promises";
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
