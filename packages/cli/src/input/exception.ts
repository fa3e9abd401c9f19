import { isRecord } from "./fields.ts";

/** An error that a logger wrote as an object, in the attributes that OpenTelemetry has for it. */
export interface SerialisedError {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The object's other fields (`code`, `errno`, …). */
  readonly rest: Readonly<Record<string, unknown>>;
}

const MAX_CAUSES = 8;

/**
 * Reads an error as pino (`type`), bunyan and winston (`name`) write it; `undefined` when it is not one: without a message and without a stack.
 * The stacks of the chain of causes follow after `Caused by:`, unless the logger has put them into the stack already.
 */
export function readSerialisedError(value: unknown): SerialisedError | undefined {
  if (!isRecord(value)) return undefined;
  const { type, name, message, stack, cause, ...rest } = value;
  if (typeof message !== "string" && typeof stack !== "string") return undefined;
  const typeName = typeof type === "string" ? type : name;
  const stacktrace = typeof stack === "string" ? stack + causes(stack, cause) : undefined;
  return {
    attributes: {
      ...(typeof typeName === "string" ? { "exception.type": typeName } : {}),
      ...(typeof message === "string" ? { "exception.message": message } : {}),
      ...(stacktrace === undefined ? {} : { "exception.stacktrace": stacktrace }),
    },
    rest: {
      ...rest,
      // What was not taken stays.
      ...(typeof type === "string" && name !== undefined ? { name } : {}),
      ...(type !== undefined && typeof type !== "string" ? { type } : {}),
      ...(stacktrace === undefined && cause !== undefined ? { cause } : {}),
    },
  };
}

/** A stack that a logger wrote beside the message (winston's `errors` format). */
export function readStack(stack: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof stack !== "string") return undefined;
  const match = /^(?:Uncaught )?([A-Za-z_$][\w.$]{0,127})(?:: ([^\n]*))?\n\s+at /.exec(stack);
  if (match === null) return undefined;
  const [, type, message] = match;
  return {
    "exception.type": type,
    ...(message === undefined ? {} : { "exception.message": message }),
    "exception.stacktrace": stack,
  };
}

function causes(stack: string, cause: unknown): string {
  if (/\ncaused by: /i.test(stack)) return "";
  let text = "";
  let next: unknown = cause;
  for (let depth = 0; depth < MAX_CAUSES && isRecord(next); depth++) {
    const { type, name, message, stack: causeStack, cause: deeper } = next;
    text += `\nCaused by: ${textOr(causeStack, `${textOr(type, textOr(name, "Error"))}: ${textOr(message, "")}`)}`;
    next = deeper;
  }
  return text;
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === "string" ? value : fallback;
}
