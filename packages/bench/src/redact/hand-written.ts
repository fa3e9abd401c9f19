import { EVENT_NAME, type Attributes } from "../load/payload.ts";

type Nested = Readonly<Record<string, string | number | boolean>>;

const LABEL = '"[redacted]"';
const CLOSING_BRACE = 0x7d;

/**
 * The least that anybody does who writes these very events as lines: the time, the known names, each text looked at once for what JSON escapes,
 * and one flat string. It reads no name, walks nothing and looks for no secret; any other event it leaves to `JSON.stringify`.
 */
export function createHandWritten(): (attributes: Attributes) => string {
  const time = createTimeText();
  return (attributes) => {
    const { customer, requestId } = attributes;
    if (typeof requestId !== "string") return JSON.stringify({ time: time(), name: EVENT_NAME, attributes });
    const head = `{"time":"${time()}","severity":"INFO","name":"${EVENT_NAME}","attributes":{`;
    const known = `"route":${quoted(attributes["route"])},"status":${Number(attributes["status"])},"requestId":${quoted(requestId)}`;
    if (typeof customer !== "object") return flat(`${head}${known}}}`);
    const more = `,"method":${quoted(attributes["method"])},"durationMs":${Number(attributes["durationMs"])}`;
    return flat(`${head}${known}${more},"apiKey":${LABEL},"password":${LABEL},"customer":${customerJson(customer)}}}`);
  };
}

function customerJson({ id, tier, note }: Nested): string {
  return `{"id":${quoted(id)},"tier":${quoted(tier)},"note":${quoted(note)}}`;
}

// oxlint-disable-next-line no-control-regex -- these are the characters that JSON wants escaped
const ESCAPED = /["\\\u0000-\u001f\u0080-\uffff]/;
/** Up to here a loop is quicker than the regular expression. */
const SHORT = 16;

function quoted(value: unknown): string {
  const text = String(value);
  return (text.length > SHORT ? ESCAPED.test(text) : hasEscaped(text)) ? JSON.stringify(text) : `"${text}"`;
}

function hasEscaped(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x22 || code === 0x5c || code > 0x7f) return true;
  }
  return false;
}

/** Asking for a character makes V8 join the parts, as whoever writes the line would. */
function flat(line: string): string {
  if (line.charCodeAt(line.length - 1) !== CLOSING_BRACE) throw new TypeError("not a line");
  return line;
}

/** The time to the millisecond, whose text is made anew only when it is another. */
function createTimeText(): () => string {
  let known = Number.NaN;
  let text = "";
  return () => {
    const now = Date.now();
    if (now !== known) {
      known = now;
      text = new Date(now).toISOString();
    }
    return text;
  };
}
