import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const VALIDATION = fileURLToPath(new URL("../../dist/reload/validation.js", import.meta.url));

const PROGRAM = `
  import { openSync } from "node:fs";
  import { Validation } from ${JSON.stringify(VALIDATION)};
  const validation = new Validation({ configFile: { input: "in" }, validate: ["true"] }, { line: (text) => text });
  const check = () => validation.check({ file: undefined, directories: [] }, new AbortController().signal);
  await check();
  try {
    for (;;) openSync("/dev/null");
  } catch (error) {
    console.log(error.code);
  }
  console.log(await check().then(() => "valid", (error) => error.constructor.name + ": " + error.message));
`;

test("a validating command that no descriptors are left for could not be run, which may pass, and ends nothing", () => {
  const limited = ["-c", 'ulimit -n 512 && exec "$0" "$@"', process.execPath, "--input-type=module", "-e", PROGRAM];
  const { stdout, stderr } = spawnSync("sh", limited, { encoding: "utf8" });
  expect({ stdout, stderr }).toEqual({
    stdout: "EMFILE\nRetryableError: The command true could not be run (EMFILE).\n",
    stderr: "",
  });
});
