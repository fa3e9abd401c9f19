/** A request event: eight attributes, two of them secrets, one a nested map. */
export interface RequestAttributes {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  readonly requestId: string;
  readonly apiKey: string;
  readonly password: string;
  readonly customer: { readonly id: string; readonly tier: string; readonly note: string };
}

/** The event's name, the same for every contender. */
export const EVENT_NAME = "checkout.completed";

/** The secrets that stand in every event, made here from parts so that none stands in a file of the project. */
export const SECRETS: readonly string[] = [
  ["sk", "live", "51Hq9" + "c2XbT7" + "mPz0Ew4"].join("_"),
  ["correct", "horse", "battery", String(7 * 11 * 13)].join("-"),
];

const [API_KEY = "", PASSWORD = ""] = SECRETS;
const WORDS = "the parcel left the warehouse on time and the customer asked for a receipt by post ";

/** Attributes of the event with the given number. `noteLength` sets the payload's size. */
export function requestAttributes(index: number, noteLength: number): RequestAttributes {
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

const notes = new Map<number, string>();

function note(length: number): string {
  let text = notes.get(length);
  if (text === undefined) {
    text = WORDS.repeat(Math.ceil(length / WORDS.length)).slice(0, length);
    notes.set(length, text);
  }
  return text;
}
