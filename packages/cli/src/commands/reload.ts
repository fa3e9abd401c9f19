import { Option, type Command } from "commander";
import { createCommand } from "../command.ts";
import type { Report } from "../exit-code.ts";
import type { ReloadCommandOptions } from "../reload/command-options.ts";
import * as parse from "../reload/parse-option.ts";
import type { Console } from "../terminal/console.ts";

const DETAILS = `
What is watched becomes the outputs, and the target is told: at the start, and for each new content, once. Outputs are replaced whole, by a rename.
  $(NAME) and \${NAME} become the variable's value; $$(NAME) is the text $(NAME). Content that begins as gzip does is unpacked.
  Content that names an unset variable, cannot be unpacked or does not validate touches no output.
  When the target refuses content, the outputs go back to the last good ones at once, and it is asked again, more and more seldom. Before the last of
  --max-refusals it is told of the last good ones too: if it takes those and refuses the content once more, the content waits for an edit; if it does
  not, it is asked on. The statuses 408, 425, 429, 502, 503 and 504 are trouble of the target, and never count.
Commands are split at spaces, quotes hold together, no shell is run; {} stands for the path, else the path comes last.
On --listen-address: /metrics for Prometheus; /healthz, 503 with the reasons while what is on disk is not in force; /livez, 503 when the watch is dead.
`;

export function reloadCommand(console: Console, report: Report): Command {
  const command = createCommand({
    name: "reload",
    summary: "beside any server: watch its config, put variables in, and have it reloaded",
    details: DETAILS,
    examples: [
      {
        type: "plumbline reload --config-file in/prometheus.yml --config-envsubst-file out/prometheus.yml --reload-url http://127.0.0.1:9090/-/reload",
        does: "beside Prometheus, with variables",
      },
      {
        type: "plumbline reload --config-file nginx.conf --validate 'nginx -t -c {}' --pidfile /run/nginx.pid",
        does: "nginx by a signal, and only when its own check passes",
      },
      {
        type: "plumbline reload --config-dir rules.in=rules --watch-interval 0",
        does: "write once and end, as an init container does",
      },
    ],
  });
  addInputs(command);
  addTarget(command);
  addTimes(command);
  return command.action(async (options: ReloadCommandOptions) => {
    const { runSidecar } = await import("../reload/run-sidecar.ts");
    report(await runSidecar(console, options));
  });
}

function addInputs(command: Command): void {
  command
    .option("--config-file <file>", "the config to watch")
    .option("--config-envsubst-file <file>", "write it here, with variables put in")
    .option(
      "--config-dir <in=out>",
      "watch a directory, write its files to another; may be repeated",
      parse.appendDirectory,
    )
    .option("--watched-dir <directory>", "watch a directory the target reads itself; may be repeated", parse.appendPath)
    .addOption(
      new Option(
        "--variable-syntax <syntax>",
        "which ways to name a variable are seen: round is $(NAME), curly ${NAME}",
      )
        .choices(["both", "round", "curly"])
        .default("both"),
    )
    .option(
      "--tolerate-missing-variables",
      "leave the name of an unset variable as it is, instead of refusing the content",
    )
    .option(
      "--statefulset-ordinal-from-envvar <name>",
      "set STATEFULSET_ORDINAL_NUMBER to the number that this variable ends in",
    )
    .addOption(
      new Option("--output-mode <bits>", "permission bits of a new output; one that is there keeps its own")
        .argParser(parse.parseMode)
        .default(0o640, "0640"),
    )
    .option("--last-good <file>", "where the last good input is kept (default: beside the first output, hidden)")
    .option("--no-last-good", "keep none")
    .option(
      "--validate <command>",
      "run this on what the config file becomes; an exit code but 0 refuses it",
      parse.parseCommand,
    )
    .option("--validate-each <command>", "run this on each file of --config-dir that has changed", parse.parseCommand)
    .addOption(span("--validate-timeout <duration>", "for making and validating the outputs", 30_000, "30s"));
}

function addTarget(command: Command): void {
  command
    .option("--reload-url <url>", "tell the target by a request")
    .option("--reload-method <method>", "its method (default: POST)")
    .option("--reload-header <header>", "a header of it, name: value; may be repeated", parse.appendHeader)
    .option("--reload-status <list>", "statuses that say: loaded (default: 200)", parse.parseStatuses)
    .option("--refused-status <list>", "statuses that say: bad config, do not ask again", parse.parseStatuses)
    .option("--runtime-info-url <url>", "then ask this page of Prometheus and its kin until it shows the reload")
    .option("--basic-auth-user <name>", "log in with this name")
    .option("--basic-auth-password-file <file>", "and the password in this file, read for each request")
    .option("--bearer-file <file>", "show the token in this file, read for each request")
    .option("--tls-ca-file <file>", "trust these authorities alone, in PEM")
    .option("--tls-cert-file <file>", "show this certificate")
    .option("--tls-key-file <file>", "and its key")
    .option("--tls-server-name <name>", "the name that the target's certificate must have")
    .option("--tls-skip-verify", "trust any certificate")
    .option("--process-name <name>", "tell the target by a signal, found by its name")
    .option("--pid <pid>", "or by its process id", parse.parsePid)
    .option("--pidfile <file>", "or by the process id in a file")
    .option("--signal <name>", "which signal (default: SIGHUP)", parse.parseSignal)
    .option("--command <command>", "tell the target by a command", parse.parseCommand)
    .option("--refused-exit-code <list>", "its exit codes that say: bad config, do not ask again", parse.parseExitCodes)
    .addOption(
      new Option("--max-refusals <count>", "how often the target may refuse one content before it is given up")
        .argParser(parse.parseCount)
        .default(3),
    );
}

function addTimes(command: Command): void {
  command
    .addOption(
      new Option(
        "--watch-interval <duration>",
        "look at the inputs this often also without file events; 0: write once, tell nobody, end",
      )
        .argParser(parse.parseInterval)
        .default(1000, "1s"),
    )
    .addOption(span("--delay-interval <duration>", "how long the inputs must have rested", 50, "50ms"))
    .addOption(
      span(
        "--retry-interval <duration>",
        "until a failure is tried again the first time; then twice that, and so on",
        1000,
        "1s",
      ),
    )
    .addOption(span("--max-retry-interval <duration>", "the longest that this becomes", 30_000, "30s"))
    .addOption(span("--reload-timeout <duration>", "for telling the target once", 30_000, "30s"))
    .option(
      "--listen-address <address>",
      "answer /metrics, /healthz and /livez here, such as 127.0.0.1:8080",
      parse.parseAddress,
    )
    .option(
      "--web-config-file <file>",
      "TLS and passwords for those pages, as Prometheus' exporters have them; read again when it changes",
    )
    .addOption(new Option("--log-format <format>", "lines on standard error").choices(["text", "json"]).default("text"))
    .addOption(
      new Option("--log-level <level>", "the least severe of them")
        .choices(["debug", "info", "warn", "error"])
        .default("info"),
    );
}

function span(flags: string, description: string, defaultMs: number, shown: string): Option {
  return new Option(flags, description).argParser(parse.parseSpan).default(defaultMs, shown);
}
