import {
  SEVERITY_NAMES,
  toSeverityNumber,
  type Severity,
  type SeverityNumber,
  DURATION_PATTERN,
  parseDuration,
  parseSize,
  SIZE_PATTERN,
} from "@plumbline/core";
import * as z from "zod";
import { DURATION_EXAMPLE, SIZE_EXAMPLE } from "./units.ts";

/** A size in the config: `64MiB`, or a whole number of bytes. */
export type SizeInput = string | number;

/** A duration in the config: `500ms`, `30s`, `1h`. */
export type DurationInput = string;

/** A level in the config: one of the 24 severities, or `off`. */
export type LevelInput = Severity | "off" | "OFF";

/** One above the highest severity: nothing reaches it. */
export const LEVEL_OFF = 25;

/** A severity's number, or {@link LEVEL_OFF}. */
export type Level = SeverityNumber | typeof LEVEL_OFF;

/** The level for a name or number, or `undefined` when it is none. */
export function toLevel(value: unknown): Level | undefined {
  return typeof value === "string" && value.toLowerCase() === "off" ? LEVEL_OFF : toSeverityNumber(value);
}

const SEVERITY_WORDS: readonly string[] = SEVERITY_NAMES.map((name) => name.toLowerCase());
const SEVERITY_EXAMPLE = "a severity such as debug, info, warn or error, or its number from 1 to 24";
const LEVEL_EXAMPLE = `off, or ${SEVERITY_EXAMPLE}`;

/** A size of at least `minimum` bytes. */
export function size(minimum: number, description: string): z.ZodType<number, SizeInput> {
  const expected =
    minimum === 0 ? SIZE_EXAMPLE : `${SIZE_EXAMPLE}, ${minimum === 1 ? "above 0" : `at least ${minimum}`}`;
  return z
    .union([z.int().nonnegative(), z.string().regex(SIZE_PATTERN, { error: expected })], { error: expected })
    .transform((value, context): number => {
      const bytes = parseSize(value);
      if (bytes !== undefined && bytes >= minimum) return bytes;
      context.issues.push({ code: "custom", message: expected, input: value });
      return z.NEVER;
    })
    .meta({ description });
}

/** A duration of at least `minimumMs` milliseconds. */
export function duration(minimumMs: number, description: string): z.ZodType<number, DurationInput> {
  const expected =
    minimumMs === 0
      ? DURATION_EXAMPLE
      : `${DURATION_EXAMPLE}, ${minimumMs === 1 ? "above 0" : `at least ${minimumMs}ms`}`;
  return z
    .string({ error: expected })
    .regex(DURATION_PATTERN, { error: expected })
    .transform((value, context): number => {
      const milliseconds = parseDuration(value);
      if (milliseconds !== undefined && milliseconds >= minimumMs) return milliseconds;
      context.issues.push({ code: "custom", message: expected, input: value });
      return z.NEVER;
    })
    .meta({ description });
}

/** A severity, by name in any case or by number. */
export function severity(description: string): z.ZodType<SeverityNumber, Severity> {
  return named(SEVERITY_WORDS, SEVERITY_EXAMPLE, toSeverityNumber, description);
}

/** A severity, or `off`. */
export function level(description: string): z.ZodType<Level, LevelInput> {
  return named(["off", ...SEVERITY_WORDS], LEVEL_EXAMPLE, toLevel, description);
}

function named<Output, Input>(
  words: readonly string[],
  expected: string,
  read: (value: unknown) => Output | undefined,
  description: string,
): z.ZodType<Output, Input> {
  // The union stands for the JSON Schema alone; `read` takes any case.
  return z
    .custom<Input>((value) => read(value) !== undefined, { error: expected })
    .transform((value): Output => read(value) as Output) // just checked
    .meta({ description, anyOf: [{ enum: [...words] }, { type: "integer", minimum: 1, maximum: 24 }] });
}
