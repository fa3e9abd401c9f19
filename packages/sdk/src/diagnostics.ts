import { diag, type DiagLogFunction, type DiagLogger, type DiagLogLevel } from "@opentelemetry/api";

/** Where OpenTelemetry's api keeps its globals: there is no public way to ask whether a logger is set. */
const API_GLOBALS = Symbol.for("opentelemetry.js.api.1");

/**
 * What the SDK says of itself. It goes to OpenTelemetry's `diag` where a logger is set there; else warnings and errors go to
 * stderr, because a sink that fails must not fail in silence, and the rest nowhere.
 */
export function createDiagnostics(namespace?: string): DiagLogger {
  const prefix = namespace === undefined ? [] : [`${namespace}:`];
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

function toStderr(level: string, words: readonly unknown[]): void {
  const texts = words.map((word) => (typeof word === "string" ? word : JSON.stringify(word)));
  process.stderr.write(`[${level}] ${texts.join(" ")}\n`);
}
