import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";
import { createWriter } from "../serialize/writer.ts";

/**
 * What the rules knowingly do not catch, as docs/reference/redaction.md lists it ("What is not known"). A rule that comes to catch one of these takes it off that page.
 */
describe("knowingly not caught", () => {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");

  test.each([
    ["a bare word or number", "bob said hunter2 and 48151623"],
    ["a value whose name stands in another line", "user,password\nbob,hunter2"],
    ["a secret in pieces", `part one ghp_${"a1B2".repeat(4)}, part two ${"a1B2".repeat(5)}`],
    ["a token without a mark under a name that says nothing", `upstream ${"0f1e2d3c".repeat(4)}`],
    ["a token of HashiCorp Vault of the old form", `issued s.${"a1B2c3d4".repeat(3)}`],
    ["a token of Facebook for an application", `got 123456789012345|${"a1B2c3d4e".repeat(3)}`],
    ["a key with which Mailgun signs", `got ${"0f".repeat(16)}-${"0f".repeat(4)}-${"0f".repeat(4)}`],
    ["a static key of Yandex Cloud", `got YC${"a1B2".repeat(9)}a1`],
    ["a bearer token of Twitter", `got ${"A".repeat(22)}${"a1B2".repeat(22)}`],
    ["a long-lived token of Dropbox", `got ${"a1B2".repeat(2)}a1B${"A".repeat(10)}${"a1B2".repeat(10)}a1B`],
    [
      "a value of a Kubernetes secret under a name that says nothing",
      `kind: Secret\ndata:\n  value: ${base64("Zq7hunter2x9")}`,
    ],
    ["a header whose name is a key's and no more", 'curl -H "X-Key: Zq7hunter2x9" x'],
    ["the user behind AUTH LOGIN", `AUTH LOGIN ${base64("bob@example.org")}`],
    ["base64 of a user and a password inside other text", `got ${base64("bob:hunter2")} back`],
    ["base64 of a user and a plain word", base64("bob:correcthorse")],
    ["hexadecimal of what no name and no mark gives away", Buffer.from("hunter2 and 48151623").toString("hex")],
    ["an octal escape", "p\\141ssword=hunter2"],
    ["an entity without its semicolon", "&#112assword=hunter2"],
    ["letters set apart", "p a s s w o r d = hunter2"],
    ["plus signs for blanks in prose", "q=the+password+is+hunter2"],
    ["an argument that a command alone makes a password", "mysql -u root -phunter2 shop"],
    [
      "the values of a statement whose columns stand apart",
      "INSERT INTO users (name, password) VALUES ('bob', 'hunter2')",
    ],
    ["a line of a password file", "db.example.org:5432:shop:app:hunter2"],
    ["an address without a scheme", "proxy bob:hunter2@proxy.example.org:8080"],
    ["a token in a user's place", "https://Zq7hunter2x9@example.org/x"],
    ["a JSON Web Key without a name", '{"kty":"EC","d":"Zq7hunter2x9Zq7hunter2x9Zq7hunter2x9"}'],
    ["a card number between other signs", ["4111", "1111", "1111", "1111"].join(".")],
    ["a password like a call", "password=abc(def"],
    ["a password like a whole call", "password=Winter(2024)"],
    ["a password like a letter that a bracket closes", "password=x)"],
    ["a password like a variable that is named after one", "password=$mySecret"],
    ["a plain word behind a path", "//auth/token:word"],
    ["a password like an amount", "secret=1234mb"],
    ["a password like an assignment", "password=a.b=c"],
    ["a short number under a short name", "pass=123"],
    ["a password like a test's count", "pass=4938 fail=1"],
    ["a password like the variable of a shell", "password=$correcthorse"],
    ["a password like the variable of a statement", '{"password":"$12"}'],
    ["a password like a short parameter", "password=:abc"],
    ["a password like the parameter of a secret", "password=:mysecret"],
    ["a password like an expression", "password=${hunter2"],
    ["a password like an expression of a program", '{"password":"#{hunter2}"}'],
    ["a password like a format", "password=%(hunter2)s"],
    ["a password like the path of a test", "PASS: winter/horse2"],
    ["a password like a user's name", "Auth: hunter22 connected"],
    ["a here-document", "password = <<EOF\nhunter2\nEOF"],
    ["a header in the next line", "Authorization: Bearer\r\n Zq7hunter2x9"],
    ["a comment before the sign", '"password"/* x */:"hunter2"'],
    ["a plain word in prose", "the password is correcthorse"],
    ["personal data while its group is off", "bob@example.org from 203.0.113.7, +49 30 1234567"],
  ])("%s", (_, text) => {
    expect(createRedactor().text(text)).toBe(text);
  });

  test("in a structure, a truth value, one sign or a small number", () => {
    const attributes = { password: true, token: "}", pass: 493 };
    expect(JSON.parse(createWriter({ redactor: createRedactor() }).write({ attributes }, 9).line)).toMatchObject({
      attributes,
    });
  });

  test("in text, a status under a name of one's own", () => {
    expect(createRedactor({ keys: ["hiv_status"] }).text("hiv_status=true")).toBe("hiv_status=true");
  });
});
