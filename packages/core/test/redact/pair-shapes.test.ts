import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import { pairRole } from "../../src/redact/pair-shapes.ts";
import type { RedactionOptions } from "../../src/redact/redaction-options.ts";
import type { EventInput } from "../../src/event.ts";
import { createWriter } from "../serialize/writer.ts";

/** A password without a shape of its own. */
const SECRET = "hunter2-plain";
const WORD = "letmein";

const byDefault = createRedactor();

function written(value: unknown, options?: RedactionOptions): string {
  const redactor = options === undefined ? byDefault : createRedactor(options);
  return createWriter({ redactor }).write({ attributes: { value } }, 9).line;
}

/** Structures in which a text names the value beside it. */
const SHAPES: readonly (readonly [string, (secret: string) => unknown])[] = [
  ["raw headers", (secret) => ["Host", "localhost:3000", "X-Api-Key", secret, "Accept", "*/*"]],
  ["two raw headers", (secret) => ["X-Api-Key", secret, "X-Auth-Token", secret]],
  ["a header alone", (secret) => ["Proxy-Authorization", `${secret}1`]],
  ["cookies in raw headers", (secret) => ["Set-Cookie", `sid=${secret}; Path=/`, "Cookie", `a=b; sid=${secret}`]],
  [
    "entries",
    (secret) => [
      ["user", "bob"],
      ["password", secret],
    ],
  ],
  ["an entry of a map", (secret) => Array.from(new Map([["db_password", secret]]))],
  ["entries of parameters", (secret) => [...new URLSearchParams({ access_token: secret })]],
  ["entries of headers", (secret) => [...new Headers({ "x-api-key": secret })]],
  ["an entry whose value is no text", (secret) => [["credentials", { a: [secret] }]]],
  ["a set of entries", (secret) => new Set([["password", secret]])],
  ["an option and its argument", (secret) => ["node", "run.js", "--db-password", secret, "-v"]],
  ["name and value", (secret) => ({ name: "password", value: secret })],
  ["value and name", (secret) => ({ value: secret, type: "text", name: "password" })],
  ["capitals, as AWS has them", (secret) => ({ Name: "DB_PASSWORD", Value: secret })],
  ["key and value", (secret) => [{ key: "api_key", value: secret }]],
  ["OTLP", (secret) => ({ key: "password", value: { stringValue: secret } })],
  ["OTLP, a list", (secret) => ({ key: "secrets", value: { arrayValue: { values: [{ stringValue: secret }] } } })],
  ["HAR", (secret) => ({ headers: [{ name: "X-Api-Key", value: secret, comment: "" }] })],
  ["a form's field", (secret) => ({ label: "Your API Key", value: secret })],
  ["multipart", (secret) => [{ name: "token", contents: secret }]],
  ["a change", (secret) => ({ field: "password", oldValue: `${secret}1`, newValue: secret })],
  ["a change, short", (secret) => ({ field: "password", old: `${secret}1`, new: secret })],
  [
    "express-validator",
    (secret) => ({ type: "field", value: secret, msg: "Invalid", path: "password", location: "body" }),
  ],
  ["Mongoose", (secret) => ({ kind: "minlength", path: "user.password", value: secret })],
  ["JSON Patch", (secret) => [{ op: "replace", path: "/user/password", value: secret }]],
  ["Ajv", (secret) => ({ instancePath: "/password", keyword: "pattern", data: secret })],
  ["Pydantic", (secret) => ({ type: "value_error", loc: ["body", "passwords", 0], msg: "short", input: secret })],
  ["a form's field in brackets", (secret) => ({ path: "user[password]", value: secret })],
  ["Ajv, an item", (secret) => ({ instancePath: "/passwords/0", keyword: "pattern", data: secret })],
  ["JSON Patch, an item", (secret) => [{ op: "replace", path: "/user/password/10", value: secret }]],
  ["JSON Patch, behind the last item", (secret) => [{ op: "add", path: "/users/0/passwords/-", value: secret }]],
  ["an index in brackets", (secret) => ({ instancePath: "users[0].passwords[1]", data: secret })],
  ["an index behind brackets", (secret) => ({ path: "user[passwords][1]", value: secret })],
  ["an index behind a dot", (secret) => ({ dataPath: ".users.passwords.0", data: secret })],
  ["Spring", (secret) => ({ field: "password", rejectedValue: secret })],
  ["look-alikes", (secret) => ({ name: "p\u0430ss\u200bword", value: secret })],
  [
    "escapes",
    (secret) => ({
      "pass%77ord": secret,
      "\\u0070assword": secret,
      "p&#97;ssword": secret,
      "%2570assword": secret,
      "%u0070assword": secret,
      "\\u{70}assword": secret,
    }),
  ],
  ["bytes as JSON has them", (secret) => JSON.parse(JSON.stringify(Buffer.from(`password=${secret}`))) as unknown],
  ["character codes", (secret) => Array.from(Buffer.from(`password=${secret}`))],
  ["wide character codes", (secret) => Uint16Array.from(Buffer.from(`password=${secret}`))],
  ["UTF-16", (secret) => Buffer.from(`password=${secret}`, "utf16le")],
  ["UTF-16, the other way round", (secret) => Buffer.from(`password=${secret}`, "utf16le").swap16()],
];

