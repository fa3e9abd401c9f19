import { expect, test } from "vitest";
import { describeError, redactedError } from "../src/describe-error.ts";

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
