import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { viewOfFolder } from "../src/index.ts";

test("a folder's view shows files, and neither folders, links, markers nor what is kept for the hand-off itself", async () => {
  const path = await mkdtemp(join(tmpdir(), "plumbline-view-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const view = viewOfFolder(join(path, "inbox"), ".control");
  expect(await view.visible()).toEqual([]);
  expect(await view.staged()).toBe(0);
  await view.put("a/b.bin", Buffer.from("content"));
  expect(await readFile(join(path, "inbox/a/b.bin"), "utf8")).toBe("content");
  await mkdir(join(path, "inbox/.control/staging"), { recursive: true });
  await writeFile(join(path, "inbox/.control/staging/one.part"), "");
  await writeFile(join(path, "inbox/a/b.bin.ready"), "");
  await symlink(join(path, "elsewhere"), join(path, "inbox/link"));
  expect(await view.visible()).toEqual(["a/b.bin"]);
  expect(await view.staged()).toBe(1);
  expect(Buffer.from((await view.read("a/b.bin")) ?? "").toString()).toBe("content");
  expect(await view.read("nothing")).toBeUndefined();
  await expect(Promise.resolve(view.read("a"))).rejects.toMatchObject({ code: "EISDIR" });
});
