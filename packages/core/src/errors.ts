/** One entry of an error catalogue; `docs/reference/errors.md` is generated from these. */
export interface ErrorEntry {
  /** What happened, in one sentence that starts with what the user did or has. */
  readonly summary: string;
  /** Why it is refused or could not be done. */
  readonly why: string;
  /** How to mend it. */
  readonly mend: string;
}

/** Codes to entries. A package keeps its own in `src/error-codes.ts`. */
export type ErrorCatalog<Code extends string = string> = Readonly<Record<Code, ErrorEntry>>;

/** What an error may carry beyond its code. */
export interface ErrorDetails {
  /** Replaces the catalogue's summary with one that names the case at hand. Never holds an unredacted value. */
  readonly message?: string;
  readonly cause?: unknown;
  /** Facts a program may read: paths, counts, offsets. Never an unredacted value. */
  readonly details?: Readonly<Record<string, unknown>>;
}

const BRAND = Symbol.for("plumbline.error");
const RETRYABLE = Symbol.for("plumbline.error.retryable");

/** An error with a stable code, what happened, why, and how to mend it. */
export class PlumblineError extends Error {
  readonly code: string;
  readonly why: string;
  readonly mend: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, entry: ErrorEntry, extra: ErrorDetails = {}) {
    super(extra.message ?? entry.summary, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.name = "PlumblineError";
    this.code = code;
    this.why = entry.why;
    this.mend = entry.mend;
    this.details = extra.details ?? {};
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Recognises an error of any copy of this package. */
  static isInstance(value: unknown): value is PlumblineError {
    return hasBrand(value, BRAND);
  }
}

/** Thrown by a sink: keep the batch and try again, after `retryAfterMs` milliseconds where the far side said so. */
export class RetryableError extends Error {
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: { readonly retryAfterMs?: number; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "RetryableError";
    this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, RETRYABLE, { value: true });
  }

  /** Recognises an error of any copy of this package. */
  static isInstance(value: unknown): value is RetryableError {
    return hasBrand(value, RETRYABLE);
  }
}

/** A function that makes errors of one catalogue; an unknown code does not compile. */
export function createErrorFactory<Code extends string>(
  catalog: ErrorCatalog<Code>,
): (code: Code, extra?: ErrorDetails) => PlumblineError {
  return (code, extra) => new PlumblineError(code, catalog[code], extra);
}

/**
 * The code to count a failure under: a Plumbline code, a system code (`ENOSPC`), else the error's class name. `unknown` for what does not look like either: it is shown,
 * and may be anything in an error of somebody else's.
 */
export function errorCode(error: unknown): string {
  if (typeof error !== "object" || error === null) return "unknown";
  try {
    if (PlumblineError.isInstance(error)) return error.code;
    const { code, name } = error as { code?: unknown; name?: unknown };
    if (typeof code === "string" && isCode(code)) return code;
    return typeof name === "string" && isClassName(name) ? name : "unknown";
  } catch {
    return "unknown"; // a hostile error object: its getters throw
  }
}

/** Words of capitals, none of them as long as a key: this is shown, and a plugin may put anything there. */
function isCode(text: string): boolean {
  return /^[A-Z][A-Z0-9_]{1,63}$/.test(text) && text.split("_").every((word) => word.length < 17);
}

/** Letters, and three digits at most, as in `XAmzContentSHA256Mismatch`: of a token every sixth sign is one, or all are capitals. */
function isClassName(text: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9]{0,63}$/.test(text)) return false;
  return text.replace(/[A-Za-z]+/g, "").length <= 3 && (text.length < 17 || text !== text.toUpperCase());
}

function hasBrand(value: unknown, brand: symbol): boolean {
  if (typeof value !== "object" || value === null) return false;
  try {
    return (value as Record<symbol, unknown>)[brand] === true;
  } catch {
    return false; // a hostile object: its getters throw
  }
}