describe("a value that a text names", () => {
  test.each(SHAPES)("is redacted in %s", (_, make) => {
    for (const secret of [SECRET, "Xk29#dk"]) {
      const value = make(secret);
      const line = written({ outer: value });
      expect(line).toContain("[redacted:");
      expect(line).not.toContain(secret);
      expect(line).not.toContain(Array.from(Buffer.from(secret)).join(","));
      expect(line).not.toContain(Buffer.from(secret, "utf16le").toString("base64").slice(4, 12));
      // What is written is not redacted a second time.
      const again = written(JSON.parse(line) as unknown);
      expect(again).toContain(line.slice(line.indexOf('{"outer"'), -2));
    }
  });

  test("is redacted though it is a plain word, where the list or the object leaves no doubt", () => {
    for (const value of [
      ["Host", "localhost:3000", "X-Api-Key", WORD],
      [["password", WORD]],
      { name: "password", value: WORD },
      ["run", "--password", WORD],
    ])
      expect(written(value)).not.toContain(WORD);
  });

  test("is redacted after a scheme", () => {
    for (const scheme of ["Bearer", "bearer", "Token", "Basic"]) {
      expect(written(["x", scheme, "abcdef123456"])).not.toContain("abcdef123456");
      expect(written([scheme, "abcdef123456"])).not.toContain("abcdef123456");
    }
  });

  test("is masked, hashed or left out where the rule says so", () => {
    expect(written({ name: "password", value: "hunter2" }, { actions: { key: "mask" } })).toContain("[masked:key]");
    expect(written([["password", "abcdefgh1234"]], { actions: { key: "mask" } })).toContain("[masked:key:1234]");
    expect(written({ name: "password", value: SECRET }, { actions: { key: "remove" } })).toContain(
      '{"name":"password"}',
    );
    expect(written([["password", SECRET], "x"], { actions: { key: "remove" } })).toContain('[["password"],"x"]');
  });

  test("stays where its name, its path or it itself is allowed", () => {
    expect(written({ name: "password", value: SECRET }, { allowKeys: ["password"] })).toContain(SECRET);
    expect(written({ name: "password", value: SECRET }, { allow: ["value.value"] })).toContain(SECRET);
    expect(written(["X-Api-Key", SECRET], { allow: ["value"] })).toContain(SECRET);
    expect(written([["password", SECRET]], { allowValues: [SECRET] })).toContain(SECRET);
  });

  test("is not let through because the same value was harmless beside another name", () => {
    const writer = createWriter({ redactor: createRedactor() });
    for (let i = 0; i < 3; i++) {
      expect(writer.write({ attributes: { name: "colour", value: "blue" } }, 9).line).toContain('"value":"blue"');
      expect(writer.write({ attributes: { name: "password", value: "blue" } }, 9).line).not.toContain("blue");
    }
  });

  test("is redacted though the name is read by a getter, which is read once", () => {
    let reads = 0;
    const map = {
      get name() {
        reads += 1;
        return reads === 1 ? "password" : "colour";
      },
      value: SECRET,
    };
    expect(written(map)).not.toContain(SECRET);
    expect(reads).toBe(1);
  });
});

describe("the same in text", () => {
  const redactor = createRedactor();
  const texts = SHAPES.filter(([name]) => !/escapes|look-alikes|set|parameters|headers$|UTF|codes|bytes/u.test(name));

  test.each(texts)("%s, as JSON, as JSON in JSON, and as Node shows it", (_, make) => {
    const value = make(SECRET);
    const json = JSON.stringify(value);
    for (const text of [
      json,
      JSON.stringify(value, undefined, 2),
      `got ${json} from upstream`,
      JSON.stringify({ body: json }),
      JSON.stringify({ body: JSON.stringify({ deep: json }) }),
      inspect(value, { depth: 9 }),
      inspect(value, { depth: 9, compact: false }),
    ]) {
      const redacted = redactor.text(text);
      expect(redacted).not.toContain(SECRET);
      expect(redactor.text(redacted)).toBe(redacted);
    }
    expect(() => JSON.parse(redactor.text(json)) as unknown).not.toThrow();
  });

  test("and after a scheme", () => {
    expect(redactor.text('["Bearer","abcdef123456"]')).toBe('["Bearer","[redacted:key-value]"]');
    expect(redactor.text('["Basic","Ym9iOmh1bnRlcjI="]')).toBe('["Basic","[redacted:bearer]"]');
    expect(redactor.text(`[ 'Authorization', 'Bearer', 'abcdef123456' ]`)).not.toContain("abcdef123456");
  });
});

