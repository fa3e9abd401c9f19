import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";

const redactor = createRedactor();
/** Looks like nothing but a word. */
const WORD = "correcthorse";

describe("a plain word is found in what only a list, a tag or a type stands before", () => {
  test.each([
    `passwords: [${WORD}, winter]`,
    `passwords: [ winter, ${WORD} ]`,
    `{passwords: ["winter", "${WORD}"]}`,
    `{\\"a\\":1}, passwords: [\\"${WORD}\\"]`,
    `db_passwords = ['${WORD}']`,
    `"passwords": ["winter","${WORD}"]`,
    `password:\n  - ${WORD}\n  - x\nport: 1`,
    `passwords:\r\n- "${WORD}"\r\n- 'winter'\r\n`,
    `passwords:\n- batterystaple\n- ${WORD}9\n- ${WORD}`,
    `password: !!str ${WORD}`,
    `password: !!str "${WORD}"`,
    `password: &shared ${WORD}\nport: 1`,
    `password: &shared !!str ${WORD}`,
    `password: !!binary |\n  ${WORD}\nport: 1`,
    `["password"]=>\n  string(12) "${WORD}"\n`,
    `User { password: Some("${WORD}"), name: "bob" }`,
    `{\\"m\\":\\"User { password: Some(\\\\\\"${WORD}\\\\\\") }\\"}`,
    `argv: '/bin/node', '--password', '${WORD}', '-v'`,
    `'--password', '${WORD}'`,
    `run "--db-password", "${WORD}"\nnext`,
  ])("%j", (text) => {
    const safe = redactor.text(text);
    expect(safe).not.toContain(WORD);
    expect(redactor.text(safe)).toBe(safe);
  });

  test("and what stands around it stays", () => {
    expect(redactor.text(`password: &a !!str ${WORD}\nport: 1`)).toBe(
      "password: &a !!str [redacted:key-value]\nport: 1",
    );
    expect(redactor.text(`passwords:\n- ${WORD}\n- x\nport: 1`)).toBe("passwords:\n- [redacted:key-value]\nport: 1");
    expect(redactor.text(`passwords: [${WORD}, winter], n: 1`)).toBe("passwords: [redacted:key-value], n: 1");
  });
});

describe("what only looks so stays", () => {
  test.each([
    "passwords: [String!]!",
    "passwords: [Password]",
    "passwords: [PasswordInput]",
    "passwords: [string, string]",
    "{passwords:[first,second]}",
    "passwords: [required, confirmed]",
    "passwords: [a list of them]",
    "passwords: [REDACTED]",
    "tokens: [hunter, winter]",
    "password:\n  - required\n  - string\n",
    "password:\n  - can't be blank\n",
    "password:\n  - min:8\n",
    "required:\n  - password\n  - username\n",
    "fn login(password: &mut String, n: u8)",
    "password: Some(value)",
    'token: Some("expired")',
    'name: Some("correcthorse")',
    '["name"]=>\n  string(12) "correcthorse"',
    "give '--password', '--token' or 'file'",
    "the options '--password', 'correct' and others",
    "'--password', 'PASSWORD'",
    "'--password', 'string'",
  ])("%j", (text) => {
    expect(redactor.text(text)).toBe(text);
  });

  test("a password that begins with a sign of YAML's is found still", () => {
    for (const text of ["password: !!x9Secret", "password: !x9Secret and more"])
      expect(redactor.text(text)).not.toContain("x9Secret");
  });
});
