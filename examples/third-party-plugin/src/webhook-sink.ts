import { RetryableError, type EventLine, type PartialRejection, type PluginContext, type Sink } from "@plumbline/core";
import { readAnswer } from "./answer.ts";
import type { WebhookOptions } from "./options.ts";

/**
 * Posts each batch as one request of JSON lines. What the far side answers decides: 2xx has it, in part where it says so;
 * 408, 425, 429 and 5xx, a broken connection and a timeout have it sent again; anything else refuses it.
 *
 * It holds nothing between two writes, so `start` and `flush` are left out, and `close` has nothing to do.
 */
export function createWebhookSink({ url, headers, timeoutMs }: WebhookOptions, context: PluginContext): Sink {
  const { clock } = context;
  return {
    async write(batch: readonly EventLine[], { signal }): Promise<void | PartialRejection> {
      if (batch.length === 0) return undefined;
      const timeout = new AbortController();
      const timer = clock.setTimer(() => timeout.abort(), timeoutMs);
      try {
        const response = await fetch(url, {
          method: "POST",
          headers: { ...headers, "content-type": "application/x-ndjson; charset=utf-8" },
          body: batch.map((event) => `${event.line}\n`).join(""),
          // Where the lines go is the operator's decision, not the far side's.
          redirect: "error",
          signal: AbortSignal.any([timeout.signal, signal, context.signal]),
        });
        return await readAnswer(response, url.host, batch.length, clock.nowMicros() / 1000);
      } catch (error) {
        if (!isConnectionFailure(error)) throw error;
        const why = timeout.signal.aborted ? `did not answer within ${timeoutMs} ms` : "could not be reached";
        // The cause is left out: it may hold the whole address.
        throw new RetryableError(`${url.host} ${why}.`);
      } finally {
        timer.cancel();
      }
    },
    close(): void {
      // Every write settles with its own request, and those are under the signals above.
    },
  };
}

/** `fetch` rejects with a TypeError when the connection fails, and with a DOMException when it is aborted. */
function isConnectionFailure(error: unknown): boolean {
  return error instanceof TypeError || error instanceof DOMException;
}
