import { createRedactor, type Detector, type Redactor } from "@plumbline/core";
import type { RedactConfig } from "./config/config.ts";
import { definedOnly } from "./defined-only.ts";

/**
 * The redactor that a config asks for, with detectors from plugins. Throws what `createRedactor` throws: the codes that begin
 * with `PLB_REDACT_`.
 */
export function createConfiguredRedactor(config: RedactConfig, extraDetectors: readonly Detector[]): Redactor {
  const { extraDetectors: _, ...given } = config;
  return createRedactor({ ...definedOnly(given), extraDetectors });
}
