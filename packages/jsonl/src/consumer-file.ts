import { jsonlError } from "./jsonl-error.ts";

/**
 * What is kept for a consumer beside a journal.
 * - `hold`: its "not yet" to retention.
 * - `cursor`: how far it has come.
 * - `dead`: events that it could not hand on, with the reason.
 * - `lease`: who of several processes is the consumer.
 */
export type ConsumerFile = "hold" | "cursor" | "dead" | "lease";

const MAX_NAME_BYTES = 255;

/** `<stem>.<what>-<consumer>`. Any consumer name will do that stays short enough. Throws `PLB_JSONL_NAME_INVALID`. */
export function formatConsumerFileName(stem: string, what: ConsumerFile, consumer: string): string {
  const name = `${stem}.${what}-${escapeConsumer(consumer)}`;
  if (consumer === "" || Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw jsonlError("PLB_JSONL_NAME_INVALID", {
      message: "The consumer's name is empty or too long for a file name.",
    });
  }
  return name;
}

/** A consumer's name as it stands in file names: no dot, no slash. Throws `PLB_JSONL_NAME_INVALID`. */
export function escapeConsumer(name: string): string {
  if (/\p{Surrogate}/u.test(name)) throw jsonlError("PLB_JSONL_NAME_INVALID"); // a lone one has no UTF-8
  return encodeURIComponent(name).replaceAll(
    /[.!~*'()]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
