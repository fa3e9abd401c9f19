import { inspect } from "node:util";
import { createRedactor, type Redactor } from "@plumbline/core";
import { diag, type DiagLogFunction, type DiagLogger, type DiagLogLevel } from "@opentelemetry/api";

/** Where OpenTelemetry's api keeps its globals: there is no public way to ask whether a logger is set. */
const API_GLOBALS = Symbol.for("opentelemetry.js.api.1");

/**
 * What the SDK says of itself. It goes to OpenTelemetry's `diag` where a logger is set there; else warnings and errors go to
 * stderr, because a sink that fails must not fail in silence, and the rest nowhere.
 */
export function createDiagnostics(namespace?: string): DiagLogger {
  const prefix = namespace === undefined ? [] : [`${namespace}:`];
  const toStderr = createStderr();
  const say =
    (level: keyof DiagLogger, isLoud: boolean): DiagLogFunction =>
    (message, ...facts) => {
      const words: [string, ...unknown[]] = [[...prefix, message].join(" "), ...facts];
      if (hasDiagLogger()) diag[level](...words);
      else if (isLoud) toStderr(level, words);
    };
  return {
    error: say("error", true),
    warn: say("warn", true),
    info: say("info", false),
    debug: say("debug", false),
    verbose: say("verbose", false),
  };
}

/** Sends everything that goes to `diag` to stderr, at `OTEL_LOG_LEVEL`. */
export function setDiagLogLevel(logLevel: DiagLogLevel): void {
  const toStderr = createStderr();
  const write =
    (level: keyof DiagLogger): DiagLogFunction =>
    (...words) =>
      toStderr(level, words);
  const logger: DiagLogger = {
    error: write("error"),
    warn: write("warn"),
    info: write("info"),
    debug: write("debug"),
    verbose: write("verbose"),
  };
  diag.setLogger(logger, { logLevel, suppressOverrideMessage: true });
}

function hasDiagLogger(): boolean {
  const globals: unknown = (globalThis as { readonly [API_GLOBALS]?: unknown })[API_GLOBALS];
  return typeof globals === "object" && globals !== null && "diag" in globals && globals.diag !== undefined;
}

/** What others log may be anything, whole requests with their credentials too: it is shown redacted, and throws into nobody. */
function createStderr(): (level: string, words: readonly unknown[]) => void {
  let redactor: Redactor | undefined; // made when it is needed: that takes some milliseconds
  return (level, words) => {
    redactor ??= createRedactor();
    process.stderr.write(`[${level}] ${redactor.text(words.map(textOf).join(" "))}\n`);
  };
}

function textOf(word: unknown): string {
  if (typeof word === "string") return word;
  try {
    if (isFlat(word)) return JSON.stringify(word);
    return inspect(word, { depth: 4, breakLength: Number.POSITIVE_INFINITY });
  } catch {
    return "[what cannot be shown]"; // a hostile object: its getters throw
  }
}

/** Facts as ours are: names with texts and numbers. */
function isFlat(word: unknown): boolean {
  if (typeof word !== "object" || word === null || Object.getPrototypeOf(word) !== Object.prototype) return false;
  return Object.values(word).every((value) => ["string", "number", "boolean", "undefined"].includes(typeof value));
}
