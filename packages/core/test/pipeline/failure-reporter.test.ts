import { expect, test } from "vitest";
import { FailureReporter } from "../../src/pipeline/failure-reporter.ts";
import { createOnceReporter } from "../../src/report-once.ts";
import { FakeDiagnostics } from "../fake-parts.ts";

function reportOf(error: unknown, redactText: ((text: string) => string) | undefined): string | undefined {
  const diagnostics = new FakeDiagnostics();
  new FailureReporter(createOnceReporter(diagnostics), "out", () => redactText).report("CODE", "write failed", error);
  return diagnostics.messages[0];
}

const redact = (text: string): string => text.replaceAll("hush", "[redacted]");

test("an error's text is told redacted, and not at all where there is no redactor", () => {
  expect(reportOf(new Error("no hush here"), redact)).toBe("plumbline: out: write failed: no [redacted] here (CODE)");
  expect(reportOf("hush", redact)).toBe("plumbline: out: write failed: [redacted] (CODE)");
  expect(reportOf(new Error("no hush here"), undefined)).toBe("plumbline: out: write failed (CODE)");
});

test("it is redacted before it is cut, so that no half of a secret is left", () => {
  const message = reportOf(new Error(`${"x".repeat(198)}hush`), redact);
  expect(message).toBe(`plumbline: out: write failed: ${"x".repeat(198)}[r (CODE)`);
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["a number", 7],
  ["an error without a text", new Error("")],
  ["a message that is no text", { message: 7 }],
  [
    "an object that cannot be read",
    new Proxy(
      {},
      {
        has: () => true,
        get: () => {
          throw new Error("no");
        },
      },
    ),
  ],
])("%s has no text", (_what, error) => {
  expect(reportOf(error, redact)).toBe("plumbline: out: write failed (CODE)");
});

test("a redactor that throws is a text left out", () => {
  expect(
    reportOf(new Error("x"), () => {
      throw new Error("no");
    }),
  ).toBe("plumbline: out: write failed (CODE)");
});
