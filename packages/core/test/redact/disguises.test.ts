import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import { createWriter } from "../serialize/writer.ts";

/** Looks like a secret, and has no form of its own. */
const SECRET = "Zq7hunter2x9";
const WORD = "hunter2";
const ESC = "\u001b";

const redactor = createRedactor();
const writer = createWriter({ redactor });

const inXml = (text: string): string => `<a>${text}</a>`;
const wide = (text: string): string => Array.from(text).join("\0");

/** How software writes a name and its value, each once with a secret in it. */
const TEXTS: readonly (readonly [name: string, text: string, secret?: string])[] = [
  ["colours, as Node shows objects", inspect({ user: "bob", password: SECRET }, { colors: true })],
  ["colours, around names", `${ESC}[1mDB_PASSWORD${ESC}[0m=${SECRET}`],
  ["colours, in JSON", `${ESC}[34m"password"${ESC}[0m: ${ESC}[32m"${SECRET}"${ESC}[0m`],
  ["colours, escaped", JSON.stringify(`${ESC}[34m"password"${ESC}[0m: ${ESC}[32m"${SECRET}"${ESC}[0m`)],
  ["colours, as shells write them", `\\033[1mpassword\\033[0m=${SECRET}`],
  ["wide text that was read as bytes", wide(`password=${SECRET}`), wide(SECRET)],
  ["blanks that do not break", `password\u00a0=\u00a0${SECRET}`],
  ["a card number with such blanks", ["4111", "1111", "1111", "1111"].join("\u202f"), "1111\u202f1111"],
  ["a card number in other digits", "\u0664" + "\u0661".repeat(15), "\u0661\u0661\u0661\u0661"],
  ["letters of another script", `\ua4d1\ua4ee\ua4e2\ua4e2\ua4ea\ua4f3\ua4e3\ua4d3=${SECRET}`],
  ["letters with marks", `p\u1ea1ssword=${SECRET}`],
  ["a mark around a letter", `p\u20e3assword=${SECRET}`],
  ...["api_key", "auth", "pin", "API key", "--password", "cvv", "jwt", "private_key"].map(
    (name): readonly [name: string, text: string] => [
      `${name}, first of a line in a JSON string`,
      JSON.stringify({ note: `cfg:\n${name}=${SECRET}` }),
    ],
  ),
  ["a name that begins like an escape", `DOMAIN\\token=${SECRET}`],
  ["a property of XML", inXml(`<property name="connection.password">${SECRET}</property>`)],
  ["a setting of XML", `<property><name>fs.s3a.secret.key</name><value>${SECRET}</value></property>`],
  ["CDATA", inXml(`<password><![CDATA[${SECRET}]]></password>`)],
  ["an element with attributes", inXml(`<wsse:Password Type="#PasswordText">${SECRET}</wsse:Password>`)],
  ["lists of forms", `user[password][]=${SECRET}&user[password][0]=${SECRET}`],
  ["lists of forms, encoded", `user%5Bpassword%5D%5B%5D=${SECRET}&x=1`],
  ["tuples", `[('user', 'bob'), ('password', '${SECRET}')] ("password", "${SECRET}")`],
  ["a keyword's value", `{:password "${WORD}"}`, WORD],
  ["PostgreSQL", `ALTER USER bob PASSWORD '${WORD}'`, WORD],
  ["MySQL", `SET PASSWORD FOR 'bob'@'%' = '${WORD}'`, WORD],
  ["MySQL, hashed by a function", `SET PASSWORD FOR 'bob'@'%' = PASSWORD('${SECRET}')`],
  ["MySQL, with a way of hashing", `ALTER USER 'bob'@'%' IDENTIFIED WITH native BY '${WORD}'`, WORD],
  ["JSON that is cut off", `{"credentials":{"user":"bob","nested":{"q":"${SECRET}"},"z":1`],
  ["JSON that is cut off, over lines", `{"credentials":{\n  "user": "bob",\n  "q": "${SECRET}"`],
  ["a colon in the next line", `"password"\n : "${SECRET}"`],
  ["a list that Node shows", inspect({ apiKeys: [SECRET, "b"] })],
  ["an object that Node shows", inspect({ credentials: { id: "bob", value: SECRET } })],
  ["a set that Node shows", inspect({ passwords: new Set([SECRET]) })],
  ["a map that Node shows", inspect({ credentials: new Map([["x", SECRET]]) })],
  ["a list in brackets, cut off", `passwords=[${SECRET}, b`],
  ["a list of YAML", `passwords:\n  - ${SECRET}\n  - ${SECRET}b\nport: 1`],
  ["a value below its name", `password:\n    ${SECRET}\n`],
  ["a quoted value below its name", `password:\n  "${SECRET}"\n`],
  ["a name in two levels of YAML", `api:\n  key: ${SECRET}\n`],
  ["a name in two levels of JSON", JSON.stringify({ api: { key: SECRET } })],
  [".netrc", `machine api.example.org login bob password ${WORD}`, WORD],
  ["a PuTTY key", `Private-Lines: 2\nAAABAQCx${SECRET}\nAAABAQDx${SECRET}\nPrivate-MAC: 00`],
  ["a key without its frame", `key MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7${SECRET}`],
  ["a call", `client.setPassword("${SECRET}")`],
  ["lines in quotes", `password="""\n${SECRET}\n"""`],
  ["a password that is told", `password was changed to ${SECRET}`],
  ["a header of several values", `{"rawHeaders":["X-Api-Key",["${SECRET}"]]}`],
  ["a fragment", `https://example.org/#code=${SECRET}${SECRET}`],
  ["JSON in a form's part", `name="credentials"\r\n\r\n{"user":"bob","q":"${SECRET}"}\r\n--b`],
  ["base64 of UTF-16", Buffer.from(`password="${SECRET}"`, "utf16le").toString("base64"), "cABhAHMAcwB3"],
  [
    "base64 with its padding escaped",
    Buffer.from(`bob:${SECRET}a`).toString("base64").replaceAll("=", "%3D"),
    "Ym9iOlpx",
  ],
];

