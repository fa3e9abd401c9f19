import { open } from "node:fs/promises";
import { destinationContract } from "@plumbline/testing";
import { describe, expect, test } from "vitest";
import { directory, type DirectoryOptions } from "../src/index.ts";
import { createFolderFixture, type FolderFixture } from "./directory-fixture.ts";

for (const publish of ["atomic", "linear", "marker"] as const) {
  describe(`the destination contract, publish: ${publish}`, () => {
    const cases = destinationContract<DirectoryOptions, FolderFixture>({
      plugin: directory,
      setup: () => createFolderFixture({ publish }),
      sizes: [262_144, 524_288],
      maxNameBytes: publish === "marker" ? 249 : 255,
      invalidOptions: [{}, { path: 1 }, { path: "x", publish: "soon" }, { path: "x", mode: "rw" }],
      ...(publish === "atomic" ? { damage: async (_fixture, { ref }) => flipByte(ref, 123_456) } : {}),
    });
    test.each([...cases])("$name", async ({ run }) => run());
  });
}

async function flipByte(path: string, at: number): Promise<void> {
  const handle = await open(path, "r+");
  try {
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
    await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at);
  } finally {
    await handle.close();
  }
}

test("the suite is not empty", () => {
  expect(destinationContract({ plugin: directory, setup: () => createFolderFixture() }).length).toBeGreaterThan(20);
});
