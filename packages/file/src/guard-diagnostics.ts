import type { FileDiagnostics } from "./options.ts";

/** The same, but never throws: whoever listens must not keep lines from being written, or a file from being given up. */
export function guardDiagnostics(diagnostics: FileDiagnostics | undefined): FileDiagnostics | undefined {
  if (diagnostics === undefined) return undefined;
  const say =
    (level: keyof FileDiagnostics) =>
    (message: string, ...facts: unknown[]): void => {
      try {
        diagnostics[level](message, ...facts);
      } catch {
        return;
      }
    };
  return { info: say("info"), warn: say("warn"), error: say("error") };
}
