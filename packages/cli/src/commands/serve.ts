import { resolve } from "node:path";
import { createErrorFactory } from "@plumbline/core";
import { type Command, Option } from "commander";
import { createCommand } from "../command.ts";
import { configuredJournal } from "../config/configured-journal.ts";
import { CLI_ERRORS } from "../error-codes.ts";
import type { ExitCode, Report } from "../exit-code.ts";
import { loadStreamServer } from "../stream/stream-server-module.ts";
import { journalTarget } from "../tail/tail-target.ts";
import type { Console } from "../terminal/console.ts";
import { safeText } from "../terminal/safe-text.ts";

const cliError = createErrorFactory(CLI_ERRORS);

export interface ServeOptions {
  readonly journal?: string;
  readonly listen?: string;
  readonly auth?: "token" | "none";
  readonly tokenFile?: string;
  readonly allowHost: readonly string[];
  readonly allowOrigin: readonly string[];
  readonly tlsKey?: string;
  readonly tlsCert?: string;
}

export function serveCommand(console: Console, report: Report): Command {
  return createCommand({
    name: "serve",
    summary: "serve a journal that another process writes, over WebSocket and SSE",
    details: `
WebSocket at /subscribe, server-sent events at /events; /status, /metrics and /healthz beside them. Any local user can reach a loopback port, so each request
needs the token, which stands in a file that only you can read; tail and replay find it by themselves. Off loopback TLS is required,
and --allow-host for every name that callers use: another one is refused (PLB_SERVE_HOST_REFUSED), addresses are not.
It needs @plumbline/stream-server.
`,
    examples: [
      { type: "plumbline serve", does: "the journal of the config here, at 127.0.0.1:4700" },
      {
        type: "plumbline serve --journal telemetry/checkout.jsonl --listen 127.0.0.1:4701",
        does: "another one, elsewhere",
      },
      {
        type: "plumbline serve --listen 0.0.0.0:4700 --allow-host logs.example.com --tls-key k.pem --tls-cert c.pem",
        does: "for other machines, which call it by that name",
      },
    ],
  })
    .option("-j, --journal <path>", "a journal's file or its folder; without it the journal of the config here")
    .option("-l, --listen <host:port>", "where to listen (default: 127.0.0.1:4700)")
    .addOption(new Option("--auth <kind>", "none: without a token, on loopback only").choices(["token", "none"]))
    .option("--token-file <path>", "where the token stands; made when it is not there")
    .option("--allow-host <name>", "a name by which clients may call the server; repeat for more", collect, [])
    .option("--allow-origin <origin>", "an origin whose pages may connect; repeat for more", collect, [])
    .option("--tls-key <path>", "the server's key, in PEM")
    .option("--tls-cert <path>", "its certificate, in PEM")
    .action(async (options: ServeOptions) => {
      report(await serve(console, options));
    });
}

/** Serves until it is interrupted. */
async function serve(console: Console, options: ServeOptions): Promise<ExitCode> {
  const { cwd, clock, err, errColours, interruptions } = console;
  const { createStreamServer } = await loadStreamServer(cwd);
  const path = options.journal === undefined ? await configuredJournal(console) : resolve(cwd, options.journal);
  const journal = (await journalTarget(path, true)).path;
  const say = (message: string): void => err.say(`${errColours.dim(`plumbline: ${safeText(message)}`)}\n`);
  const server = createStreamServer({
    journal,
    listen: options.listen,
    auth: options.auth,
    tokenFile: options.tokenFile === undefined ? undefined : resolve(cwd, options.tokenFile),
    allowedHosts: options.allowHost,
    allowedOrigins: options.allowOrigin,
    tls: tlsOf(options, cwd),
    clock,
    diagnostics: { warn: say, error: say },
  });
  await server.start();
  try {
    const token = server.tokenFile === undefined ? "without a token" : `the token is in ${server.tokenFile}`;
    console.out.print(`serving ${journal} at ${server.url ?? ""}, ${token}\n`);
    await console.out.flush();
    await aborted(interruptions.signal);
  } finally {
    await server.close();
  }
  return interruptions.exitCode;
}

function tlsOf(
  { tlsKey, tlsCert }: ServeOptions,
  cwd: string,
): { keyFile: string; certificateFile: string } | undefined {
  if (tlsKey === undefined && tlsCert === undefined) return undefined;
  if (tlsKey === undefined || tlsCert === undefined) {
    throw cliError("PLB_CLI_USAGE", { message: "--tls-key and --tls-cert go together." });
  }
  return { keyFile: resolve(cwd, tlsKey), certificateFile: resolve(cwd, tlsCert) };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((done) => signal.addEventListener("abort", () => done(), { once: true }));
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
