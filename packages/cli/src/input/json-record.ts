import { type EventInput, type SeverityNumber, toSeverityNumber } from "@plumbline/core";
import { readSerialisedError, readStack } from "./exception.ts";
import { Fields, type JsonRecord } from "./fields.ts";
import { severityOfNumber, severityOfWord } from "./level.ts";
import { toTime } from "./timestamp.ts";
import { takeTrace } from "./trace.ts";

const LEVEL_KEYS = ["level", "severity", "lvl", "loglevel", "logLevel", "log_level", "log.level", "levelname", "@l"];
const SEVERITY_NUMBER_KEYS = ["severity_number", "severityNumber"];
const TIME_KEYS = ["time", "timestamp", "@timestamp", "ts", "@t", "datetime"];
const MESSAGE_KEYS = ["msg", "message", "@m", "body"];
const ERROR_KEYS = ["err", "error", "exception"];
const EVENT_NAME_KEYS = ["event_name", "eventName", "event.name"];
const LOGGER_KEYS = ["logger", "logger_name", "loggerName", "log.logger"];

/**
 * The event for a JSON object of pino, bunyan, winston or any other logger. They differ in little, and people rename their keys, so the same
 * fields are looked for in all: level, time, message, error, trace ids, event name and logger name. Everything else is an attribute under its own
 * name, and so is a field whose value is not what its name says (`"time":"yesterday"`).
 */
export function eventFromJsonRecord(record: JsonRecord): EventInput {
  const fields = new Fields(record);
  const level = fields.peek("level");
  // pino and bunyan have numeric levels and call the logger's name `name`; elsewhere `name` is the application's own.
  const isNumericLogger = typeof level === "number" && severityOfNumber(level) !== undefined;
  const isBunyan = isNumericLogger && typeof fields.peek("v") === "number" && typeof fields.peek("name") === "string";
  if (isBunyan) fields.take(["v"], (version) => version);

  const severity = takeSeverity(fields);
  const time = fields.take(TIME_KEYS, toTime);
  const body = fields.take(MESSAGE_KEYS, (value) => value ?? undefined);
  const trace = takeTrace(fields);
  const name = fields.take(EVENT_NAME_KEYS, nonEmptyText);
  const scopeName = fields.take(isNumericLogger ? ["name", ...LOGGER_KEYS] : LOGGER_KEYS, nonEmptyText);
  const exception = takeException(fields);
  const attributes = { ...fields.rest(), ...exception };
  return {
    ...(name === undefined ? {} : { name }),
    ...(severity === undefined ? {} : { severity }),
    ...(body === undefined ? {} : { body }),
    ...(time === undefined ? {} : { time }),
    ...(trace === undefined ? {} : { trace }),
    ...(scopeName === undefined ? {} : { scope: { name: scopeName } }),
    attributes,
  };
}

function takeSeverity(fields: Fields): SeverityNumber | undefined {
  const byNumber = fields.take(SEVERITY_NUMBER_KEYS, (value) =>
    typeof value === "number" ? toSeverityNumber(value) : undefined,
  );
  const byLevel = fields.take(LEVEL_KEYS, (value) => {
    if (typeof value === "string") return severityOfWord(value);
    return typeof value === "number" ? severityOfNumber(value) : undefined;
  });
  return byNumber ?? byLevel;
}

function takeException(fields: Fields): Readonly<Record<string, unknown>> {
  const error = fields.take(ERROR_KEYS, (value, key) => {
    const read = readSerialisedError(value);
    return read === undefined ? undefined : { key, ...read };
  });
  if (error === undefined) return fields.take(["stack"], readStack) ?? {};
  return { ...error.attributes, ...(Object.keys(error.rest).length === 0 ? {} : { [error.key]: error.rest }) };
}

function nonEmptyText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