describe("what only looks like a pair stays", () => {
  test.each<[string, unknown]>([
    ["a name in prose", { name: "token expired", value: "yes" }],
    ["two words of which the first is a secret's name", { name: "secret santa", value: "party" }],
    ["a list of names", ["user", "password", "email", "token"]],
    ["two names", ["password", "email"]],
    ["three names", ["password", "address2", "token"]],
    ["four names with digits", ["name", "password", "token", "address2"]],
    ["the names of headers", ["X-Api-Key", "Content-Type", "Authorization", "X-Requested-With"]],
    ["a name and a state", ["token", "expired"]],
    ["a metric", { name: "http.requests", value: 17 }],
    ["a count", { name: "token_count", value: 17 }],
    ["another pair", { key: "colour", value: "blue" }],
    ["a plan", ["basic", "monthly"]],
    ["roles", ["Basic", "Premium"]],
    ["options without an argument", ["run", "--token", "--verbose"]],
    [
      "rows",
      [
        ["name", "id"],
        ["bob", "x1"],
      ],
    ],
    ["numbers that spell no secret", [72, 101, 108, 108, 111, 32, 119, 111, 114, 108, 100]],
    ["addresses", { method: "POST", path: "/oauth/token", from: "10.0.0.1", data: { page: 2 } }],
    ["a tool", { name: "get_token", input: { city: "Oslo" } }],
    [
      "fields in brackets and indexes",
      { path: "user[passwords][colour]", value: "blue1", loc: ["/items/0"], input: "red" },
    ],
    ["an item", { instancePath: "/token_list/0/name", data: "x9y" }],
    ["no path", { name: "user[password]", list: ["/passwords/0", "x9"] }],
    ["another field", { path: "colour", value: "blue", loc: ["body", "colour"], input: "red" }],
    ["counts", [12, 40, 55, 60, 61, 70, 81, 90, 99, 100]],
  ])("%s", (_, value) => {
    expect(JSON.parse(written(value))).toMatchObject({ attributes: { value } });
    const text = JSON.stringify(value);
    expect(createRedactor().text(text)).toBe(text);
  });

  test("a kind, in a structure", () => {
    expect(written({ type: "token", value: "IDENT" })).toContain("IDENT");
  });

  test("a property has a role by its whole name", () => {
    expect(["name", "Key", "FIELD"].map(pairRole)).toEqual(["name", "name", "name"]);
    expect(["value", "Value", "newValue", "stringValue"].map(pairRole)).toEqual(["value", "value", "value", "value"]);
    expect(["username", "keys", "valued", "id"].map(pairRole)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

const SPELLED: readonly number[] = Array.from(Buffer.from(`password=${SECRET}`));

test.each<[string, EventInput]>([
  ["bytes", { attributes: Object.assign({}, SPELLED) }],
  ["bytes beside a body", { body: "b", attributes: Object.assign({}, SPELLED) }],
  ["an object of a class", { attributes: { value: Object.assign(Object.create({ its: "own" }) as object, SPELLED) } }],
  ["a Map", { attributes: { value: new Map(SPELLED.entries()) } }],
])("attributes that spell a secret, as %s, are redacted in a line that can be read", (_, input) => {
  const record = createWriter({ redactor: byDefault }).write(input, 9);
  expect(record.line).toContain("password=[redacted:key-value]");
  expect(record.line).not.toContain(Array.from(Buffer.from(SECRET)).join(","));
  expect(record.line).not.toContain(String(SECRET.charCodeAt(0)));
  expect(record.event().attributes).toBeDefined();
});

test("no structure of pairs, however nested, lets the secret through", () => {
  const shape = fc.constantFrom(...SHAPES.map(([, make]) => make));
  const wrap = fc.constantFrom<(value: unknown) => unknown>(
    (value) => [value],
    (value) => ({ a: value }),
    (value) => new Map([["m", value]]),
    (value) => ({ toJSON: () => value }),
    (value) => [1, "x", value, null],
    (value) => JSON.stringify(value),
    (value) => ({ body: JSON.stringify({ inner: value }) }),
  );
  const writer = createWriter({ redactor: createRedactor() });
  fc.assert(
    fc.property(shape, fc.array(wrap, { maxLength: 4 }), (make, wraps) => {
      const value = wraps.reduce((inner, outer) => outer(inner), make(SECRET));
      const { line } = writer.write({ attributes: { value }, body: value }, 9);
      expect(line).not.toContain(SECRET);
    }),
    { numRuns: 500 },
  );
});
