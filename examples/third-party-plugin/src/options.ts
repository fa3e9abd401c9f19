import type { Plugin } from "@plumbline/core";

/** What the config of this sink says. */
export interface WebhookOptions {
  /** Where batches are posted to. */
  readonly url: URL;
  /** Sent with each request, besides the content type. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds that one request may take. */
  readonly timeoutMs: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 600_000;

interface Issue {
  readonly message: string;
  readonly path?: readonly string[];
}

/**
 * Checks the options. Written by hand to show that a Standard Schema (https://standardschema.dev) is one method; a schema
 * of zod, valibot or arktype is given in the same place.
 */
export const webhookOptions: NonNullable<Plugin<"sink", WebhookOptions>["options"]> = {
  "~standard": {
    version: 1,
    vendor: "plumbline-webhook-sink",
    validate: (given) => {
      if (typeof given !== "object" || given === null || Array.isArray(given)) {
        return { issues: [{ message: "expected an object with a url" }] };
      }
      const { url, headers, timeoutMs, ...others } = given as Record<string, unknown>;
      const issues: Issue[] = Object.keys(others).map((key) => ({
        path: [key],
        message: "is not an option; there are url, headers and timeoutMs",
      }));
      const parsedUrl = parseUrl(url, issues);
      const parsedHeaders = parseHeaders(headers, issues);
      const parsedTimeout = parseTimeout(timeoutMs, issues);
      if (parsedUrl === undefined || issues.length > 0) return { issues };
      return { value: { url: parsedUrl, headers: parsedHeaders, timeoutMs: parsedTimeout } };
    },
  },
};

function parseUrl(given: unknown, issues: Issue[]): URL | undefined {
  const url = typeof given === "string" && URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  // The text is not repeated: the address of a webhook is often a secret.
  issues.push({ path: ["url"], message: "expected an http or https address" });
  return undefined;
}

function parseHeaders(given: unknown, issues: Issue[]): Readonly<Record<string, string>> {
  if (given === undefined) return {};
  const entries =
    typeof given === "object" && given !== null && !Array.isArray(given) ? Object.entries(given) : undefined;
  if (entries === undefined) {
    issues.push({ path: ["headers"], message: "expected a map of names to texts" });
    return {};
  }
  const headers = new Headers();
  for (const [name, value] of entries) {
    try {
      if (typeof value !== "string") throw new TypeError("no text");
      headers.append(name, value);
    } catch {
      issues.push({ path: ["headers", name], message: "is not a header that can be sent" });
    }
  }
  return Object.fromEntries(headers);
}

function parseTimeout(given: unknown, issues: Issue[]): number {
  if (given === undefined) return DEFAULT_TIMEOUT_MS;
  if (typeof given === "number" && given >= 1 && given <= MAX_TIMEOUT_MS) return given;
  issues.push({ path: ["timeoutMs"], message: `expected milliseconds from 1 to ${MAX_TIMEOUT_MS}` });
  return DEFAULT_TIMEOUT_MS;
}
