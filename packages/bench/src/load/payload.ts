/** Attributes of an event, as every contender is given them. */
export type Attributes = Readonly<
  Record<string, string | number | boolean | Readonly<Record<string, string | number | boolean>>>
>;

/** A size of event. */
export interface Payload {
  readonly name: string;
  /** Bytes of memory that an event takes on a line, about. */
  readonly bytes: number;
  /** Attributes of the event with the given number. Each carries `req-N`, by which the oracle knows it. */
  attributes(index: number): Attributes;
}

/** The event's name, the same for every contender. */
export const EVENT_NAME = "checkout.completed";

/** The secrets that stand in every request event, made here from parts so that none stands in a file of the project. */
export const SECRETS: readonly string[] = [
  ["sk", "live", "51Hq9" + "c2XbT7" + "mPz0Ew4"].join("_"),
  ["correct", "horse", "battery", String(7 * 11 * 13)].join("-"),
];

const [API_KEY = "", PASSWORD = ""] = SECRETS;
const WORDS = "the parcel left the warehouse on time and the customer asked for a receipt by post ";

/** A request event: eight attributes, two of them secrets, one a nested map. `noteLength` sets its size. */
export function requestAttributes(index: number, noteLength: number): Attributes {
  return {
    method: "POST",
    route: "/api/checkout/:cart",
    status: 200,
    durationMs: 12.5 + (index % 10),
    requestId: `req-${index}`,
    apiKey: API_KEY,
    password: PASSWORD,
    customer: { id: `c-${index % 1000}`, tier: "gold", note: note(noteLength) },
  };
}

/** The payload as `JSON.stringify` writes it: the line of the floor, in which only the time is to come. */
export function plainLine(time: string, attributes: Attributes): string {
  return `${JSON.stringify({ time, severity: "INFO", name: EVENT_NAME, attributes })}\n`;
}

const notes = new Map<number, string>();

const TIME = "2026-01-01T00:00:00.000Z";
const SAMPLE = 10_000;

/** Three attributes and no secret. */
const small: Payload = {
  name: "150 B",
  bytes: plainLine(TIME, smallAttributes(SAMPLE)).length,
  attributes: smallAttributes,
};

function smallAttributes(index: number): Attributes {
  return { route: "/api/checkout", status: 200, requestId: `req-${index}` };
}

function request(name: string, bytes: number): Payload {
  const noteLength = bytes - plainLine(TIME, requestAttributes(SAMPLE, 0)).length;
  return { name, bytes, attributes: (index) => requestAttributes(index, noteLength) };
}

export const PAYLOADS: Readonly<Record<"150 B" | "1 KiB" | "20 KiB" | "1 MiB", Payload>> = {
  "150 B": small,
  "1 KiB": request("1 KiB", 1024),
  "20 KiB": request("20 KiB", 20 * 1024),
  "1 MiB": request("1 MiB", 1024 * 1024),
};

function note(length: number): string {
  let text = notes.get(length);
  if (text === undefined) {
    text = WORDS.repeat(Math.ceil(length / WORDS.length)).slice(0, length);
    notes.set(length, text);
  }
  return text;
}
