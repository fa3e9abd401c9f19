import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
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
