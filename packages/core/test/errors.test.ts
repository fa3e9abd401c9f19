import { expect, test } from "vitest";
import { PlumblineError, RetryableError, createErrorFactory, errorCode } from "../src/errors.ts";

const catalog = {
  PLB_TEST_ONE: { summary: "You asked for one.", why: "There is none.", mend: "Ask for two." },
} as const;
const testError = createErrorFactory(catalog);

test("an error carries code, reason and mend, and its own message where one is given", () => {
  const cause = new Error("below");
  const error = testError("PLB_TEST_ONE", { message: "You asked for one at noon.", cause, details: { hour: 12 } });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: "PlumblineError",
    code: "PLB_TEST_ONE",
    message: "You asked for one at noon.",
    why: "There is none.",
    mend: "Ask for two.",
    details: { hour: 12 },
    cause,
  });
  expect(testError("PLB_TEST_ONE").message).toBe("You asked for one.");
});

test("errors are known by their brand, also those of another copy of the package", () => {
  const foreign = Object.assign(new Error("x"), { [Symbol.for("plumbline.error")]: true });
  expect(PlumblineError.isInstance(testError("PLB_TEST_ONE"))).toBe(true);
  expect(PlumblineError.isInstance(foreign)).toBe(true);
  expect(PlumblineError.isInstance(new Error("x"))).toBe(false);
  expect(PlumblineError.isInstance(undefined)).toBe(false);
  expect(RetryableError.isInstance(new RetryableError("later", { retryAfterMs: 5 }))).toBe(true);
  expect(RetryableError.isInstance(testError("PLB_TEST_ONE"))).toBe(false);
  expect(Object.keys(testError("PLB_TEST_ONE"))).not.toContain("brand");
});

test("the code to count under is ours, the system's or the class's name, and never free text", () => {
  expect(errorCode(testError("PLB_TEST_ONE"))).toBe("PLB_TEST_ONE");
  expect(errorCode(Object.assign(new Error("no space"), { code: "ENOSPC" }))).toBe("ENOSPC");
  expect(errorCode(new TypeError("x"))).toBe("TypeError");
  expect(errorCode(Object.assign(new Error("x"), { code: "secret text", name: "also secret" }))).toBe("unknown");
  expect(errorCode("thrown text")).toBe("unknown");
  for (const code of ["EAI_AGAIN", "E2BIG", "P2002", "ERR_HTTP2_STREAM_ERROR", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"])
    expect(errorCode(Object.assign(new Error("x"), { code }))).toBe(code);
  for (const name of ["XAmzContentSHA256Mismatch", "PrismaClientKnownRequestError", "Http2Error"])
    expect(errorCode(Object.assign(new Error("x"), { name }))).toBe(name);
  // A plugin that makes a name of what it was given.
  const key = ["AKIA", "QYLPMN5H", "HHFXZ7GD"].join("");
  expect(errorCode(Object.assign(new Error("x"), { code: key, name: key }))).toBe("unknown");
  expect(errorCode(Object.assign(new Error("x"), { name: ["s3cr3t", "t0k3n", "9f86d081884c7d65"].join("") }))).toBe(
    "unknown",
  );
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error("no");
      },
    },
  );
  expect(errorCode(hostile)).toBe("unknown");
});
