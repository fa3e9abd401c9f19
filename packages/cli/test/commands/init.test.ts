import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configJsonSchema } from "@plumbline/sdk";
import { expect, test } from "vitest";
import { configTemplate } from "../../src/config-template.ts";
import { EXIT } from "../../src/exit-code.ts";
import { runCommand } from "../recorded-console.ts";
import { temporaryFolder } from "../temporary-folder.ts";

test("writes a commented config with the service's name", async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ name: "@acme/checkout" }));
  expect(await runCommand(["init"], { cwd })).toMatchObject({ code: EXIT.ok, out: "wrote plumbline.yaml\n" });
  const text = readFileSync(join(cwd, "plumbline.yaml"), "utf8");
  expect(text).toContain("name: checkout\n");
  expect(text).toMatch(/^# /);
});

test("takes the folder's name where there is no package.json", async () => {
  const cwd = temporaryFolder();
  await runCommand(["init"], { cwd });
  expect(readFileSync(join(cwd, "plumbline.yaml"), "utf8")).toMatch(/name: plumbline-cli-\w+\n/);
});

test("does not overwrite a file unless it is told to", async () => {
  const cwd = temporaryFolder();
  const path = join(cwd, "plumbline.yaml");
  writeFileSync(path, "mine");
  const refused = await runCommand(["init"], { cwd });
  expect(refused.code).toBe(EXIT.usage);
  expect(refused.err).toContain("PLB_CLI_FILE_EXISTS");
  expect(readFileSync(path, "utf8")).toBe("mine");

  expect(await runCommand(["init", "--force"], { cwd })).toMatchObject({ code: EXIT.ok });
  expect(readFileSync(path, "utf8")).not.toBe("mine");
});

test("says why it could not write", async () => {
  const { code, err } = await runCommand(["init", "no/such/folder.yaml"], { cwd: temporaryFolder() });
  expect(code).toBe(EXIT.failed);
  expect(err).toContain("ENOENT");
});

/** The template with everything switched on that is commented out. */
const switchedOn = configTemplate("shop").replace(/^( *)#(?=\S)/gm, "$1");

test("writes a config that is valid as it is, and with everything in it switched on", async () => {
  const cwd = temporaryFolder();
  await runCommand(["init"], { cwd });
  expect(await runCommand(["validate"], { cwd })).toMatchObject({
    code: EXIT.ok,
    out: "ok: plumbline.yaml is valid\n",
  });
  writeFileSync(join(cwd, "all.yaml"), switchedOn);
  expect(await runCommand(["validate", "all.yaml"], { cwd })).toMatchObject({
    code: EXIT.ok,
    out: "ok: all.yaml is valid\n",
  });
});

test("shows every section that there is", () => {
  const { properties } = configJsonSchema();
  const sections = Object.keys(properties as object).filter((name) => name !== "$schema");
  expect(sections.length).toBeGreaterThan(5);
  for (const section of sections) expect(switchedOn).toMatch(new RegExp(`^${section}:`, "m"));
});
