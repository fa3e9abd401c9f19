import { readFileSync } from "node:fs";
import { Command } from "commander";
import { doctorCommand } from "./commands/doctor.ts";
import { exportCommand } from "./commands/export.ts";
import { handoffCommand } from "./commands/handoff.ts";
import { initCommand } from "./commands/init.ts";
import { mergeCommand } from "./commands/merge.ts";
import { pipeCommand } from "./commands/pipe.ts";
import { redactCommand } from "./commands/redact.ts";
import { reloadCommand } from "./commands/reload.ts";
import { replayCommand } from "./commands/replay.ts";
import { serveCommand } from "./commands/serve.ts";
import { tailCommand } from "./commands/tail.ts";
import { validateCommand } from "./commands/validate.ts";
import { repairCommand } from "./commands/repair.ts";
import { verifyCommand } from "./commands/verify.ts";
import { EXIT_CODE_HELP, type Report } from "./exit-code.ts";
import type { Console } from "./terminal/console.ts";

/** The `plumbline` command with all its subcommands. Parse with `parseAsync`; usage errors come as `CommanderError`. */
export function createProgram(console: Console, report: Report): Command {
  const program = new Command("plumbline")
    .description("Whole, redacted, accounted-for telemetry: write it, read it, check it.")
    .version(readVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", () => `\nplumbline help <command> has examples.\n\n${EXIT_CODE_HELP}`);
  const commands = [
    initCommand,
    validateCommand,
    doctorCommand,
    pipeCommand,
    verifyCommand,
    repairCommand,
    tailCommand,
    replayCommand,
    serveCommand,
    mergeCommand,
    exportCommand,
    handoffCommand,
    redactCommand,
    reloadCommand,
  ];
  for (const create of commands) program.addCommand(create(console, report));
  for (const command of allOf(program)) {
    command
      .exitOverride()
      .configureOutput({
        writeOut: (text) => console.out.print(text),
        writeErr: (text) => console.err.print(text),
        outputError: (text, write) => write(text.replace(/^error:/, `${console.errColours.red("error")}:`)),
        getOutHelpWidth: () => 100,
        getErrHelpWidth: () => 100,
        // What the help is coloured with is decided here, not by commander's own look at the process.
        getOutHasColors: () => true,
        getErrHasColors: () => true,
      })
      .configureHelp({
        styleTitle: (text) => console.colours.bold(text),
        styleCommandText: (text) => console.colours.cyan(text),
        styleSubcommandText: (text) => console.colours.cyan(text),
        styleOptionText: (text) => console.colours.green(text),
        styleArgumentText: (text) => console.colours.yellow(text),
      })
      .showHelpAfterError(console.errColours.dim(`Try ${command === program ? "" : `${pathOf(command)} `}--help.`));
  }
  return program;
}

/** A command and all below it. */
function allOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}

/** What is typed to reach a command. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown";
}
