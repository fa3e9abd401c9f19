import { definePlugin, type Plugin, rateLimit, sampling, type Sink } from "@plumbline/core";
import { createFileSink, createStdoutSink } from "@plumbline/file";
import { resolve } from "node:path";
import type { ZodType } from "zod";
import { CONDITION_SCHEMAS } from "./conditions/built-in-conditions.ts";
import { closedBy } from "./closed-by.ts";
import { conditionId } from "./conditions/condition-plugin.ts";
import {
  type DescriptorConfig,
  descriptorSchema,
  type PlainFileConfig,
  plainFileSchema,
} from "./config/schema-file.ts";
import { sdkError } from "./error-codes.ts";
import { toFileOptions } from "./file-options.ts";
import { FILE_PLUGIN_ID, InstalledEncoder } from "./installed-encoder.ts";
import { fillPlaceholders } from "./placeholders.ts";
import { servicePathPart } from "./resource.ts";

/** `use: file`: plain lines, without ids, beside the journal. */
const file: Plugin<"sink", PlainFileConfig> = definePlugin({
  id: FILE_PLUGIN_ID,
  kind: "sink",
  apiVersion: 1,
  options: plainFileSchema,
  create: (options, context): Sink => {
    const filled = fillPlaceholders(options.path, new Map([["service", servicePathPart(context.resource)]]));
    if (!("path" in filled))
      throw sdkError("PLB_CONFIG_PLACEHOLDER", { message: `${context.name}: ${filled.message}.` });
    const { encoder: encoderName, ...fileOptions } = options;
    const encoder = encoderName && new InstalledEncoder(encoderName, context.baseDir);
    const sink = createFileSink({
      ...toFileOptions(fileOptions),
      ...(encoder && { encoder }),
      path: resolve(context.baseDir, filled.path),
      lines: "plain",
      name: context.name,
      clock: context.clock,
      diagnostics: context.diagnostics,
    });
    const closing = closedBy(sink, () => sink.close({ signal: context.signal }));
    if (encoder === undefined) return closing;
    const start = async (): Promise<void> => {
      await encoder.load();
      await sink.start();
    };
    return { ...closing, start };
  },
});

/** `use: stdout`: plain lines to standard output or error, for containers. */
const stdout: Plugin<"sink", DescriptorConfig> = definePlugin({
  id: "@plumbline/sdk/stdout",
  kind: "sink",
  apiVersion: 1,
  options: descriptorSchema,
  create: (options, context): Sink => {
    const sink = createStdoutSink({ ...options, clock: context.clock });
    return closedBy(sink, () => sink.close({ signal: context.signal }));
  },
});

/** The plugins that need no package beside this one. */
export const BUILT_IN_PLUGINS: readonly unknown[] = [file, stdout, sampling, rateLimit];

/** Their short names. */
export const BUILT_IN_NAMES: ReadonlyMap<string, string> = new Map([
  ["file", file.id],
  ["stdout", stdout.id],
  ["sampling", sampling.id],
  ["rate-limit", rateLimit.id],
]);

/** The schemas of those, and of the built-in conditions, that are this package's own: their problems are told in the config's own words. */
export const BUILT_IN_SCHEMAS: ReadonlyMap<string, ZodType> = new Map<string, ZodType>([
  ...[...CONDITION_SCHEMAS].map(([name, schema]): [string, ZodType] => [conditionId(name), schema]),
  [file.id, plainFileSchema],
  [stdout.id, descriptorSchema],
]);

/** Sinks whose writes only queue, in the order they are given: events need not wait here to go together. */
export const QUEUEING_SINKS: ReadonlySet<string> = new Set([file.id, stdout.id]);
