import { checkRedactionOptions, createRedactor, type Detector, type Redactor } from "@plumbline/core";
import type { RedactConfig } from "./config/config.ts";
import { definedOnly } from "./defined-only.ts";

/**
 * The redactor that a config asks for, with detectors from plugins. Throws `PLB_REDACT_OPTIONS_INVALID` or
 * `PLB_REDACT_HASH_KEY`.
 */
export function createConfiguredRedactor(config: RedactConfig, extraDetectors: readonly Detector[]): Redactor {
  const { extraDetectors: _, ...given } = config;
  return createRedactor({ ...definedOnly(given), extraDetectors });
}

/** Refuses what {@link createConfiguredRedactor} refuses, where no detector comes from a plugin; throws the same. */
export function checkRedaction(config: RedactConfig): void {
  const { extraDetectors: _, ...given } = config;
  checkRedactionOptions(definedOnly(given));
}
