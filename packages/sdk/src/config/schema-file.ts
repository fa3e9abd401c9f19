import { FILE_DEFAULTS, STDOUT_DEFAULTS } from "@plumbline/file";
import { hasPacking } from "@plumbline/jsonl";
import * as z from "zod";
import type { JournalConfig, JournalInput } from "./config.ts";
import { queuePolicy } from "./schema-components.ts";
import { duration, severity, size } from "./schema-fields.ts";
import { formatDuration, formatSize } from "./units.ts";

/** Where the journal is when no config says otherwise. */
const DEFAULT_JOURNAL_PATH = "./telemetry/{service}.jsonl";

const DEFAULTS = FILE_DEFAULTS;
const EXIT_FLUSH = "How long the flush at process exit may take.";

/** Permission bits as people write them: `"0640"`. A bare 0640 would be a decimal number in YAML 1.2, so it must be text. */
function permissions(value: number, needed: number, description: string): z.ZodType<number, string | undefined> {
  const expected = `permission bits in quotes, such as "${octal(value)}", with which the owner can write`;
  return z
    .string({ error: expected })
    .regex(/^0?[0-7]{3}$/, { error: expected })
    .refine((text) => (Number.parseInt(text, 8) & needed) === needed, { error: expected })
    .transform((text): number => Number.parseInt(text, 8))
    .prefault(octal(value))
    .describe(description);
}

function octal(value: number): string {
  return `0${value.toString(8)}`;
}

const rotateSchema = z
  .strictObject({
    maxBytes: size(
      1,
      "The file is sealed before a line would take it past this; a single larger line goes past it.",
    ).optional(),
    maxAge: duration(1, "The file is sealed this long after it was begun.").optional(),
    keep: z
      .int()
      .nonnegative()
      .optional()
      .describe("Sealed files that stay; the oldest go first. Without any bound all stay."),
    keepBytes: size(0, "Bytes that sealed files may take together.").optional(),
    keepAge: duration(1, "How long a sealed file stays.").optional(),
    compress: z
      .enum(["gzip", "zstd", "none"])
      .refine((compress) => compress === "none" || hasPacking(compress), {
        error: `"gzip" or "none": zstd came with Node 22.15 and 23.8, and this is ${process.versions.node}`,
      })
      .default(DEFAULTS.rotate.compress)
      .describe("How sealed files are compressed; `zstd` needs Node 22.15, 23.8 or newer, also of whoever reads them."),
    holdFactor: z
      .number()
      .min(1)
      .default(DEFAULTS.rotate.holdFactor)
      .describe(
        "How many times `keep` or `keepBytes` may stay for a consumer that is behind, before the oldest go all the same.",
      ),
  })
  .transform(({ maxAge, keepAge, ...rest }): JournalConfig["rotate"] => ({
    ...rest,
    maxAgeMs: maxAge,
    keepAgeMs: keepAge,
  }));

const path = z
  .string()
  .min(1)
  .describe(
    "The file being written. `{service}` stands for the service's name, which must then be one safe part of a path.",
  );

/** What every file of lines can be told, the journal or a plain one. */
const fileFields = {
  flushInterval: duration(0, "How long a line that nobody waits for may wait before its write begins.").prefault(
    formatDuration(DEFAULTS.flushIntervalMs),
  ),
  rotate: rotateSchema
    .prefault({})
    .describe("When the file is sealed and a new one begun, and which sealed ones stay."),
  fileMode: permissions(DEFAULTS.mode, 0o200, "Permission bits of the files made."),
  directoryMode: permissions(DEFAULTS.directoryMode, 0o700, "Permission bits of the folders made."),
  onOwned: z
    .enum(["next-slot", "refuse"])
    .default(DEFAULTS.onOwned)
    .describe("When another thread or process writes the file: take the next slot beside it, or refuse to start."),
  rotateOnSighup: z
    .boolean()
    .default(DEFAULTS.rotateOnSighup)
    .describe("Seals the file whenever the process gets a SIGHUP."),
  exitFlush: duration(0, EXIT_FLUSH).prefault(formatDuration(DEFAULTS.exitFlushMs)),
};

