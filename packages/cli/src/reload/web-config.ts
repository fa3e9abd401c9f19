import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { SecureVersion } from "node:tls";
import { createErrorFactory, errorCode } from "@plumbline/core";
import { parseDocument } from "yaml";
import { CLI_ERRORS } from "../error-codes.ts";

const cliError = createErrorFactory(CLI_ERRORS);

/** What TLS needs, read. */
export interface WebTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer | undefined;
  /** Whether a client is asked for a certificate. */
  readonly requestCert: boolean;
  /** Whether one without a certificate, or with one that `ca` has not signed, is turned away. */
  readonly rejectUnauthorized: boolean;
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
}

/** How the pages are protected. */
export interface WebConfig {
  /** `undefined`: plain HTTP. */
  readonly tls: WebTls | undefined;
  /** bcrypt hashes by name; empty: nobody is asked. */
  readonly users: ReadonlyMap<string, string>;
}

const VERSIONS: Readonly<Record<string, SecureVersion>> = {
  TLS10: "TLSv1",
  TLS11: "TLSv1.1",
  TLS12: "TLSv1.2",
  TLS13: "TLSv1.3",
};

interface ClientRule {
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly needsCa: boolean;
}

/** Rules that would let a certificate by that nobody checked are not among them: Node can say only whether `ca` has signed it. */
const CLIENT_RULES: Readonly<Record<string, ClientRule>> = {
  NoClientCert: { requestCert: false, rejectUnauthorized: false, needsCa: false },
  RequireAndVerifyClientCert: { requestCert: true, rejectUnauthorized: true, needsCa: true },
};

const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;

/**
 * Reads a web configuration file as Prometheus' exporters take it: `tls_server_config` and `basic_auth_users`. Paths go from its folder. Rejects with
 * `PLB_CLI_RELOAD_WEB_CONFIG` for what cannot be read, and for every key that is not known: one that is passed over would leave a door open.
 * Source: Prometheus, exporter-toolkit, "Web configuration".
 */
export async function readWebConfig(path: string): Promise<WebConfig> {
  const document = parseDocument((await read(path)).toString("utf8"), { prettyErrors: false });
  const [problem] = document.errors;
  if (problem !== undefined) throw invalid(path, `is not YAML (${problem.code})`);
  const root = record(document.toJS({ maxAliasCount: 0 }) ?? {}, path, "the file");
  expectKeys(root, ["tls_server_config", "basic_auth_users"], path);
  const users = new Map(
    Object.entries(record(root["basic_auth_users"] ?? {}, path, "basic_auth_users")).map(([name, hash]) => {
      if (typeof hash !== "string" || !BCRYPT.test(hash))
        throw invalid(path, `has a user whose password is no bcrypt hash`);
      return [name, hash];
    }),
  );
  const tls = root["tls_server_config"];
  return { tls: tls === undefined ? undefined : await readTls(record(tls, path, "tls_server_config"), path), users };
}

async function readTls(given: Readonly<Record<string, unknown>>, path: string): Promise<WebTls> {
  const keys = ["cert_file", "key_file", "client_auth_type", "client_ca_file", "min_version", "max_version"];
  expectKeys(given, keys, path);
  const text = (key: string): string | undefined => {
    const value = given[key];
    if (value === undefined || typeof value === "string") return value;
    throw invalid(path, `has a ${key} that is no text`);
  };
  const file = (key: string): Promise<Buffer> | undefined => {
    const name = text(key);
    return name === undefined ? undefined : read(resolve(dirname(path), name));
  };
  const chosen = <T>(key: string, choices: Readonly<Record<string, T>>, otherwise: string): T => {
    const choice = choices[text(key) ?? otherwise];
    if (choice === undefined) throw invalid(path, `has a ${key} that is none of ${Object.keys(choices).join(", ")}`);
    return choice;
  };
  const [cert, key, ca] = await Promise.all([file("cert_file"), file("key_file"), file("client_ca_file")]);
  if (cert === undefined || key === undefined) throw invalid(path, "needs both cert_file and key_file");
  const { needsCa, ...client } = chosen("client_auth_type", CLIENT_RULES, "NoClientCert");
  if (needsCa !== (ca !== undefined)) {
    throw invalid(path, "needs client_ca_file with client_auth_type: RequireAndVerifyClientCert, and only then");
  }
  const minVersion = chosen("min_version", VERSIONS, "TLS12");
  return { cert, key, ca, ...client, minVersion, maxVersion: chosen("max_version", VERSIONS, "TLS13") };
}

function record(value: unknown, path: string, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(path, `has ${name} that is no map of keys`);
  }
  return { ...value };
}

function expectKeys(given: Readonly<Record<string, unknown>>, known: readonly string[], path: string): void {
  const strange = Object.keys(given).find((key) => !known.includes(key));
  if (strange !== undefined) throw invalid(path, `has the key ${strange}; known are ${known.join(", ")}`);
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw invalid(path, `cannot be read (${errorCode(cause)})`, cause);
  }
}

function invalid(path: string, what: string, cause?: unknown): Error {
  const message = `The web config ${path} ${what}.`;
  return cliError("PLB_CLI_RELOAD_WEB_CONFIG", {
    message,
    details: { path },
    ...(cause === undefined ? {} : { cause }),
  });
}
