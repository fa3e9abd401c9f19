import { EXIT, type ExitCode } from "../exit-code.ts";

/**
 * What Ctrl-C and SIGTERM mean to the command that runs. At first either stops it. A command whose input ends by itself when the user presses
 * Ctrl-C (`service | plumbline pipe`: the service is told too, and has last words) may let the first Ctrl-C pass.
 */
export class Interruptions {
  readonly #controller = new AbortController();
  #onTolerated: (() => void) | undefined;
  #exitCode: ExitCode = EXIT.interrupted;

  /** Aborts when the command is to stop: end what is under way, write what was read. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What to exit with once stopped. */
  get exitCode(): ExitCode {
    return this.#exitCode;
  }

  /** The next Ctrl-C calls `notice` and is otherwise let pass. */
  tolerateOne(notice: () => void): void {
    this.#onTolerated = notice;
  }

  /** Ctrl-C. */
  interrupt(): void {
    const notice = this.#onTolerated;
    this.#onTolerated = undefined;
    if (notice === undefined) this.#controller.abort();
    else notice();
  }

  /** SIGTERM: not the terminal's, and never let pass. */
  terminate(): void {
    if (!this.signal.aborted) this.#exitCode = EXIT.terminated;
    this.#controller.abort();
  }
}
