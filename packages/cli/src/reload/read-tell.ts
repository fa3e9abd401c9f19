import { readFile } from "node:fs/promises";
import { createErrorFactory } from "@plumbline/core";
import type { HttpAuth, HttpTlsOptions } from "@plumbline/watch";
import { CLI_ERRORS } from "../error-codes.ts";
import type { ReloadCommandOptions } from "./command-options.ts";
import type { TellOptions } from "./sidecar-options.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/** How the target is told. Throws `PLB_CLI_USAGE`. */
export function readTell(
  options: ReloadCommandOptions,
  hasOutput: boolean,
  path: (given: string) => string,
): TellOptions {
  const { reloadUrl, processName, pid, pidfile, command, reloadTimeout } = options;
  const ways = { reloadUrl, processName, pid, pidfile, command };
  const given = Object.values(ways).filter((way) => way !== undefined);
  if (given.length > 1) {
    throw usage("The target is told in one way: --reload-url, --process-name, --pid, --pidfile or --command.");
  }
  refuseStrays(options);
  if (reloadUrl !== undefined) return { kind: "http", http: readHttp(options, reloadUrl, path) };
  if (command !== undefined) {
    const { refusedExitCode = [] } = options;
    return { kind: "command", command, refusedExitCodes: refusedExitCode, timeoutMs: reloadTimeout };
  }
  const { signal = "SIGHUP" } = options;
  if (processName !== undefined) return { kind: "signal", target: { processName }, signal };
  if (pid !== undefined) return { kind: "signal", target: { pid }, signal };
  if (pidfile !== undefined) return { kind: "signal", target: { pidFile: path(pidfile) }, signal };
  if (hasOutput) return { kind: "none" };
  throw usage(
    "Nothing is written and nobody is told: give --reload-url, --process-name, --pid, --pidfile or --command.",
  );
}

/** Options that say how a request is made, or a signal sent, go with the request or signal. */
function refuseStrays(options: ReloadCommandOptions): void {
  const { reloadUrl, processName, pid, pidfile, command } = options;
  const http = {
    "--reload-method": options.reloadMethod,
    "--reload-header": options.reloadHeader,
    "--reload-status": options.reloadStatus,
    "--refused-status": options.refusedStatus,
    "--runtime-info-url": options.runtimeInfoUrl,
    "--basic-auth-user": options.basicAuthUser,
    "--basic-auth-password-file": options.basicAuthPasswordFile,
    "--bearer-file": options.bearerFile,
    "--tls-ca-file": options.tlsCaFile,
    "--tls-cert-file": options.tlsCertFile,
    "--tls-key-file": options.tlsKeyFile,
    "--tls-server-name": options.tlsServerName,
    "--tls-skip-verify": options.tlsSkipVerify,
  };
  const stray = (names: Readonly<Record<string, unknown>>, needed: string): void => {
    const [name] = Object.entries(names).find(([, value]) => value !== undefined) ?? [];
    if (name !== undefined) throw usage(`${name} goes with ${needed}.`);
  };
  if (reloadUrl === undefined) stray(http, "--reload-url");
  if (processName === undefined && pid === undefined && pidfile === undefined) {
    stray({ "--signal": options.signal }, "--process-name, --pid or --pidfile");
  }
  if (command === undefined) stray({ "--refused-exit-code": options.refusedExitCode }, "--command");
}

function readHttp(
  options: ReloadCommandOptions,
  url: string,
  path: (given: string) => string,
): Extract<TellOptions, { readonly kind: "http" }>["http"] {
  const { reloadMethod, reloadHeader, reloadStatus, refusedStatus, runtimeInfoUrl, reloadTimeout } = options;
  return {
    url,
    timeoutMs: reloadTimeout,
    ...readAuth(options, path),
    tls: readTls(options, path),
    ...(reloadMethod === undefined ? {} : { method: reloadMethod }),
    ...(reloadHeader === undefined ? {} : { headers: reloadHeader }),
    ...(reloadStatus === undefined ? {} : { expectedStatuses: reloadStatus }),
    ...(refusedStatus === undefined ? {} : { rejectedStatuses: refusedStatus }),
    ...(runtimeInfoUrl === undefined ? {} : { confirm: { url: runtimeInfoUrl, timeoutMs: reloadTimeout } }),
  };
}

/** Secrets stand in files, which are read for each request: an argument is seen by every user of the machine. */
function readAuth(
  { basicAuthUser, basicAuthPasswordFile, bearerFile }: ReloadCommandOptions,
  path: (given: string) => string,
): HttpAuth {
  if ((basicAuthUser === undefined) !== (basicAuthPasswordFile === undefined)) {
    throw usage("--basic-auth-user and --basic-auth-password-file go together.");
  }
  if (basicAuthUser !== undefined && bearerFile !== undefined) {
    throw usage("The target is shown a password or a bearer token, not both.");
  }
  if (basicAuthUser !== undefined && basicAuthPasswordFile !== undefined) {
    const file = path(basicAuthPasswordFile);
    return { basicAuth: { user: basicAuthUser, password: () => readFile(file, "utf8") } };
  }
  if (bearerFile === undefined) return {};
  const file = path(bearerFile);
  return { bearer: () => readFile(file, "utf8") };
}

function readTls(options: ReloadCommandOptions, path: (given: string) => string): HttpTlsOptions {
  const { tlsCaFile, tlsCertFile, tlsKeyFile, tlsServerName, tlsSkipVerify } = options;
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined)) {
    throw usage("--tls-cert-file and --tls-key-file go together.");
  }
  return {
    ...(tlsCaFile === undefined ? {} : { caFile: path(tlsCaFile) }),
    ...(tlsCertFile === undefined ? {} : { certFile: path(tlsCertFile) }),
    ...(tlsKeyFile === undefined ? {} : { keyFile: path(tlsKeyFile) }),
    ...(tlsServerName === undefined ? {} : { serverName: tlsServerName }),
    ...(tlsSkipVerify === undefined ? {} : { rejectUnauthorized: !tlsSkipVerify }),
  };
}

function usage(message: string): Error {
  return cliError("PLB_CLI_USAGE", { message });
}
