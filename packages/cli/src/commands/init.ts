import { readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { createErrorFactory, errorCode } from "@plumbline/core";
import type { Command } from "commander";
import { createCommand } from "../command.ts";
import { configTemplate } from "../config-template.ts";
import { CLI_ERRORS } from "../error-codes.ts";
import { EXIT, type ExitCode, type Report } from "../exit-code.ts";
import type { Console } from "../terminal/console.ts";
import { safeText } from "../terminal/safe-text.ts";

const cliError = createErrorFactory(CLI_ERRORS);

export interface InitOptions {
  /** Overwrite what is there. */
  readonly force?: boolean;
}

export function initCommand(console: Console, report: Report): Command {
  return createCommand({
    name: "init",
    summary: "write a commented plumbline.yaml to start from",
    examples: [
      { type: "plumbline init", does: "writes ./plumbline.yaml, unless there is one" },
      { type: "plumbline init config/telemetry.yaml", does: "writes another file; name it in PLUMBLINE_CONFIG" },
      { type: "plumbline init --force", does: "overwrites what is there" },
    ],
  })
    .argument("[file]", "the file to write", "plumbline.yaml")
    .option("-f, --force", "overwrite the file if it is there")
    .action(async (file: string, options: InitOptions) => {
      report(await init(console, file, options));
    });
}

/** Writes a commented config for the service in the working directory. */
async function init(console: Console, file: string, options: InitOptions): Promise<ExitCode> {
  const path = resolve(console.cwd, file);
  const text = configTemplate(await serviceName(console.cwd));
  try {
    // `wx` refuses in the same step in which it creates: nothing can come between a look and the write.
    await writeFile(path, text, { flag: options.force === true ? "w" : "wx" });
  } catch (error) {
    const code = errorCode(error);
    if (code === "EEXIST")
      throw cliError("PLB_CLI_FILE_EXISTS", { message: `You have a ${file} already.`, details: { path } });
    throw cliError("PLB_CLI_OUTPUT_FAILED", {
      message: `${file} could not be written (${code}).`,
      cause: error,
      details: { path, code },
    });
  }
  console.out.print(`${console.colours.green("wrote")} ${safeText(file)}\n`);
  console.err.print(
    `${console.errColours.dim("next: npx plumbline validate, then start(…) from @plumbline/sdk in the service")}\n`,
  );
  return EXIT.ok;
}

/** The name in package.json without its scope, else the folder's; reduced to what a YAML scalar and a file name can hold. */
async function serviceName(cwd: string): Promise<string> {
  const name = (await packageName(cwd)) ?? basename(cwd);
  const plain = name
    .replace(/^@[^/]+\//, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z]+/, "");
  return plain === "" ? "my-service" : plain;
}

async function packageName(cwd: string): Promise<string | undefined> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(cwd, "package.json"), "utf8"));
    const isNamed = typeof manifest === "object" && manifest !== null && "name" in manifest;
    return isNamed && typeof manifest.name === "string" && manifest.name !== "" ? manifest.name : undefined;
  } catch {
    return undefined; // no package.json, or none that can be read: the folder's name will do
  }
}
