import type { DiagLogger } from "@opentelemetry/api";

/** How loud a diagnostic is. */
export type DiagnosticLevel = "error" | "warn" | "info";

/** One thing an operator should know. */
export interface Diagnostic {
  readonly level: DiagnosticLevel;
  /** The component that it is about: `sinks.alerts`, `processors.sampling`. */
  readonly component: string;
  /** What it is, as a code: the second of the same component and code is not said again. */
  readonly code: string;
  /** A sentence. Never an unredacted value. */
  readonly message: string;
}

/** Says each thing once. */
export interface OnceReporter {
  /** Says it, unless this component has said it before or the bound is reached. Never throws, whatever the logger does. */
  report(diagnostic: Diagnostic): void;
}

const MAX_REPORTED = 512;

/**
 * A front for OpenTelemetry's `diag` for those who would otherwise say one thing an event. It remembers up to `maxReported`
 * (component, code) pairs; when they are used up it says so, and is silent from then on.
 */
export function createOnceReporter(logger: DiagLogger, maxReported: number = MAX_REPORTED): OnceReporter {
  const reported = new Set<string>();
  return {
    report({ level, component, code, message }): void {
      const key = `${component}\n${code}`;
      if (reported.has(key) || reported.size > maxReported) return;
      reported.add(key);
      try {
        if (reported.size > maxReported) logger.warn("plumbline: further kinds of failure are counted, not reported");
        else logger[level](`plumbline: ${component}: ${message} (${code})`);
      } catch {
        // A diagnostic has nowhere further to go; the failure itself is counted by the one who reported it.
      }
    },
  };
}
