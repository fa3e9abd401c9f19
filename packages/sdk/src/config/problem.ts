import { createRedactor } from "@plumbline/core";

/** One thing that is wrong with a config. All of them are gathered before anything is reported. */
export interface ConfigProblem {
  /** The error's code; `docs/reference/errors.md` has the why and the mend of each. */
  readonly code: string;
  /** What is wrong, in one sentence. Never quotes a value that may be a secret. */
  readonly message: string;
  /** The file, or `undefined` for what was given in code. */
  readonly file: string | undefined;
  /** From 1; `undefined` where the place has no line (a module, code, a file that is not there). */
  readonly line: number | undefined;
  /** From 1, in UTF-16 code units, as editors count. */
  readonly column: number | undefined;
  /** Where in the config: `sinks.alerts.use`, `plugins[1]`; empty for the whole. */
  readonly path: string;
  /** What would be right there, in words. */
  readonly expected?: string;
  /** The valid name that the wrong one is nearest to. */
  readonly nearest?: string;
}

/** The way to a value: property names and list indexes. */
export type ConfigPath = readonly (string | number)[];

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** `sinks.alerts.names[0]`; a name that is not plain stands in brackets and quotes. */
export function formatPath(path: ConfigPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (PLAIN_KEY.test(part)) text += text === "" ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/**
 * Problems as they are told: in the order in which they stand (what has no line comes first), and redacted, because a key or
 * a plugin's name, which are quoted, may be a secret that was put in the wrong place.
 */
export function presentProblems(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  if (problems.length === 0) return [];
  const redactor = createRedactor();
  return problems
    .map(({ expected, nearest, ...problem }) => ({
      ...problem,
      message: redactor.text(problem.message),
      path: redactor.text(problem.path),
      ...(expected === undefined ? {} : { expected: redactor.text(expected) }),
      ...(nearest === undefined ? {} : { nearest: redactor.text(nearest) }),
    }))
    .toSorted(
      (a, b) =>
        (a.file ?? "").localeCompare(b.file ?? "") ||
        (a.line ?? 0) - (b.line ?? 0) ||
        (a.column ?? 0) - (b.column ?? 0),
    );
}

/** `plumbline.yaml:3:5`, or where it was given in code. */
export function formatPlace(problem: Pick<ConfigProblem, "file" | "line" | "column">): string {
  if (problem.file === undefined) return "start()";
  if (problem.line === undefined) return problem.file;
  return `${problem.file}:${problem.line}:${problem.column ?? 1}`;
}

/** One problem as a line of text: `plumbline.yaml:3:5 sinks.out.usee: …; did you mean "use"? [PLB_CONFIG_UNKNOWN_KEY]`. */
export function formatProblem(problem: ConfigProblem): string {
  const where = problem.path === "" ? formatPlace(problem) : `${formatPlace(problem)} ${problem.path}`;
  const expected = problem.expected === undefined ? "" : `; expected ${problem.expected}`;
  const nearest = problem.nearest === undefined ? "" : `; did you mean "${problem.nearest}"?`;
  return `${where}: ${problem.message}${expected}${nearest} [${problem.code}]`;
}
