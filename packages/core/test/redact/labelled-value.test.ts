import { expect, test } from "vitest";
import { createRedactor } from "../../src/redact/create-redactor.ts";

const LABEL = "[redacted:jwt]";
const SECRET = ["hunter2x", "q8Zt", "77"].join("-");
/** So much that a label stands across the border of two windows. */
const filler = (before: number): string => "a".repeat(16 * 1024 - before);

test.each([
  ["bare", `password=${LABEL}`],
  ["before a blank", `password=${LABEL} and more`],
  ["in quotes", `{"password":"${LABEL}","page":1}`],
  ["in escaped quotes", `{\\"password\\":\\"${LABEL}\\",\\"page\\":1}`],
  ["in three quotes", `password="""${LABEL}"""`],
])("a label alone stays as it is: %s", (_, text) => {
  expect(createRedactor().text(text)).toBe(text);
});

test.each([
  ["behind it", `password=${LABEL}${SECRET}`],
  ["behind it in quotes", `{"password":"${LABEL}${SECRET}"}`],
  ["behind a quote of another depth", `{\\"password\\":\\"${LABEL}"${SECRET}\\"}`],
  ["behind a doubled quote", `password='${LABEL}''${SECRET}'`],
  ["behind a comma", `password=${LABEL},${SECRET}`],
  ["in the same element", `<password>${LABEL} ${SECRET}</password>`],
  ["under the next name", `password=${LABEL}, token=${SECRET}`],
  ["under a name at the label's end", `x[redacted:key-value]password=${SECRET}`],
  ["behind a label across windows", `${filler(9)} [redacted:key-value] password=${SECRET}`],
  ["behind a label that ends with a window", `${filler(21)}[redacted:key-value]password=${SECRET}`],
  ["behind what is no label", `[redacted:nobody] password=${SECRET}`],
  ["in what is no label", `[redacted:password=${SECRET}]`],
])("a label hides nothing that stands %s", (_, text) => {
  const redactor = createRedactor();
  const redacted = redactor.text(text);
  expect(redacted).not.toContain(SECRET);
  expect(redactor.text(redacted)).toBe(redacted);
});
