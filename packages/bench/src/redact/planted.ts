import { SECRETS, type Attributes } from "../load/payload.ts";

const [API_KEY = "", PASSWORD = ""] = SECRETS;

/** Ten secrets, made here from parts: the two that the peers are told of, and what else stands in the events of services. */
const TOLD: readonly string[] = [API_KEY, PASSWORD];
const NESTED = ["ses", "4f7c", "91Lw0", "zQe"].join("-");
const IN_ADDRESS = ["db", "Pw7", "hunter", String(17 * 29)].join("");
const IN_HEADER = "c2VydmljZTp0b2tlbg" + "k3jX0v".repeat(3);
const IN_JSON = ["corr", "Ect", String(7 * 13), "staple"].join("_");
const IN_QUERY = "q1w2" + "E3r4t5".repeat(3);
const VENDOR = `ghp_${"a1B2c3".repeat(6)}`;
const CARD = ["4111", "1111", "1111", "1111"].join(" ");
const JWT = [{ alg: "HS256" }, { sub: "bob" }]
  .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
  .join(".");

/** What must not stand in a line of the planted event. */
export const PLANTED_SECRETS: readonly string[] = [
  ...TOLD,
  NESTED,
  IN_ADDRESS,
  IN_HEADER,
  IN_JSON,
  IN_QUERY,
  VENDOR,
  CARD,
  `${JWT}.${"x9Yz".repeat(10)}`,
];

/** An event with a secret in each of the places where services have them. */
export const PLANTED_EVENT: Attributes = {
  apiKey: API_KEY,
  password: PASSWORD,
  customer: { id: "c-17", sessionToken: NESTED },
  database: `postgres://app:${IN_ADDRESS}@db.example.org:5432/shop`,
  request: `GET /orders HTTP/1.1\r\nAuthorization: Bearer ${IN_HEADER}\r\nHost: example.org`,
  body: JSON.stringify({ user: "bob", password: IN_JSON }),
  url: `https://example.org/callback?access_token=${IN_QUERY}&page=2`,
  note: `cloned with ${VENDOR}, paid with ${CARD}, signed in with ${PLANTED_SECRETS[9] ?? ""}`,
};
