import { expect, test } from "vitest";
import { describeError, redactedError, wordsOf } from "../src/describe-error.ts";
import { sdkError } from "../src/error-codes.ts";

const SECRET = "Zq7hunter2x9";

test("what an error says of a secret is not shown, wherever it says it", () => {
  const error = new TypeError(`no access with password=${SECRET}`);
  Object.defineProperty(error, "name", { value: `password=${SECRET}` });
  const shown = redactedError(error);
  expect([shown.message, shown.name, shown.stack, describeError(error), String(shown)].join("\n")).not.toContain(
    SECRET,
  );
  expect(shown.message).toBe("no access with password=[redacted:key-value]");
});

test("a plugin's own words are redacted in one of our errors too", () => {
  const said = wordsOf(sdkError("PLB_START_FAILED", { message: `https://bob:${SECRET}@example.org does not answer` }));
  expect(said).toBe("https://bob:[redacted:url-password]@example.org does not answer");
});
