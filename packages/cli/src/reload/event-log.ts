import type { Clock } from "@plumbline/core";
import type { SidecarEvent } from "./sidecar.ts";
import type { Output } from "../terminal/output.ts";
import { safeText } from "../terminal/safe-text.ts";

/** The least severe of what is shown. */
export type LogLevel = "debug" | "info" | "warn" | "error";
/** How a line is written. */
export type LogFormat = "text" | "json";

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

interface Said {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

/** Lines on standard error for what happens: text for people, or JSON. A reader that has gone ends nothing. */
export class EventLog {
  readonly #err: Output;
  readonly #clock: Clock;
  readonly #format: LogFormat;
  readonly #level: LogLevel;

  constructor(err: Output, clock: Clock, format: LogFormat, level: LogLevel) {
    this.#err = err;
    this.#clock = clock;
    this.#format = format;
    this.#level = level;
  }

  event(event: SidecarEvent): void {
    this.say(event.kind, describe(event));
  }

  say(event: string, { level, message, fields = {} }: Said): void {
    if (RANKS[level] < RANKS[this.#level]) return;
    const time = new Date(Math.floor(this.#clock.nowMicros() / 1000)).toISOString();
    if (this.#format === "json") {
      this.#err.say(`${JSON.stringify({ time, severity: level.toUpperCase(), event, message, ...fields })}\n`);
    } else {
      const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${safeText(String(value))}`);
      this.#err.say(`${time} ${level.toUpperCase().padEnd(5)} ${safeText(message)}${pairs.join("")}\n`);
    }
  }
}

function describe(event: SidecarEvent): Said {
  switch (event.kind) {
    case "seen":
      return { level: "debug", message: "new content was seen", fields: { generation: event.generation } };
    case "applied": {
      const { generation, attempts, tookMs } = event;
      return { level: "info", message: "applied", fields: { generation, attempts, took_ms: Math.round(tookMs) } };
    }
    case "unchanged":
      return { level: "debug", message: "in force already", fields: { generation: event.generation } };
    case "failed": {
      const { generation, stage, attempt, code, message } = event.failure;
      const fields = { generation, stage, attempt, code, retry_in_ms: Math.round(event.retryInMs) };
      return { level: "warn", message, fields };
    }
    case "rejected": {
      const { generation, stage, attempt, code, message } = event.failure;
      return { level: "error", message: `rejected: ${message}`, fields: { generation, stage, attempt, code } };
    }
    case "superseded":
      return {
        level: "info",
        message: "given up for newer content",
        fields: { generation: event.generation, by: event.by },
      };
    case "startedFromLastGood":
      return { level: "warn", message: `started from the last good copy: ${event.reason}` };
    case "lastGoodFailed":
      return { level: "warn", message: event.message, fields: { code: event.code } };
    case "health": {
      const { status, mode, troubles } = event.health;
      const message =
        troubles.length === 0 ? `the watch is ${status}` : troubles.map((trouble) => trouble.message).join(" ");
      return { level: status === "ok" ? "info" : "warn", message, fields: { watch: status, mode } };
    }
    case "rolledBack": {
      const control = { taken: ", which the target took", failed: ", which the target did not take either", none: "" };
      const message = `the outputs went back to the last good ones${control[event.control]}`;
      return { level: "warn", message };
    }
    case "unset":
      break;
  }
  return { level: "warn", message: "variables are not set", fields: { names: event.names.join(",") } };
}
