import { EVENT_NAME, type Attributes } from "../load/payload.ts";

/** A line as somebody would put it together who knows its shape. */
export function handBuilt(attributes: Attributes, time: TimeText): string {
  return `{"time":"${time.now()}","severity":"INFO","name":"${EVENT_NAME}",${attributesOf(attributes)}}\n`;
}

/** The member `attributes` of a line. */
export function attributesOf(attributes: Attributes): string {
  let text = '"attributes":{';
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
  return `${text}}`;
}

/** The time as text, made anew once a millisecond. */
export class TimeText {
  #ms = 0;
  #text = "";
  #count = 0;

  now(): string {
    const ms = Date.now();
    if (ms !== this.#ms) {
      this.#ms = ms;
      this.#text = new Date(ms).toISOString();
    }
    return this.#text;
  }

  /** To the microsecond. */
  nowMicros(): string {
    const micros = Math.floor((performance.timeOrigin + performance.now()) * 1000);
    const ms = Math.floor(micros / 1000);
    if (ms !== this.#ms) {
      this.#ms = ms;
      this.#text = new Date(ms).toISOString().slice(0, -1);
    }
    return `${this.#text}${String(micros % 1000).padStart(3, "0")}Z`;
  }

  /** 1, 2, 3, … */
  count(): number {
    return ++this.#count;
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
