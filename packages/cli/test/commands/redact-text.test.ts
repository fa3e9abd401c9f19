import { createRedactor } from "@plumbline/core";
import { describe, expect, test } from "vitest";
import { linesAtRest, linesToShow } from "../../src/redact/line-window.ts";
import { run } from "../../src/run.ts";
import { recordedConsole, runCommand } from "../recorded-console.ts";

const SECRET = ["Zq7hun", "ter2x9Kd"].join("");
const PLAIN = ["correct", "horse"].join("");

async function redact(...input: readonly string[]): Promise<string> {
  const { out } = await runCommand(["redact"], { cwd: ".", input: input.map((part) => Buffer.from(part)) });
  return out;
}

const pretty = (value: unknown): string => JSON.stringify(value, undefined, 2);
const rule = "-".repeat(5);

describe("a name and its value in lines of their own", () => {
  test.each([
    ["a manifest", `env:\n  - name: DB_PASSWORD\n    value: ${SECRET}\n  - name: PORT\n    value: "80"\n`],
    ["JSON for people, a name and a value", pretty({ env: [{ name: "DB_PASSWORD", value: PLAIN }] })],
    ["JSON for people, headers", pretty({ rawHeaders: ["Host", "a:1", "X-Api-Key", SECRET] })],
    ["JSON for people, an option", pretty({ args: ["run", "--password", SECRET] })],
    ["JSON for people, two levels", pretty({ api: { key: SECRET } })],
    ["JSON for people, a list", pretty({ passwords: [SECRET, `${SECRET}b`] })],
    ["JSON for people, an object a line", `{\n "passwords": [\n  {"v": "${PLAIN}"},\n  {"v": "${PLAIN}"}\n ]\n}\n`],
    ["JSON for people, an object for a value", `"name": "DB_PASSWORD",\n"value":\n{"x": "${PLAIN}"}\n`],
    ["a block of YAML", `password: |\n  ${PLAIN}\n  ${SECRET}\nport: 1\n`],
    ["a value below", `password:\n  ${SECRET}\nport: 1\n`],
    ["three quotes", `password = """\n${SECRET}\n"""\nport = 1\n`],
    ["a form's part", `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${SECRET}\r\n--b--\r\n`],
    ["a property list", `<key>password</key>\n<string>${SECRET}</string>\n`],
    ["a setting", `<property>\n  <name>fs.s3a.secret.key</name>\n  <value>${SECRET}</value>\n</property>\n`],
    ["a PuTTY key", `Private-Lines: 2\nAAABAQCx${SECRET}\nAAABAQDx${SECRET}\nPrivate-MAC: 00\n`],
  ])("%s", async (_, text) => {
    const core = createRedactor().text(text);
    expect(core).not.toContain(SECRET);
    expect(core).not.toContain(PLAIN);
    const out = await redact(text);
    expect(out).toBe(core);
    expect(await redact(...text.split(/(?<=\n)/))).toBe(core);
    expect(await redact(`{"a":1}\n${text}\n{"b":2}\n`)).toBe(`{"a":1}\n${core}\n{"b":2}\n`);
  });

  test("wherever the border of a window falls", async () => {
    const redactor = createRedactor();
    const entry = `  - name: DB_PASSWORD\n    value: ${PLAIN}x9\n`;
    const lines = entry.repeat(3000).split(/(?<=\n)/);
    expect(linesToShow(lines.slice(0, 2500), redactor) % 2).toBe(0);
    const out = await redact(lines.join(""));
    expect(out).toBe("  - name: DB_PASSWORD\n    value: [redacted:key-value]\n".repeat(3000));
  });

  test("a value that is longer than a window", async () => {
    const lines = `${`${PLAIN} `.repeat(8)}\n`.repeat(2000);
    expect(await redact(`password = """\n${lines}"""\nport = 1\n`)).toBe(
      'password = """\n[redacted:key-value]"""\nport = 1\n',
    );
  });
});

test("a name that an object has twice hides nothing", async () => {
  const lines = [
    `{"msg":"password=${SECRET}","msg":"ok"}`,
    `{"token":"${SECRET}","token":null}`,
    `[{"a":{"password":"${PLAIN}","n":12345678901234567890,"password":""}}]`,
  ].join("\n");
  const out = await redact(`${lines}\n`);
  expect(out).not.toContain(SECRET);
  expect(out).not.toContain(PLAIN);
  expect(out.split("\n")[0]).toBe('{"msg":"password=[redacted:key-value]","msg":"ok"}');
  expect(out).toContain("12345678901234567890");
  const harmless = '{"a":1,"a":{"b:c":"\\":"},"d":[{}]}\n';
  expect(await redact(harmless)).toBe(harmless);
});

