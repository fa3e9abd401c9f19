import type { TextRedactor } from "@plumbline/core";
import { isRecord } from "../input/fields.ts";
import { redactValue, type SecretFound } from "../redact/redact-value.ts";

/** The fields of a line that hold what a service said. The others are made by Plumbline. */
const SPOKEN_FIELDS = ["name", "body", "attributes", "scope", "resource"];

/**
 * Looks for secrets in a line that should have none: what the walk would have redacted, by the same rules applied to the text as it stands in the
 * file, and that is not a label.
 */
export function findSecrets(line: string, redactor: TextRedactor): readonly SecretFound[] {
  const parsed: unknown = JSON.parse(line);
  if (!isRecord(parsed)) return [];
  return SPOKEN_FIELDS.filter((field) => Object.hasOwn(parsed, field)).flatMap((field) =>
    redactValue(parsed[field], redactor).found.map((secret) => ({
      rule: secret.rule,
      field: secret.field === "" ? field : `${field}.${secret.field}`,
    })),
  );
}
