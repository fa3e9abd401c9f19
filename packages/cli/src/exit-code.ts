/** What `plumbline` exits with. The same table stands in `plumbline --help`. */
export const EXIT = {
  /** Done, and nothing is wrong. */
  ok: 0,
  /** The command looked for something wrong and found it. */
  found: 1,
  /** The command line or the configuration is wrong; nothing was begun. */
  usage: 2,
  /** Begun and not finished: a file, the disk or the far side failed. */
  failed: 3,
  /** Stopped by SIGINT; what was read until then is written. */
  interrupted: 130,
  /** Stopped by SIGTERM, likewise. */
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command that has run to its end reports its exit code to. */
export type Report = (code: ExitCode) => void;

/** One line a code, for `--help`. */
export const EXIT_CODE_HELP: string = `Exit codes:
  ${EXIT.ok}    done, and nothing is wrong
  ${EXIT.found}    something wrong was found: verify, repair, doctor, merge, export, redact --explain, handoff (but for run)
  ${EXIT.usage}    the command line or the configuration is wrong; nothing was begun
  ${EXIT.failed}    begun and not finished: a file, the disk or the far side failed
  ${EXIT.interrupted}  stopped by Ctrl-C, ${EXIT.terminated} by SIGTERM; what was read until then is written
`;
