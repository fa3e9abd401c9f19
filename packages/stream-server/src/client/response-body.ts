/** A refusal is a line of JSON; a page of something else is not read to its end. */
const MAX_TEXT_BYTES = 65_536;

/**
 * A reader of a response's body, which ends when the signal aborts. Not by the request's signal alone: Node's fetch holds that weakly, and once the request is
 * collected an abort no longer reaches the body.
 */
export function readBody(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): ReadableStreamDefaultReader<Uint8Array> {
  const reader = body.getReader();
  const end = (): void => void reader.cancel().catch(() => undefined); // what it failed with is read
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return reader;
}

/** The text of a body, up to 64 KiB of it, and no more than there is when the signal aborts. Rejects as the body does. */
export async function readText(response: Response, signal: AbortSignal): Promise<string> {
  if (response.body === null) return "";
  const reader = readBody(response.body, signal);
  const decoder = new TextDecoder();
  let text = "";
  for (let left = MAX_TEXT_BYTES; left > 0;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value.subarray(0, left), { stream: true });
    left -= value.length;
  }
  return text + decoder.decode();
}
