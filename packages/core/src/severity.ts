/**
 * The 24 severities of the OpenTelemetry logs data model, by number and by short name.
 * Source: OpenTelemetry specification, Logs Data Model, "Field: SeverityNumber".
 */
const NAMES = [
  "TRACE",
  "TRACE2",
  "TRACE3",
  "TRACE4",
  "DEBUG",
  "DEBUG2",
  "DEBUG3",
  "DEBUG4",
  "INFO",
  "INFO2",
  "INFO3",
  "INFO4",
  "WARN",
  "WARN2",
  "WARN3",
  "WARN4",
  "ERROR",
  "ERROR2",
  "ERROR3",
  "ERROR4",
  "FATAL",
  "FATAL2",
  "FATAL3",
  "FATAL4",
] as const;

/** Short name of a severity, as written into a line. */
export type SeverityName = (typeof NAMES)[number];

/** 1 (TRACE) to 24 (FATAL4). */
export type SeverityNumber =
  | 1
  | 2
  | 3
  | 4
  | 5
  | 6
  | 7
  | 8
  | 9
  | 10
  | 11
  | 12
  | 13
  | 14
  | 15
  | 16
  | 17
  | 18
  | 19
  | 20
  | 21
  | 22
  | 23
  | 24;

/** What callers may give: a number, or a name in upper or lower case. */
export type Severity = SeverityNumber | SeverityName | Lowercase<SeverityName>;

/** All names, at index `number - 1`. */
export const SEVERITY_NAMES: readonly SeverityName[] = NAMES;

const BY_NAME: ReadonlyMap<string, SeverityNumber> = new Map(
  NAMES.flatMap((name, index): [string, SeverityNumber][] => [
    [name, (index + 1) as SeverityNumber],
    [name.toLowerCase(), (index + 1) as SeverityNumber],
  ]),
);

/** The number for a number or name, or `undefined` when it is neither. Case is ignored. */
export function toSeverityNumber(severity: unknown): SeverityNumber | undefined {
  if (typeof severity === "number") {
    return Number.isInteger(severity) && severity >= 1 && severity <= 24 ? (severity as SeverityNumber) : undefined;
  }
  if (typeof severity !== "string") return undefined;
  return BY_NAME.get(severity) ?? BY_NAME.get(severity.toLowerCase());
}

/** The short name for a severity number. */
export function severityName(severity: SeverityNumber): SeverityName {
  return NAMES[severity - 1] ?? "INFO";
}
