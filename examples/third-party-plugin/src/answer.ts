import { RetryableError, type PartialRejection } from "@plumbline/core";

/** Raised when the far side refuses a batch for good. */
class WebhookRefusedError extends Error {
  /** What the host counts the dropped events under. */
  readonly code = "WEBHOOK_REFUSED";
  readonly status: number;

  constructor(host: string, status: number) {
    super(`${host} refused the batch with status ${status}.`);
    this.name = "WebhookRefusedError";
    this.status = status;
  }
}

/** Statuses that say "not now". Source: RFC 9110, sections 15.5.9 and 15.6; RFC 6585, section 4. */
const NOT_NOW: ReadonlySet<number> = new Set([408, 425, 429]);
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * What an answer means for the batch: delivered, delivered in part, to be sent again (`RetryableError`), or refused
 * (`WebhookRefusedError`).
 */
export async function readAnswer(
  response: Response,
  host: string,
  batchLength: number,
  nowMs: number,
): Promise<void | PartialRejection> {
  if (response.ok) return readPartialRejection(await readBounded(response), batchLength);
  await response.body?.cancel();
  if (response.status < 500 && !NOT_NOW.has(response.status)) throw new WebhookRefusedError(host, response.status);
  const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"), nowMs);
  throw new RetryableError(
    `${host} answered with status ${response.status}.`,
    retryAfterMs === undefined ? {} : { retryAfterMs },
  );
}

/** Seconds, or a date. Source: RFC 9110, section 10.2.3. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** `{"rejected": 2, "reason": "…"}`; anything else in an answer is not for us. */
function readPartialRejection(text: string, batchLength: number): void | PartialRejection {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined; // "ok", an empty body, a page: the status has said enough
  }
  if (typeof answer !== "object" || answer === null) return undefined;
  const { rejected, reason } = answer as { rejected?: unknown; reason?: unknown };
  if (typeof rejected !== "number" || !Number.isInteger(rejected) || rejected < 1) return undefined;
  return {
    rejected: Math.min(rejected, batchLength),
    reason: typeof reason === "string" ? reason.slice(0, 200) : "unknown",
  };
}

/** The body up to a bound, so that an endless answer does not fill the memory. */
async function readBounded(response: Response): Promise<string> {
  const body: AsyncIterable<Uint8Array> | null = response.body;
  if (body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) return ""; // leaving the loop cancels the body
  }
  return Buffer.concat(chunks).toString("utf8");
}
