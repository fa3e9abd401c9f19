import { isNamePattern, OUTPUT_DEFAULTS } from "@plumbline/core";
import { DELIVERY_DEFAULTS } from "@plumbline/stream";
import * as z from "zod";
import type { ComponentConfig, ComponentInput, SinkConfig, SinkInput } from "./config.ts";
import { duration, severity, size } from "./schema-fields.ts";
import { formatDuration, formatSize } from "./units.ts";

const POLICIES = ["block", "drop-newest", "drop-oldest"] as const;
const { queue, batch, retry } = OUTPUT_DEFAULTS;

const use = z
  .string()
  .min(1)
  .describe(
    "A built-in name, a plugin's id, an npm name, or a path that starts from this file's folder (`./mine.mjs`).",
  );
/** Lists of conditions: their form stands in `$defs` of the JSON Schema, and is checked where plugins are known. */
const conditions = (description: string): z.ZodType<ComponentInput["when"], ComponentInput["when"]> =>
  z
    .custom<ComponentInput["when"]>(() => true)
    .optional()
    .meta({ description, "x-conditions": true });
const when = conditions(
  "Conditions that must all hold; where one does not, the component is left out, and `plumbline doctor` says why.",
);
const assert = conditions("Conditions that must all hold; where one does not, nothing is started.");
const enabled = z.boolean().default(true).describe("`false` leaves it out; `plumbline doctor` says so.");

/** The policy of a queue. */
export const queuePolicy: z.ZodType<(typeof POLICIES)[number], (typeof POLICIES)[number]> = z
  .enum(POLICIES)
  .describe(
    "What happens when it is full: `block` lets `emitAsync` wait (`emit` drops), `drop-newest` drops the new event, `drop-oldest` makes room.",
  );

/** A component of any kind: what it uses, and its plugin's own options beside it. */
export const componentSchema: z.ZodType<ComponentConfig, ComponentInput> = z
  .looseObject({ use, enabled, when, assert })
  .transform((component): ComponentConfig => {
    const { use: name, enabled: on, when: _when, assert: _assert, ...options } = component;
    return { use: name, enabled: on, options };
  });

const positive = z.int().min(1);

/** Optional, with the default that the pipeline puts in its place: stated, not applied. */
function optional<Output, Input>(
  field: z.ZodType<Output, Input>,
  fallback?: unknown,
): z.ZodType<Output | undefined, Input | undefined> {
  const open = field.optional();
  return fallback === undefined ? open : open.meta({ ...field.meta(), "x-default": fallback });
}

const queueSchema = z.strictObject({
  maxCount: optional(positive.describe("Events that may wait."), queue.maxCount),
  maxBytes: optional(size(1, "How much may wait, in bytes of memory."), formatSize(queue.maxBytes)),
  policy: optional(queuePolicy, queue.policy),
});

const batchSchema = z.strictObject({
  maxCount: optional(positive.describe("Events that one write gets at most."), batch.maxCount),
  maxBytes: optional(
    size(1, "How much one write gets at most; a single larger event goes alone."),
    formatSize(batch.maxBytes),
  ),
  maxDelay: optional(
    duration(0, "How long an event may wait for others to go with it; the sinks `file` and `stdout` wait for none."),
    formatDuration(batch.maxDelayMs),
  ),
});

const retrySchema = z.strictObject({
  initial: optional(
    duration(1, "The longest first pause; it doubles with each failure in a row."),
    formatDuration(retry.initialMs),
  ),
  max: optional(duration(1, "The longest pause."), formatDuration(retry.maxMs)),
  maxAttempts: optional(
    positive.describe("How often one batch is handed to the sink at most; else there is no such bound."),
  ),
  maxElapsed: optional(
    duration(
      0,
      "How long after its first failure a batch is still retried; with `delivery: journal` there is no such bound unless it is given.",
    ),
    formatDuration(retry.maxElapsedMs),
  ),
});

const backlogSchema = z.strictObject({
  begin: optional(
    z
      .enum(["now", "earliest"])
      .describe(
        "Where it begins when it is new: with what comes from now on, or with the earliest event that is left.",
      ),
    DELIVERY_DEFAULTS.begin,
  ),
  hold: optional(
    duration(1000, "How long retention waits for it while it is away."),
    formatDuration(DELIVERY_DEFAULTS.holdMs),
  ),
  maxDeadLetters: optional(
    size(0, "How large the file may get of events that it refuses for good."),
    formatSize(DELIVERY_DEFAULTS.maxDeadLetterBytes),
  ),
});

/** A sink: how it is fed, and its plugin's own options beside that. */
export const sinkSchema: z.ZodType<SinkConfig, SinkInput> = z
  .looseObject({
    use,
    enabled,
    when,
    assert,
    minSeverity: severity("Events below it are not for this sink.").optional(),
    names: z
      .array(z.string().refine(isNamePattern, { error: "an event's name, or `ns.*` for all below a namespace" }))
      .min(1)
      .optional()
      .describe(
        "The events it gets, by name; `ns.*` takes all below a namespace. Events without a name are not among them.",
      ),
    delivery: z
      .enum(["direct", "journal"])
      .default("direct")
      .describe(
        "`direct` feeds it from a queue in memory; `journal` from the journal, with a cursor on disk: at least once across crash, restart and outage.",
      ),
    backlog: backlogSchema.optional().describe("With `delivery: journal`: what waits in the journal for this sink."),
    queue: queueSchema.optional().describe("What waits in memory for this sink."),
    batch: batchSchema.optional().describe("How events go together to the sink."),
    retry: retrySchema.optional().describe("What happens when the sink asks to have a batch again."),
    writeTimeout: optional(
      duration(1, "How long one write may take before its outcome counts as unknown."),
      formatDuration(OUTPUT_DEFAULTS.writeTimeoutMs),
    ),
  })
  .transform((sink): SinkConfig => {
    const { use: name, enabled: on, when: _when, assert: _assert, ...given } = sink;
    const { minSeverity, names, delivery, backlog, queue: q, batch: b, retry: r, writeTimeout, ...options } = given;
    return {
      use: name,
      enabled: on,
      minSeverity,
      names,
      delivery,
      backlog: backlog && { begin: backlog.begin, holdMs: backlog.hold, maxDeadLetterBytes: backlog.maxDeadLetters },
      queue: q,
      batch: b && { maxCount: b.maxCount, maxBytes: b.maxBytes, maxDelayMs: b.maxDelay },
      retry: r && { initialMs: r.initial, maxMs: r.max, maxAttempts: r.maxAttempts, maxElapsedMs: r.maxElapsed },
      writeTimeoutMs: writeTimeout,
      options,
    };
  });
