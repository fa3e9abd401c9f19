import { describe, expect, test } from "vitest";
import { InstalledEncoder } from "../src/installed-encoder.ts";
import { start } from "../src/index.ts";
import { scratch } from "./scratch.ts";

const CONFIG = `journal: false
sinks:
  out:
    use: file
    path: out.jsonl
    encoder: otlp-json
`;

async function problemsOf(yaml: string): Promise<unknown> {
  const cwd = scratch({ "plumbline.yaml": yaml });
  try {
    const telemetry = await start({ cwd, env: {}, handleSignals: false, flushOnExit: false });
    await telemetry.close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

/** A package of this name, with these exports. */
function installed(source: string): string {
  return scratch({
    "node_modules/@plumbline/otlp/package.json": JSON.stringify({
      name: "@plumbline/otlp",
      type: "module",
      exports: "./index.js",
    }),
    "node_modules/@plumbline/otlp/index.js": source,
  });
}

describe("an encoder of a package", () => {
  test("that is not installed is told with its place, and with what to install", async () => {
    const said = await problemsOf(CONFIG);
    expect(said).toContain("npm install @plumbline/otlp");
    expect(said).toMatch(/plumbline\.yaml:6:\d+/);
  });

  test("that nobody knows is told with those that are", async () => {
    expect(await problemsOf(CONFIG.replace("otlp-json", "otlp-jsno"))).toContain("otlp-json");
  });

  test("writes what it makes of each line", async () => {
    const encoder = new InstalledEncoder(
      "otlp-json",
      installed("export const createOtlpJsonEncoder = () => ({ encode: ({ line }) => `[${line}]` });"),
    );
    const line = { line: "x" } as Parameters<typeof encoder.encode>[0];
    expect(() => encoder.encode(line)).toThrow(expect.objectContaining({ code: "PLB_ENCODER_UNUSABLE" }));
    await encoder.load();
    expect(encoder.encode(line)).toBe("[x]");
  });

  test.each([
    ["is of a version without it", "export const other = 1;"],
    ["gives something else", "export const createOtlpJsonEncoder = () => 5;"],
  ])("that %s is refused", async (_, source) => {
    const encoder = new InstalledEncoder("otlp-json", installed(source));
    await expect(encoder.load()).rejects.toMatchObject({ code: "PLB_ENCODER_UNUSABLE" });
  });
});
