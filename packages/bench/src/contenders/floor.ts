import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { EVENT_NAME, plainLine, type Attributes } from "../load/payload.ts";
import { DONE, type Contender } from "./contender.ts";

const CHUNK = 64 * 1024;

/** What any logger in JavaScript starts from: `JSON.stringify`, gathered, written 64 KiB at a time, synchronously. */
export const stringifyFloor: Contender = gathered("JSON.stringify + 64 KiB writes (floor)", (attributes) =>
  plainLine(new Date().toISOString(), attributes),
);

/** The least there is: a line put together by hand, whose shape is known, with the time's text kept for a millisecond. */
export const handBuiltFloor: Contender = gathered("hand-built JSON + 64 KiB writes (floor)", (attributes, time) => {
  let text = `{"time":"${time.now()}","severity":"INFO","name":"${EVENT_NAME}","attributes":{`;
  let comma = "";
  for (const key in attributes) {
    const value = attributes[key];
    text += `${comma}"${key}":`;
    comma = ",";
    if (typeof value === "string") text += quote(value);
    else if (typeof value !== "object") text += value;
    else {
      let inner = "";
      text += "{";
      for (const innerKey in value) {
        const each = value[innerKey];
        text += `${inner}"${innerKey}":${typeof each === "string" ? quote(each) : each}`;
        inner = ",";
      }
      text += "}";
    }
  }
  return `${text}}}\n`;
});

/** One synchronous write a line: what `written` costs without a group. */
export const writePerLine: Contender = perLine("JSON.stringify + write() a line (floor)", "written");

/** One write and one fdatasync a line: what `fsynced` costs without a group. */
export const syncPerLine: Contender = perLine("JSON.stringify + write() + fdatasync a line (floor)", "fsynced");

function gathered(name: string, toLine: (attributes: Attributes, time: TimeText) => string): Contender {
  return {
    name,
    redaction: "none",
    classes: ["buffered"],
    async open(path) {
      const file = openSync(path, "a", 0o600);
      const time = new TimeText();
      let pending = "";
      const log = (attributes: Attributes): void => {
        pending += toLine(attributes, time);
        if (pending.length >= CHUNK) {
          writeSync(file, pending);
          pending = "";
        }
      };
      return {
        log,
        logAcknowledged(attributes): Promise<void> {
          log(attributes);
          return DONE;
        },
        async close(): Promise<void> {
          writeSync(file, pending);
          closeSync(file);
        },
      };
    },
  };
}

function perLine(name: string, reaches: "written" | "fsynced"): Contender {
  return {
    name,
    redaction: "none",
    classes: [reaches],
    slowness: reaches === "fsynced" ? 40 : 1,
    async open(path) {
      const file = openSync(path, "a", 0o600);
      const log = (attributes: Attributes): void => {
        writeSync(file, plainLine(new Date().toISOString(), attributes));
        if (reaches === "fsynced") fdatasyncSync(file);
      };
      return {
        log,
        logAcknowledged(attributes): Promise<void> {
          log(attributes);
          return DONE;
        },
        close: async () => closeSync(file),
      };
    },
  };
}

/** The time as text, made anew once a millisecond. */
class TimeText {
  #ms = 0;
  #text = "";

  now(): string {
    const ms = Date.now();
    if (ms !== this.#ms) {
      this.#ms = ms;
      this.#text = new Date(ms).toISOString();
    }
    return this.#text;
  }
}

const SHORT = 42;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** A string in quotes. Short ones are looked at character by character, which is faster than the call of JSON.stringify. */
function quote(value: string): string {
  if (value.length > SHORT) return JSON.stringify(value);
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code < SPACE || code === QUOTE || code === BACKSLASH || code > 0xd7ff) return JSON.stringify(value);
  }
  return `"${value}"`;
}