describe("a secret in text is found behind", () => {
  test.each(TEXTS.map(([name, text, secret = SECRET]) => [name, text, secret] as const))("%s", (_, text, secret) => {
    expect(text).toContain(secret);
    for (const whole of [text, `before\n${text}\nafter`]) {
      if (whole !== text && secret.startsWith("cAB")) continue;
      const safe = redactor.text(whole);
      if (whole === text || !secret.startsWith("Ym9i")) expect(safe).not.toContain(secret);
      expect(redactor.text(safe)).toBe(safe);
    }
  });
});

/** Values that the walk meets, and what of them must not be written. */
const VALUES: readonly (readonly [name: string, value: unknown, secret?: string])[] = [
  ["a name in two levels", { api: { url: "x", key: SECRET } }],
  ["a name in two levels, with a list between", { apis: 1, api: [{ key: SECRET }] }],
  ["a name in two levels of maps", new Map([["card", new Map([["number", "4111 1111 1111 1112"]])]]), "1111 1111"],
  ["a form's field", { type: "password", value: SECRET }],
  ["headers as bytes", { rawHeaders: [Buffer.from("x-api-key"), Buffer.from(SECRET)] }],
  ["headers of several values", { rawHeaders: ["X-Api-Key", [SECRET]] }],
  [
    "bytes that went through JSON",
    JSON.parse(JSON.stringify(Uint8Array.from(Buffer.from(`password=${SECRET}`)))) as unknown,
    '"9":90',
  ],
  ["parameters", new URLSearchParams({ code: SECRET + SECRET, sig: SECRET + SECRET })],
  ["wide bytes with a mark in front", Buffer.from(`\ufeffpassword=${SECRET}`, "utf16le"), "$bytes"],
  [
    "wide bytes at an odd place",
    Buffer.concat([Buffer.from([1]), Buffer.from(`password=${SECRET}`, "utf16le")]),
    "$bytes",
  ],
];

test.each(VALUES.map(([name, value, secret = SECRET]) => ({ name, value, secret })))(
  "a secret in a structure is found behind $name",
  ({ value, secret }) => {
    const { line } = writer.write({ attributes: { value } }, 9);
    expect(line).toContain("[redacted:");
    for (const form of [secret, Buffer.from(secret).toString("base64")]) expect(line).not.toContain(form);
  },
);

test.each<[string, unknown]>([
  [
    "keys that are no secrets",
    { storage: { key: "uploads/cat-17.png" }, primary: { key: "order-17" }, data: { key: "k1", value: 2 } },
  ],
  ["a page's address", new URLSearchParams({ code: "200", page: "2" })],
  ["another type", { type: "token", value: "IDENT" }],
  ["numbers in an object", { 0: 72, 1: 101, 2: 108, 3: 108, 4: 111, 5: 32, 6: 119, 7: 111, 8: 114 }],
])("%s stay", (_, value) => {
  expect(writer.write({ attributes: { value } }, 9).line).not.toContain("[redacted:");
});
