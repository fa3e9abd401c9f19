import { createRedactor } from "@plumbline/core";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/exit-code.ts";
import { redactValue } from "../../src/redact/redact-value.ts";
import { run } from "../../src/run.ts";
import { recordedConsole, runCommand } from "../recorded-console.ts";

const TOKEN = ["gh", "p_", "A1b2C3d4E5".repeat(3), "F6g7H8"].join("");

async function redact(input: string | Uint8Array, ...args: readonly string[]): Promise<{ code: number; out: string }> {
  const { code, out } = await runCommand(["redact", ...args], { cwd: ".", input: [Buffer.from(input)] });
  return { code, out };
}

describe("redact", () => {
  test("takes a secret out of text", async () => {
    const { code, out } = await redact(`before ${TOKEN} after\n`);
    expect(code).toBe(EXIT.ok);
    expect(out).toBe("before [redacted:github-token] after\n");
  });

  test("takes secrets out of JSON by name, in texts and in names", async () => {
    const { out } = await redact(
      `${JSON.stringify({ user: { password: "x y" }, note: TOKEN, [TOKEN]: [1], n: 1 })}\r\n`,
    );
    expect(out).not.toContain(TOKEN);
    expect(out).not.toContain("x y");
    expect(out.endsWith(',"n":1}\r\n')).toBe(true);
  });

  test("keeps the digits of large integers beside a secret", async () => {
    expect((await redact('{"password":"x","n":9007199254740993}\n')).out).toBe(
      '{"password":"[redacted:key]","n":9007199254740993}\n',
    );
  });

  test("leaves what holds no secret byte for byte", async () => {
    const text = '{ "a" : 1.0, "b":"\\u00e9" }\r\n\n[1, 2]\nplain é\r text\n{broken\nlast';
    expect((await redact(text)).out).toBe(text);
  });

  test("leaves bytes that are not UTF-8 alone, and still finds what is beside them", async () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe, 0x20]), Buffer.from(TOKEN), Buffer.from([0x20, 0xe9, 0x0a])]);
    const chunks: Buffer[] = [];
    const { console } = recordedConsole({ cwd: ".", input: [bytes] });
    console.out.writeBytes = (part) => {
      chunks.push(Buffer.from(part));
      return Promise.resolve();
    };
    await run(["redact"], console);
    const expected = Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      Buffer.from(" [redacted:github-token] "),
      Buffer.from([0xe9, 0x0a]),
    ]);
    expect(Buffer.concat(chunks)).toEqual(expected);
  });

  test("takes a key out that goes over several lines", async () => {
    const rule = "-".repeat(5);
    const name = ["PRIVATE", "KEY"].join(" ");
    const body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC".repeat(2);
    const { out } = await redact(`a\n${rule}BEGIN ${name}${rule}\n${body}\n${body}\n${rule}END ${name}${rule}\nb\n`);
    expect(out).toBe("a\n[redacted:private-key]\nb\n");
  });

  test("shows what it has read when it is stopped", async () => {
    async function* input(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("one\n");
      recorded.interruptions.interrupt();
      yield await new Promise<never>(() => undefined);
    }
    const recorded = recordedConsole({ cwd: ".", input: input() });
    expect(await run(["redact"], recorded.console)).toBe(EXIT.interrupted);
    expect(recorded.out()).toBe("one\n");
  });

  test("explains where the secrets are, and exits with 1", async () => {
    const text = `fine\nsee ${TOKEN}\n{"user":{"password":"hunter2"}}\n`;
    const { code, out } = await redact(text, "--explain");
    expect(code).toBe(EXIT.found);
    expect(out).toContain("2:5 github-token\n");
    expect(out).toContain("3 key in user.password\n");
    expect(out).not.toContain("hunter2");

    const json = await redact(text, "--explain", "--json");
    expect(
      json.out
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line)),
    ).toEqual([
      { line: 2, column: 5, rule: "github-token" },
      { line: 3, field: "user.password", rule: "key" },
    ]);
  });

  test("explains that there is nothing", async () => {
    expect(await redact("fine\n", "--explain")).toEqual({ code: EXIT.ok, out: "ok: no secret found\n" });
  });

  test("takes out what a text beside it names, and leaves what only looks so", async () => {
    const secret = ["hunter", "2-plain"].join("");
    const lines = [
      { rawHeaders: ["Host", "a:1", "X-Api-Key", secret] },
      { entries: [["password", secret]] },
      [{ value: secret, name: "api_key" }],
      { key: "password", value: { stringValue: secret } },
      { argv: ["run", "--password", secret] },
      { data: Buffer.from(`bob:${secret}`).toString("base64") },
      { inner: JSON.stringify([["password", secret]]) },
    ].map((value) => JSON.stringify(value));
    const { out } = await redact(`${lines.join("\n")}\n`);
    expect(out).not.toContain(secret);
    expect(out).not.toContain(Buffer.from(secret).toString("base64").slice(4, 12));
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line)),
    ).toHaveLength(lines.length);
    expect((await redact(out)).out).toBe(out);

    const harmless = `${JSON.stringify({ name: "token expired", value: "yes", list: ["user", "password", "email"] })}\n`;
    expect((await redact(harmless)).out).toBe(harmless);
  });

  test("leaves what stands at an allowed path, and nothing below it", () => {
    const redactor = createRedactor({ allow: ["a", "list"] });
    const value = { a: TOKEN, list: [TOKEN, { b: TOKEN }], b: TOKEN };
    expect(redactValue(value, redactor).value).toEqual({
      a: TOKEN,
      list: [TOKEN, { b: "[redacted:github-token]" }],
      b: "[redacted:github-token]",
    });
  });

  test("under a name of one's own takes truth values and numbers too", () => {
    const redactor = createRedactor({ keys: ["hiv_status"], actions: { key: "hash" }, hashKey: "k".repeat(32) });
    const [yes, no] = [true, false].map((value) => JSON.stringify(redactValue({ hiv_status: value }, redactor).value));
    expect(yes).toContain("[hashed:key:");
    expect(no).not.toBe(yes);
    expect(redactValue({ hiv_status: null, auth: true }, redactor).found).toEqual([]);
  });

  test("takes a number under `pass` for that of tests where another stands beside it", async () => {
    const counts = '{"pass":1042,"fail":3}\n{"pass":104}\n';
    expect((await redact(counts)).out).toBe(counts);
    expect((await redact('{"user":"bob","pass":493817}\n')).out).toBe('{"user":"bob","pass":"[redacted:key]"}\n');
  });

  test("says how long a line is that is too long to be looked at, and shows nothing of it", async () => {
    const { out } = await redact(`a\n${"x".repeat(17 * 1024 * 1024)}${TOKEN}\nb\n`);
    expect(out).toMatch(/^a\n\[redacted: a line of \d+ bytes\]\nb\n$/u);
  });

  test("what is redacted stays as it is", () => {
    const redactor = createRedactor();
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const once = redactValue({ password: value, value }, redactor).value;
        expect(redactValue(once, redactor)).toEqual({ value: once, found: [] });
      }),
    );
  });
});
