import { inspect } from "node:util";
import { expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import { createWriter } from "../serialize/writer.ts";
import { ALNUM, SeededRandom } from "./corpus/random.ts";

/**
 * Nested encodings and shapes, made at random from a seed. `PLUMBLINE_ATTACKS` sets how many, `PLUMBLINE_SEED` the seed; each failure shows how its input was made.
 */
const ATTACKS = Number(process.env["PLUMBLINE_ATTACKS"] ?? 800);
const SEED = Number(process.env["PLUMBLINE_SEED"] ?? 20261121);

type Make<From, To> = readonly [name: string, make: (from: From) => To];

/** Texts that give a password away by what stands beside it. */
const PAIRS: readonly Make<string, string>[] = [
  ["json", (s) => JSON.stringify({ user: "bob", password: s, n: 1 })],
  ["json list", (s) => JSON.stringify({ secrets: [s, "x"], n: 1 })],
  ["json pair", (s) => JSON.stringify({ name: "db_password", value: s })],
  ["json pair, value first", (s) => JSON.stringify({ value: s, key: "apiKey" })],
  [
    "json entry",
    (s) =>
      JSON.stringify([
        ["a", "b"],
        ["password", s],
      ]),
  ],
  ["json headers", (s) => JSON.stringify(["Host", "a:1", "X-Api-Key", s])],
  ["otlp", (s) => JSON.stringify({ attributes: [{ key: "password", value: { stringValue: s } }] })],
  ["inspect", (s) => inspect({ user: "bob", password: s })],
  ["inspect pair", (s) => inspect({ name: "password", value: s })],
  ["inspect map", (s) => inspect(new Map([["password", s]]))],
  ["form", (s) => `user=bob&password=${s}&x=1`],
  ["query", (s) => `https://example.org/cb?access_token=${s}&state=1`],
  ["fragment", (s) => `https://example.org/cb#id_token=${s}`],
  ["address", (s) => `postgres://app:${s}@db.example.org:5432/shop`],
  ["header", (s) => `Authorization: Bearer ${s}\r\nHost: example.org`],
  ["own header", (s) => `X-Api-Key: ${s}\r\nHost: example.org`],
  ["cookie", (s) => `Cookie: theme=dark; sid=${s}`],
  ["set-cookie", (s) => `Set-Cookie: sid=${s}; Path=/; HttpOnly`],
  ["basic", (s) => `Authorization: Basic ${Buffer.from(`bob:${s}`).toString("base64")}`],
  ["env", (s) => `DB_PASSWORD=${s} node run.js`],
  ["yaml", (s) => `db:\n  password: ${s}\n  port: 1`],
  ["ini", (s) => `[db]\npassword = ${s}\n`],
  ["option", (s) => `run --password ${s} --verbose`],
  ["xml", (s) => `<db><password>${s}</password></db>`],
  ["ado", (s) => `Server=db;User ID=sa;Password=${s};Encrypt=True`],
  ["multipart", (s) => `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${s}\r\n--b--`],
  ["curl", (s) => `curl -u bob:${s} https://example.org`],
  ["sql", (s) => `ALTER USER app WITH PASSWORD '${s}'`],
];

/** What carries a text. */
const CARRIERS: readonly Make<string, string>[] = [
  ["json string", (t) => JSON.stringify(t)],
  ["json value", (t) => JSON.stringify({ note: t, n: 1 })],
  ["json item", (t) => JSON.stringify(["a", t])],
  [
    "unicode escapes",
    (t) =>
      `{"note":"${Array.from({ length: t.length }, (_, i) => `\\u${t.charCodeAt(i).toString(16).padStart(4, "0")}`).join("")}"}`,
  ],
  ["percent", (t) => `q=${encodeURIComponent(t)}&page=2`],
  [
    "all percent",
    (t) => `q=${Array.from(Buffer.from(t), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")}`,
  ],
  [
    "entities",
    (t) => t.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
  ],
  ["prose", (t) => `request failed with ${t} after 3 attempts`],
  ["stack", (t) => `Error: ${t}\n    at run (/app/run.ts:10:5)`],
  ["inspect", (t) => inspect({ note: t }, { breakLength: Number.POSITIVE_INFINITY })],
  ["log line", (t) => `2026-11-21T03:04:05.678Z INFO [worker-3] got ${t}`],
  ["address", (t) => `GET https://example.org/?next=${encodeURIComponent(t)} 302`],
  ["long", (t) => `${"lorem ipsum ".repeat(1400)}${t}`],
];

/** What holds a value. */
const HOLDERS: readonly Make<unknown, unknown>[] = [
  ["map", (v) => ({ note: v })],
  ["list", (v) => [1, v]],
  ["Map", (v) => new Map([["note", v]])],
  ["Set", (v) => new Set([v])],
  ["toJSON", (v) => ({ toJSON: () => v })],
  ["error", (v) => new Error(typeof v === "string" ? v : "x", { cause: v })],
  [
    "getter",
    (v) => ({
      get note(): unknown {
        return v;
      },
    }),
  ],
  ["bytes", (v) => (typeof v === "string" ? Buffer.from(v) : v)],
  ["base64", (v) => (typeof v === "string" ? Buffer.from(v).toString("base64") : v)],
  ["base64url", (v) => (typeof v === "string" ? Buffer.from(v).toString("base64url") : v)],
  ["name", (v) => (typeof v === "string" && v.length < 200 ? { [v]: 1 } : v)],
  ["pair", (v) => ({ name: "note", value: v })],
  ["entry", (v) => [["note", v]]],
];

const redactor = createRedactor();
const writer = createWriter({ redactor });

test(`${ATTACKS} nested encodings and shapes let no password through`, () => {
  const random = new SeededRandom(SEED);
  const leaks: string[] = [];
  for (let i = 0; i < ATTACKS; i++) {
    const secret = `Zq7${random.text(ALNUM, 14)}x9`;
    const [pairName, pair] = random.pick(PAIRS);
    const names = [pairName];
    let text = pair(secret);
    for (let n = random.below(4); n > 0; n--) {
      const [name, carry] = random.pick(CARRIERS);
      names.push(name);
      text = carry(text);
    }
    let value: unknown = text;
    for (let n = random.below(3); n > 0; n--) {
      const [name, hold] = random.pick(HOLDERS);
      // Base64 is looked into where a value is nothing else; a stack has more in it.
      if (name === "error" && names.some((earlier) => earlier.startsWith("base64"))) continue;
      names.push(name);
      value = hold(value);
    }
    const { line } = writer.write({ name: text.length < 300 ? text : "n", attributes: { value }, body: value }, 9);
    const encoded = Buffer.from(secret).toString("base64").slice(4, 20);
    const isHidden = ![secret, encoded, percentOf(secret), unicodeOf(secret), codesOf(secret)].some((form) =>
      line.includes(form),
    );
    if (!isHidden || decodedLines(line).some((bytes) => bytes.includes(secret)))
      leaks.push(`${names.join(" < ")}: ${text.slice(-160)}`);
  }
  console.info(`attacks: ${ATTACKS} from seed ${SEED}, ${leaks.length} let through`);
  expect(leaks.slice(0, 40)).toEqual([]);
});

const percentOf = (text: string): string => Array.from(Buffer.from(text), (byte) => `%${byte.toString(16)}`).join("");
const unicodeOf = (text: string): string =>
  Array.from(Buffer.from(text), (byte) => `u00${byte.toString(16)}`).join("\\");
const codesOf = (text: string): string => Array.from(Buffer.from(text)).join(",");

/** What the base64 that is left in a line holds. */
function decodedLines(line: string): string[] {
  return Array.from(line.matchAll(/[A-Za-z0-9+/_-]{24,}/gu), ([run]) => Buffer.from(run, "base64").toString("latin1"));
}
