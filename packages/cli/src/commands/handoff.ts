import { type Command, Option } from "commander";
import { createCommand } from "../command.ts";
import type { Report } from "../exit-code.ts";
import { handoffStatus, type LookOptions, receiveHandoff, verifyHandoff } from "../handoff/look-handoff.ts";
import { explain, handOnOnce, type JudgingOptions, type OnceOptions, runHandoffs } from "../handoff/run-handoff.ts";
import type { Console } from "../terminal/console.ts";

const DETAILS = `
A file is picked up when its producer is done with it: by what the producer commits (--commit), else when no process has it open for writing and nothing
of its identity has changed for --settle. At the destination it is staged where nobody looks, verified, and appears under its name in one step.
A destination is a folder, or an address: sftp://user@host/path needs @plumbline/handoff-sftp, s3://bucket/prefix needs @plumbline/handoff-s3.
The source of once may be an address, too, where its package has a pick-up: s3://bucket/prefix.
`;

export function handoffCommand(console: Console, report: Report): Command {
  return createCommand({
    name: "handoff",
    summary: "hand files on so that nobody sees one before it is whole",
    details: DETAILS,
    examples: [
      { type: "plumbline handoff once out/ /mnt/archive --commit rename", does: "all that is in a folder now" },
      { type: "plumbline handoff explain out/report.csv", does: "why a file is or is not ready" },
      { type: "plumbline handoff receive /mnt/archive taken/", does: "the other side: each file once, verified" },
    ],
  })
    .addCommand(onceCommand(console, report))
    .addCommand(runCommand(console, report))
    .addCommand(explainCommand(console, report))
    .addCommand(statusCommand(console, report))
    .addCommand(verifyCommand(console, report))
    .addCommand(receiveCommand(console, report));
}

function onceCommand(console: Console, report: Report): Command {
  const command = createCommand({
    name: "once",
    summary: "hand on a file, or what is in a folder or bucket now, and end",
    examples: [
      { type: "plumbline handoff once backup.tar /mnt/archive", does: "one file" },
      {
        type: "plumbline handoff once out/ /mnt/in --commit marker --after delete",
        does: "what has a .done beside it, and remove it here",
      },
      {
        type: "plumbline handoff once s3://telemetry/logs/ sftp://in@host/inbox --set-source marker=.done",
        does: "objects of a bucket that have a .done beside them",
      },
    ],
  })
    .argument("<source>", "a file, a folder, or an address")
    .argument("<destination>", "a folder, or an address")
    .option("-r, --recursive", "folders below, too")
    .addOption(
      new Option("--overwrite <rule>", "when the name is taken").choices(["same", "never", "replace"]).default("same"),
    )
    .addOption(
      new Option("--after <what>", "what becomes of delivered files")
        .choices(["keep", "delete", "move", "compress"])
        .default("keep"),
    )
    .option("--give-up-after <duration>", "how long a file is tried whose failure may pass", "5m")
    .option(
      "--state <folder>",
      "the crash journal (default: below the user's state folder, by source and destination)",
    );
  return withSet(withJudging(command))
    .option(
      "--set-source <name=value>",
      "an option of an address that is the source, likewise; may be repeated",
      collect,
      [],
    )
    .option("--json", "JSON lines, on a terminal too")
    .action(async (source: string, destination: string, options: OnceOptions) => {
      report(await handOnOnce(console, source, destination, options));
    });
}

function runCommand(console: Console, report: Report): Command {
  return createCommand({
    name: "run",
    summary: "run the hand-offs of a config until stopped",
    details:
      "What the config leaves out here by `enabled` or `when` is left out, and `assert` is kept to. `from: journal` is the journal that the config's service writes, and its state stands where the service itself would keep it. A hand-off that fails says so and begins again by itself, more and more seldom.",
    examples: [
      {
        type: "plumbline handoff run plumbline.yaml",
        does: 'the services with use: "@plumbline/handoff", and nothing else',
      },
    ],
  })
    .argument("[config]", "the config; without it PLUMBLINE_CONFIG, else plumbline.{yaml,yml,json,mjs} here")
    .action(async (config: string | undefined) => {
      report(await runHandoffs(console, config));
    });
}

function explainCommand(console: Console, report: Report): Command {
  const command = createCommand({
    name: "explain",
    summary: "tell why a file is or is not judged ready, evidence by evidence",
    examples: [
      { type: "plumbline handoff explain out/report.csv --settle 5s", does: "looks twice, five seconds apart" },
    ],
  }).argument("<file>", "the file");
  return withJudging(command)
    .option("--json", "one JSON object")
    .action(async (file: string, options: JudgingOptions & { readonly json?: boolean }) => {
      report(await explain(console, file, options));
    });
}

function statusCommand(console: Console, report: Report): Command {
  return createCommand({
    name: "status",
    summary: "tell how deliveries stand, from a state folder",
    examples: [{ type: "plumbline handoff status telemetry/handoff", does: "while its uploader runs, or after" }],
  })
    .argument("<state>", "the state folder")
    .option("--json", "one JSON object")
    .action(async (state: string, options: Pick<LookOptions, "json">) => {
      report(await handoffStatus(console, state, options));
    });
}

function verifyCommand(console: Console, report: Report): Command {
  const command = createCommand({
    name: "verify",
    summary: "compare manifests with what stands at the destination",
    examples: [{ type: "plumbline handoff verify /mnt/archive", does: "reads every file that has a manifest" }],
  }).argument("<destination>", "a folder, or an address");
  return withSet(command)
    .option("--json", "a JSON object a line")
    .action(async (destination: string, options: LookOptions) => {
      report(await verifyHandoff(console, destination, options));
    });
}

function receiveCommand(console: Console, report: Report): Command {
  return createCommand({
    name: "receive",
    summary: "the other side: take each file once, when its manifest says that it is whole",
    examples: [
      { type: "plumbline handoff receive /srv/in taken/ --once", does: "what is there now; a JSON object a line" },
    ],
  })
    .argument("<folder>", "the folder that files are handed on to")
    .argument("<to>", "where they are taken to, on the same file system")
    .option("--control <folder>", "the destination's folder of manifests, where it is not .plumbline-handoff")
    .option("--once", "take what is there, and end")
    .action(async (folder: string, to: string, options: { readonly once?: boolean; readonly control?: string }) => {
      report(await receiveHandoff(console, folder, to, options));
    });
}

function withJudging(command: Command): Command {
  return command
    .addOption(
      new Option("--commit <rule>", "how the producer says that it is done (default: not at all)").choices([
        "none",
        "rename",
        "marker",
        "manifest",
      ]),
    )
    .option("--commit-ending <ending>", "of a marker or manifest (default: .done, .sha256)")
    .addOption(
      new Option("--require <guarantee>", "the least that must be known (default: no-writer)").choices([
        "committed",
        "no-writer",
        "quiescent",
      ]),
    )
    .option("--settle <duration>", "how long nothing may change where nothing is committed (default: 2s)");
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function withSet(command: Command): Command {
  return command.option(
    "--set <name=value>",
    "an option of the destination, as text, number, true or false; may be repeated",
    collect,
    [],
  );
}