test("a line that is nested too deep for a walk is looked at as text, and those behind it too", async () => {
  const deep = `${"[".repeat(20_000)}"password=${SECRET}"${"]".repeat(20_000)}`;
  const out = await redact(`${deep}\n{"password":"${PLAIN}"}\n`);
  expect(out).toBe(`${deep.replace(SECRET, "[redacted:key-value]")}\n{"password":"[redacted:key]"}\n`);
});

test("words that are base64 alone in their lines are looked into", async () => {
  const word = Buffer.from(`bob:${SECRET}`).toString("base64");
  expect(await redact(`see:\n${word}\r\nand on\n`)).toBe("see:\n[redacted:encoded]\r\nand on\n");
});

test("explains in order where the secrets are, in lines that belong together too", async () => {
  const word = Buffer.from(`bob:${SECRET}`).toString("base64");
  const { out } = await runCommand(["redact", "--explain"], {
    cwd: ".",
    input: [Buffer.from(`fine\n${word}\n  - name: DB_PASSWORD\n    value: ${SECRET}\n{"password":"x"}\n`)],
  });
  expect(out.split("\n").slice(0, 3)).toEqual(["2:1 encoded", "4:12 key-value", "5 key in password"]);
});

test("when nothing more comes for a while what was read is shown, but for a name whose value may be still to come", async () => {
  const shown: string[] = [];
  let onShown: () => void = () => undefined;
  const waitFor = (text: string): Promise<void> =>
    new Promise((resolve) => {
      onShown = () => {
        if (shown.join("").endsWith(text)) resolve();
      };
      onShown();
    });
  async function* input(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("one\ntwo\npassword:\n");
    await waitFor("one\ntwo\n");
    yield Buffer.from(`  ${SECRET}\nthree\n`);
    await waitFor("three\n");
    yield Buffer.from(`${rule} four\n`);
  }
  const recorded = recordedConsole({
    cwd: ".",
    input: input(),
    onOut: (text) => {
      shown.push(text);
      onShown();
    },
  });
  await run(["redact"], recorded.console);
  expect(recorded.out()).toBe(`one\ntwo\npassword:\n  [redacted:key-value]\nthree\n${rule} four\n`);
});

test("a line of JSON behind text that goes on is looked at by its names too", async () => {
  expect(await redact(`started:\n{"pin":493,"a":1}\n{"pin":493}\n`)).toBe(
    'started:\n{"pin":"[redacted:key]","a":1}\n{"pin":"[redacted:key]"}\n',
  );
  expect(await redact(`started:\n{"pin":493,"password":"${PLAIN}"}\n`)).not.toMatch(new RegExp(`493|${PLAIN}`, "u"));
});

test("a secret of several lines is explained once", async () => {
  const word = Buffer.from(`bob:${SECRET}`).toString("base64");
  const key = [
    `${rule}BEGIN PRIVATE KEY${rule}`,
    ...Array<string>(4).fill(["MIIEvQIBADANBgkq", "hkiG9w0BAQEFAASC"].join("").repeat(2)),
    `${rule}END PRIVATE KEY${rule}`,
  ];
  const { out } = await runCommand(["redact", "--explain", "--json"], {
    cwd: ".",
    input: [Buffer.from(`${key.join("\n")}\n${word}\n`)],
  });
  expect(
    out
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line)),
  ).toEqual([
    expect.objectContaining({ line: 1, rule: "private-key" }),
    expect.objectContaining({ line: 7, rule: "encoded" }),
  ]);
});

test.each([
  ["a block that is indented", ["password: |\n", `  ${PLAIN}\n`], `  ${SECRET}\nport: 1\n`],
  ["a block without its last line end", ["password: |-\n"], `  ${PLAIN}\nport: 1\n`],
  ["items", ["passwords:\n", `  - ${SECRET}\n`], `  - ${PLAIN}\nport: 1\n`],
  ["three quotes", ['password = """\n', `${PLAIN}\n`], `${SECRET}\n"""\n`],
  ["a name in a line of its own", ["  - name: DB_PASSWORD\n"], `    value: ${PLAIN}\n`],
])("at rest the rest of it is waited for: %s", (_, begun, end) => {
  const redactor = createRedactor();
  expect(linesAtRest(["one\n", ...begun], redactor)).toBe(1);
  const ended = [...begun, ...end.split(/(?<=\n)/)];
  expect(linesAtRest(["one\n", ...ended], redactor)).toBe(1 + ended.length);
});

test.each([
  "name: bob\n",
  "Error: something\n  at x (y.ts:1)\n",
  `password: ${PLAIN}\n`,
  `{\n"password": {\n"a": "${PLAIN}"\n}\n}\n`,
])("at rest nothing is waited for behind %j", (text) => {
  const lines = text.split(/(?<=\n)/);
  expect(linesAtRest(lines, createRedactor())).toBe(lines.length);
});
