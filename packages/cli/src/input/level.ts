import { stripVTControlCharacters } from "node:util";
import { type SeverityNumber, toSeverityNumber } from "@plumbline/core";

/**
 * Words for a level, in lower case, to severities. The order within a family is kept: what its library calls more severe has the higher number.
 * Sources: OpenTelemetry logs data model, appendix B (syslog, java.util.logging, zap); winston's npm and syslog levels; Python and .NET.
 */
const LEVEL_WORDS: ReadonlyMap<string, SeverityNumber> = new Map<string, SeverityNumber>([
  ["silly", 1],
  ["finest", 1],
  ["finer", 5],
  ["fine", 6],
  ["verbose", 6],
  ["config", 7],
  ["http", 7],
  ["information", 9],
  ["informational", 9],
  ["notice", 10],
  ["warning", 13],
  ["err", 17],
  ["severe", 17],
  ["crit", 18],
  ["dpanic", 18],
  ["alert", 19],
  ["panic", 19],
  ["critical", 21],
  ["emerg", 21],
  ["emergency", 21],
]);

/** The smallest level of pino and bunyan: a smaller number is somebody else's scale (syslog counts the other way round). */
const SMALLEST_NUMERIC_LEVEL = 10;
const LARGEST_NUMERIC_LEVEL = 1000;

/** The severity for a word of any of the known libraries, however it is written, coloured or not. */
export function severityOfWord(word: string): SeverityNumber | undefined {
  if (word.length > 64) return undefined;
  const plain = stripVTControlCharacters(word).trim().toLowerCase();
  return LEVEL_WORDS.get(plain) ?? toSeverityNumber(plain);
}

/**
 * The severity for a number on the scale of pino and bunyan: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. A level between two of
 * them takes one of the three finer steps of the OpenTelemetry range: 35 is INFO3. `undefined` for a number that is not on that scale.
 */
export function severityOfNumber(level: number): SeverityNumber | undefined {
  if (!Number.isFinite(level) || level < SMALLEST_NUMERIC_LEVEL || level > LARGEST_NUMERIC_LEVEL) return undefined;
  const range = Math.min(Math.trunc(level / 10), 6);
  const step = Math.min(Math.trunc((level - range * 10) / 2.5), 3);
  return toSeverityNumber((range - 1) * 4 + 1 + step);
}
