import { context, createContextKey } from "@opentelemetry/api";

/** Marks what runs on behalf of a sink, as far as a context manager carries it across awaits. */
const INSIDE_SINK = createContextKey("plumbline.inside-sink");
/** The key by which the OpenTelemetry SDK's tracers are told to make no spans: @opentelemetry/core, suppressTracing. */
const SUPPRESS_TRACING = createContextKey("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

/**
 * Knows whether the pipeline itself is calling out: into a processor, the walk (which runs getters and `toJSON`), or a sink. What
 * emits from in there is refused, because it would be called again for what it emitted, without end.
 *
 * The synchronous part of a call is always known. What a sink does after an await is known where OpenTelemetry has a context manager; where
 * it has none, such a sink can feed itself one event a batch, at the pace of its batches.
 */
export class EmitGuard {
  #inside = false;
  #writes = 0;

  /** Whether an event that is emitted now comes from a call of the pipeline's own. */
  get isInside(): boolean {
    return this.#inside || (this.#writes > 0 && isMarked());
  }

  /** Marks the start of a call; what it returns goes to {@link leave}. */
  enter(): boolean {
    const before = this.#inside;
    this.#inside = true;
    return before;
  }

  leave(before: boolean): void {
    this.#inside = before;
  }

  /** Calls into a sink, in a context in which nothing is traced: an exporter's own requests are not the service's. */
  async call<Value>(call: () => Value | PromiseLike<Value>): Promise<Value> {
    this.#writes += 1;
    try {
      const marked = context.active().setValue(INSIDE_SINK, true).setValue(SUPPRESS_TRACING, true);
      return await context.with(marked, () => {
        const before = this.enter();
        try {
          return call();
        } finally {
          this.leave(before);
        }
      });
    } finally {
      this.#writes -= 1;
    }
  }
}

/** A context manager is somebody else's: where it throws, nothing is known of what runs. */
function isMarked(): boolean {
  try {
    return context.active().getValue(INSIDE_SINK) === true;
  } catch {
    return false;
  }
}
