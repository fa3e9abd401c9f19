import { readFileSync } from "node:fs";

/** The version of this package, as its package.json has it. */
function otlpVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "0";
}

/**
 * What requests say they come from: the exporter, its language and its version, behind a product of the caller's.
 * Source: OpenTelemetry specification, "OpenTelemetry Protocol Exporter", "User Agent".
 */
export function userAgentOf(prefix: string | undefined): string {
  const own = `Plumbline-OTLP-Exporter-JavaScript/${otlpVersion()}`;
  return prefix === undefined || prefix === "" ? own : `${prefix} ${own}`;
}
