import { diag, DiagLogLevel } from "@opentelemetry/api";
import { expect, onTestFinished, test, vi } from "vitest";
import { setDiagLogLevel } from "../src/diagnostics.ts";

test("whatever is logged through OpenTelemetry's diag is shown, redacted, and throws into nobody", () => {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => {
    write.mockRestore();
    diag.disable();
  });
  setDiagLogLevel(DiagLogLevel.ALL);
  const token = ["gh", "p_", "a1B2c3D4e5".repeat(4)].join("").slice(0, 40);
  const circular: { self?: unknown; headers: unknown } = { headers: { authorization: `Bearer ${token}` } };
  circular.self = circular;
  const hostile = new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new Error("no");
      },
    },
  );
  diag.debug("request", circular, 10n, new Error("refused"), hostile, undefined, { code: "E", lines: 2 }, token);
  const said = write.mock.calls.map(([text]) => String(text)).join("");
  for (const part of ["request", "Circular", "10n", "Error: refused", '{"code":"E","lines":2}']) {
    expect(said).toContain(part);
  }
  expect(said).not.toContain(token);
});
