import { describe, expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";

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
    ["base64 inside other text", `got ${base64("password=hunter2")} back`],
    ["base64 of a user and a plain word", base64("bob:correcthorse")],
    ["hexadecimal", Buffer.from("password=hunter2").toString("hex")],
    ["a plain word in prose", "the password is correcthorse"],
    ["personal data while its group is off", "bob@example.org from 203.0.113.7, +49 30 1234567"],
  ])("%s", (_, text) => {
    expect(createRedactor().text(text)).toBe(text);
  });
});
