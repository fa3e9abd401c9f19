import { definePlugin, type Plugin, rateLimit, sampling, type Sink } from "@plumbline/core";
import { createFileSink } from "@plumbline/file";
import { resolve } from "node:path";
import { type PlainFileConfig, plainFileSchema } from "./config/schema-file.ts";
import { sdkError } from "./error-codes.ts";
import { toFileOptions } from "./file-options.ts";
import { fillPlaceholders } from "./placeholders.ts";
import { servicePathPart } from "./resource.ts";

/** How many writes of a file or a descriptor may be under way: they only queue there, so that nothing waits here when the process ends. */
const CONCURRENT_WRITES = 64;

/** `use: file`: plain lines, without ids, beside the journal. */
const file: Plugin<"sink", PlainFileConfig> = definePlugin({
  id: "@plumbline/sdk/file",
  kind: "sink",
  apiVersion: 1,
  options: plainFileSchema,
  create: (options, context): Sink => {
    const filled = fillPlaceholders(options.path, new Map([["service", servicePathPart(context.resource)]]));
    if (!("path" in filled)) throw sdkError("PLB_CONFIG_PLACEHOLDER", { message: `${context.name}: ${filled.message}.` });
    const sink = createFileSink({
      ...toFileOptions(options),
      path: resolve(context.baseDir, filled.path),
      lines: "plain",
      name: context.name,
      clock: context.clock,
      diagnostics: context.diagnostics,
    });
    return {
      signals: sink.signals ?? ["logs"],
      exclusive: sink.exclusive ?? [],
      concurrency: CONCURRENT_WRITES,
      start: () => sink.start(),
      write: (batch) => sink.write(batch),
      flush: (given) => sink.flush(given),
      close: () => sink.close({ signal: context.signal }),
    };
  },
});

/** The plugins that need no package beside this one. */
export const BUILT_IN_PLUGINS: readonly unknown[] = [file, sampling, rateLimit];

/** Their short names. */
export const BUILT_IN_NAMES: ReadonlyMap<string, string> = new Map([
  ["file", file.id],
  ["sampling", sampling.id],
  ["rate-limit", rateLimit.id],
]);

/** Sinks whose writes only queue, in the order they are given: events need not wait here to go together. */
export const QUEUEING_SINKS: ReadonlySet<string> = new Set([file.id]);