const journalQueue = z.strictObject({
  maxBytes: size(
    1,
    "How much may wait for the disk, in bytes of memory; with the policy `block`, what `emitAsync` waits for may take as much again.",
  ).prefault(formatSize(DEFAULTS.maxQueueBytes)),
  policy: queuePolicy.default(DEFAULTS.queuePolicy),
  keep: severity("When it is full, events below this go first, whatever the policy.").optional(),
});

/** The journal, or `false` for none. */
export const journalSchema: z.ZodType<JournalConfig | undefined, JournalInput | false> = z
  .union(
    [
      z.literal(false),
      z.strictObject({
        path: path.default(DEFAULT_JOURNAL_PATH),
        durability: z
          .enum(["buffered", "written", "fsynced"])
          .default(DEFAULTS.durability)
          .describe(
            "What `emitAsync` and `flush` wait for: `buffered` in memory, `written` survives SIGKILL, `fsynced` survives a power cut.",
          ),
        queue: journalQueue.prefault({}).describe("What waits in memory for the disk."),
        ...fileFields,
      }),
    ],
    { error: "expected a map, or false for no journal" },
  )
  .transform((journal): JournalConfig | undefined => {
    if (journal === false) return undefined;
    const { queue, flushInterval, fileMode, exitFlush, ...rest } = journal;
    return {
      ...rest,
      flushIntervalMs: flushInterval,
      maxQueueBytes: queue.maxBytes,
      queuePolicy: queue.policy,
      keep: queue.keep,
      mode: fileMode,
      exitFlushMs: exitFlush,
    };
  });

/** What a plain file of lines is told: the options of `use: file`. */
export interface PlainFileConfig extends Pick<
  JournalConfig,
  "path" | "flushIntervalMs" | "rotate" | "mode" | "directoryMode" | "onOwned" | "rotateOnSighup" | "exitFlushMs"
> {
  /** Default: Plumbline's own lines. */
  readonly encoder?: EncoderName | undefined;
}

/** The options of `use: file` as they are written. */
export interface PlainFileInput extends Pick<
  JournalInput,
  "flushInterval" | "rotate" | "fileMode" | "directoryMode" | "onOwned" | "rotateOnSighup" | "exitFlush"
> {
  readonly path: string;
  readonly encoder?: EncoderName | undefined;
}

/** The other forms that a plain file's lines may have. */
export type EncoderName = "otlp-json";

/** The options of `use: file`. */
export const plainFileSchema: z.ZodType<PlainFileConfig, PlainFileInput> = z
  .strictObject({
    path,
    encoder: z
      .enum(["otlp-json"])
      .optional()
      .describe(
        "The form of the lines, where it is not Plumbline's own. `otlp-json`: an OTLP export request each, which collectors read from files; needs `@plumbline/otlp`.",
      ),
    ...fileFields,
  })
  .transform(({ flushInterval, fileMode, exitFlush, ...rest }): PlainFileConfig => ({
    ...rest,
    flushIntervalMs: flushInterval,
    mode: fileMode,
    exitFlushMs: exitFlush,
  }));

/** What a descriptor of lines is told: the options of `use: stdout`. */
export interface DescriptorConfig {
  readonly fd: 1 | 2;
  readonly exitFlushMs: number;
}

/** The options of `use: stdout` as they are written. */
export interface DescriptorInput extends Pick<JournalInput, "exitFlush"> {
  readonly fd?: 1 | 2 | undefined;
}

/** The options of `use: stdout`. */
export const descriptorSchema: z.ZodType<DescriptorConfig, DescriptorInput | undefined> = z
  .strictObject({
    fd: z
      .union([z.literal(1), z.literal(2)], { error: "expected 1 or 2" })
      .default(STDOUT_DEFAULTS.fd)
      .describe("1 for standard output, 2 for standard error."),
    exitFlush: duration(0, EXIT_FLUSH).prefault(formatDuration(STDOUT_DEFAULTS.exitFlushMs)),
  })
  .prefault({})
  .transform(({ fd, exitFlush }): DescriptorConfig => ({ fd, exitFlushMs: exitFlush }));
