import type { TextRedactor } from "@plumbline/core";
import { isRecord } from "../input/fields.ts";
import { outlineOf } from "../input/json-outline.ts";
import { redactValue, type SecretFound } from "../redact/redact-value.ts";

/** The fields of a line in which the walk has looked, each from its own root: paths that are allowed begin there. */
const WALKED_FIELDS = ["name", "body", "attributes", "scope", "resource"];

/**
 * Looks for secrets in a line that should have none: what the walk would have redacted, by the same rules applied to the text as it stands in the
 * file, and that is not a label. What is no JSON is looked through as text.
 */
export function findSecrets(line: string, redactor: TextRedactor): readonly SecretFound[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return inText(line, redactor);
  }
  const { isDeep, hasRepeatedNames } = outlineOf(line, parsed);
  if (isDeep) return inText(line, redactor);
  const found = inValue(parsed, redactor);
  // Only the last of the values under a name that an object has twice is parsed: as text, all are seen.
  const seen = hasRepeatedNames ? inText(line, redactor) : [];
  return seen.length > found.length ? seen : found;
}

function inValue(parsed: unknown, redactor: TextRedactor): readonly SecretFound[] {
  if (!isRecord(parsed)) return redactValue(parsed, redactor).found;
  const walked = WALKED_FIELDS.filter((field) => Object.hasOwn(parsed, field));
  const others = Object.fromEntries(Object.entries(parsed).filter(([field]) => !walked.includes(field)));
  return [
    ...walked.flatMap((field) =>
      redactValue(parsed[field], redactor).found.map((secret) => ({
        rule: secret.rule,
        field: secret.field === "" ? field : `${field}.${secret.field}`,
      })),
    ),
    ...redactValue(others, redactor).found,
  ];
}

function inText(line: string, redactor: TextRedactor): readonly SecretFound[] {
  return redactor.find(line).map(({ detector }) => ({ rule: detector, field: "" }));
}
