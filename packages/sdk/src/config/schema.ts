import { DEFAULT_LIMITS } from "@plumbline/core";
import * as z from "zod";
import type { Config, PlumblineConfig } from "./config.ts";
import { componentSchema, sinkSchema } from "./schema-components.ts";
import { duration, level, size } from "./schema-fields.ts";
import { journalSchema } from "./schema-file.ts";
import { formatSize } from "./units.ts";

const text = z.string().min(1);

const watchSchema = z
  .strictObject({
    self: z
      .boolean()
      .default(false)
      .describe("Whether this file is watched. A copy of the last good one is kept, for a restart with a bad one."),
    settle: duration(1, "How long the file must stay as it is before it is taken for whole.").prefault("50ms"),
    interval: duration(50, "How often the file is looked at, whatever the system tells of changes.").prefault("1s"),
  })
  .transform(({ self, settle, interval }) => ({ self, settleMs: settle, intervalMs: interval }));

const COMPONENT_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const componentName = z
  .string()
  .regex(COMPONENT_NAME, { error: "a name of letters, digits, - and _, that begins with a letter, up to 64" });

/** A resource attribute: what OpenTelemetry allows there. */
const attributeValue = z.union(
  [z.string(), z.number(), z.boolean(), z.array(z.string()), z.array(z.number()), z.array(z.boolean())],
  { error: "a text, a number, true or false, or a list of one of these" },
);

const serviceSchema = z.strictObject({
  name: text
    .optional()
    .describe("`service.name` of the resource. Without it `OTEL_SERVICE_NAME`, else `unknown_service`."),
  version: text.optional().describe("`service.version` of the resource."),
  attributes: z
    .record(text, attributeValue)
    .default({})
    .describe("Further resource attributes, laid over those of `OTEL_RESOURCE_ATTRIBUTES`."),
});

const redactSchema = z.strictObject({
  keys: z.array(text).optional().describe("Property names that are secrets beside the built-in ones, in any spelling."),
  allow: z
    .array(text)
    .optional()
    .describe("Paths below the attributes or the body that stay as they are: `user.id`; `*` stands for one name."),
  allowKeys: z
    .array(text)
    .optional()
    .describe("Property names that are no secrets; what stands under them is still searched."),
  allowValues: z.array(text).optional().describe("Texts that are no secrets: found exactly so, they stay."),
  detectors: z.record(text, z.boolean()).optional().describe("Detectors and groups of them, by id, on or off."),
  actions: z
    .record(text, z.enum(["redact", "mask", "hash", "remove"]))
    .optional()
    .describe(
      "What becomes of a secret, by the id of its detector or group, or `default`: `redact`, `mask`, `hash` or `remove`.",
    ),
  patterns: z
    .array(
      z.strictObject({
        id: text.describe("Stands in the label; lower-case letters, digits and `-`."),
        pattern: text.describe("A regular expression of the subset that is linear by its form; any other is refused."),
      }),
    )
    .optional()
    .describe("Detectors of the team's own, by pattern."),
  hashKey: text.optional().describe("The key of the action `hash`, at least 16 bytes: best given as `${VARIABLE}`."),
  extraDetectors: z
    .array(componentSchema)
    .default([])
    .describe("Detectors from plugins, each with `use` and its options."),
});

const limitsSchema = z.strictObject({
  maxDepth: z
    .int()
    .min(1)
    .max(100)
    .default(DEFAULT_LIMITS.maxDepth)
    .describe("Levels of nesting below the attributes or the body."),
  maxAttributes: z
    .int()
    .min(1)
    .default(DEFAULT_LIMITS.maxAttributes)
    .describe("Entries of all maps and lists of one event together."),
  maxStringLength: size(16, "UTF-16 code units of one text.").prefault(formatSize(DEFAULT_LIMITS.maxStringLength)),
  maxEventSize: size(1024, "UTF-16 code units of one line.").prefault(formatSize(DEFAULT_LIMITS.maxEventSize)),
});

/** The whole config. Strict: a key that nothing reads is refused. */
export const configSchema: z.ZodType<Config, PlumblineConfig> = z
  .strictObject({
    $schema: text.optional().describe("For editors: where the JSON Schema of this file is. Nothing else reads it."),
    service: serviceSchema.prefault({}).describe("What emits: the resource that every line carries."),
    plugins: z
      .array(text)
      .default([])
      .describe("Plugins to load: npm names, or paths that start from this file's folder."),
    redact: redactSchema
      .prefault({})
      .describe("How secrets are recognised and what becomes of them, beside what is built in."),
    limits: limitsSchema.prefault({}).describe("Bounds on one event. What goes over is cut visibly, and counted."),
    minSeverity: level("Events below it are not emitted; `off` emits none.").prefault("info"),
    levels: z
      .record(text, level("The level of one scope."))
      .default({})
      .describe("Levels per scope: a name counts for all below it (`acme.db` for `acme.db.pool`), the longest wins."),
    journal: journalSchema.prefault({}).describe("The file that every event is written to, or `false` for none."),
    processors: z
      .array(componentSchema)
      .default([])
      .describe("What sees every event before it becomes a line, in this order: sampling, rate limits."),
    sources: z
      .record(componentName, componentSchema)
      .default({})
      .describe("Where events come from beside the service's own calls."),
    sinks: z
      .record(componentName, sinkSchema)
      .default({})
      .describe("Where redacted lines go beside the journal, by a name of your own."),
    services: z
      .record(componentName, componentSchema)
      .default({})
      .describe("Long-running parts from plugins, which see redacted lines alone: a stream server, an uploader."),
    watch: watchSchema
      .prefault({})
      .describe("Whether this file is watched, and a change of it put in force while the service runs."),
    dataDir: text.optional().describe("Where components keep what they must not lose. Default: the journal's folder."),
    reportSocket: z
      .boolean()
      .default(true)
      .describe("Whether `plumbline doctor` can ask this service for its accounting, over a socket in `dataDir`."),
  })
  .meta({ title: "Plumbline config" });
