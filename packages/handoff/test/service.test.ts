import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parsePluginOptions, type PluginContext, type Service } from "@plumbline/core";
import { createTestContext } from "@plumbline/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHandoffService, handoff, type HandoffEvent } from "../src/index.ts";
import { createScene, type Scene } from "./scene.ts";

/** Pick-ups of somebody else's. */
const MODULE = `
const text = (value) => new TextEncoder().encode(value);
export const other = { id: "far-away/other", kind: "pickup", apiVersion: 1, create: () => ({ items: async function* () {}, close() {} }) };
export const letters = {
  id: "far-away/letters",
  kind: "pickup",
  apiVersion: 1,
  options: { "~standard": { version: 1, vendor: "test", validate: (value) => ("letters" in value ? { value } : { issues: [{ message: "letters are missing", path: ["letters"] }] }) } },
  create: ({ letters }) => ({
    async *items() {
      for (const letter of letters) {
        yield {
          key: letter, name: letter, guarantee: "committed", evidence: ["committed: it is a letter"], size: 1,
          async *read() { yield text(letter); },
          async recheck() {},
          async settle() {},
        };
      }
    },
    close() {},
  }),
};
`;

let scene: Scene;
let context: PluginContext;
beforeEach(async () => {
  scene = await createScene();
  context = { ...createTestContext(), baseDir: scene.base };
  const folder = join(scene.base, "node_modules", "far-away");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "name": "far-away", "version": "1.0.0", "exports": "./index.mjs" }');
  await writeFile(join(folder, "index.mjs"), MODULE);
  await writeFile(join(scene.base, "none.mjs"), "export const nothing = 1;\n");
});
afterEach(async () => scene[Symbol.asyncDispose]());

async function serviceOf(options: Readonly<Record<string, unknown>>, events: HandoffEvent[] = []): Promise<Service> {
  const read = await parsePluginOptions(handoff, { to: "to", state: "state", ...options });
  return createHandoffService(read, context, (event) => events.push(event));
}

async function handsOn(options: Readonly<Record<string, unknown>>, count: number): Promise<readonly string[]> {
  const events: HandoffEvent[] = [];
  const service = await serviceOf(options, events);
  try {
    await service.start();
    await expect.poll(() => events.filter(({ kind }) => kind === "delivered").length, { timeout: 20_000 }).toBe(count);
  } finally {
    await service.close();
  }
  return scene.arrived();
}

test("`from` names a folder", async () => {
  await scene.make("a.txt", "a");
  expect(await handsOn({ from: "from", commit: "rename" }, 1)).toEqual(["a.txt"]);
});

test("`from` names a pick-up of another package by its id, with options of its own", async () => {
  expect(await handsOn({ from: { use: "far-away/letters", letters: ["x", "y"] } }, 2)).toEqual(["x", "y"]);
});

test("options of the pick-up are its own: those for folders are refused beside it, and its own are checked", async () => {
  const from = { use: "far-away/letters", letters: ["x"] };
  for (const misplaced of [{ after: "delete" }, { settle: "1s" }, { units: "folders" }, { recursive: true }]) {
    const service = await serviceOf({ from, ...misplaced });
    await expect(service.start()).rejects.toMatchObject({
      code: "PLB_HANDOFF_OPTIONS_INVALID",
      message: expect.stringContaining(`\`${Object.keys(misplaced)[0] ?? ""}\``),
    });
  }
  const incomplete = await serviceOf({ from: { use: "far-away/letters" } });
  await expect(incomplete.start()).rejects.toMatchObject({ code: "PLB_PLUGIN_OPTIONS_INVALID" });
});

test("a pick-up that is not there is an error that says what to install; so is a package that has none", async () => {
  for (const from of ["gopher://host/x", { use: "@plumbline/handoff-gopher" }]) {
    await expect((await serviceOf({ from })).start()).rejects.toMatchObject({
      code: "PLB_HANDOFF_OPTIONS_INVALID",
      message: expect.stringContaining("npm install @plumbline/handoff-gopher"),
    });
  }
  await expect((await serviceOf({ from: { use: "./none.mjs" } })).start()).rejects.toMatchObject({
    code: "PLB_HANDOFF_OPTIONS_INVALID",
    message: expect.stringContaining("has no pickup"),
  });
});
