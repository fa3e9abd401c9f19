import { STREAM_SERVER_ERRORS } from "../error-codes.ts";

type ClientCode = Extract<keyof typeof STREAM_SERVER_ERRORS, `PLB_SERVE_CLIENT_${string}`>;

/** What a {@link StreamClientError} may carry beyond its code. */
export interface ClientErrorDetails {
  readonly message?: string;
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * An error of the client: with a stable code, why, and how to mend it. It has the mark of Plumbline's errors, so that `PlumblineError.isInstance` knows it, and
 * imports nothing that a browser lacks.
 */
export class StreamClientError extends Error {
  readonly code: ClientCode;
  readonly why: string;
  readonly mend: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ClientCode, extra: ClientErrorDetails = {}) {
    const { summary, why, mend } = STREAM_SERVER_ERRORS[code];
    super(extra.message ?? summary, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.name = "StreamClientError";
    this.code = code;
    this.why = why;
    this.mend = mend;
    this.details = extra.details ?? {};
    Object.defineProperty(this, Symbol.for("plumbline.error"), { value: true });
  }
}
