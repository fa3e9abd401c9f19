import {
  type Clock,
  createLineWriter,
  createPipeline,
  type EventInput,
  type JournalOutput,
  type LineWriter,
  type OutputOptions,
  type Pipeline,
  type Redactor,
} from "@plumbline/core";
import { createFileSink, type FileSink } from "@plumbline/file";
import { join } from "node:path";
import { QUEUEING_SINKS } from "./built-in-plugins.ts";
import { type Component, type ComponentHost, createComponents } from "./component.ts";
import { JOURNAL_NAME, type JournalConfig, type SinkConfig } from "./config/config.ts";
import { createDiagnostics } from "./diagnostics.ts";
import { toFileOptions } from "./file-options.ts";
import type { SystemPlan, WiredComponent } from "./system-plan.ts";
import { createConfiguredRedactor } from "./redaction.ts";

/** Everything that a plan asks for, made and wired together, and none of it started. */
export interface BuiltSystem {
  readonly pipeline: Pipeline;
  readonly journal: FileSink | undefined;
  readonly redactor: Redactor;
  readonly processors: readonly Component<"processor">[];
  readonly sinks: readonly Component<"sink">[];
  readonly sources: readonly Component<"source">[];
  readonly services: readonly Component<"service">[];
}

/**
 * Makes every component of a plan, without side effects: nothing is opened before it is started. Throws the coded error of
 * what cannot be made.
 */
export function buildSystem(plan: SystemPlan, { clock }: { readonly clock: Clock }): BuiltSystem {
  const { config } = plan;
  const wired = plan.components.filter((component): component is WiredComponent => component.isWired);
  const dataDir = plan.dataDir === undefined ? undefined : join(plan.dataDir, `${plan.stem}.data`);
  const early: ComponentHost = { clock, resource: {}, dataDir, journal: undefined };
  const detectors = createComponents("detector", wired, early).map(({ instance }) => instance);
  const redactor = createConfiguredRedactor(config.redact, detectors);
  const writer = createLineWriter({ clock, limits: config.limits, redactor, resource: plan.resource });
  const journal = plan.journal === undefined ? undefined : createJournal(plan.journal, clock, writer);
  const host: ComponentHost = { ...early, journal, resource: redactedResource(writer) };
  const processors = createComponents("processor", wired, host);
  const sinks = createComponents("sink", wired, host);
  const sources = createComponents("source", wired, host);
  const services = createComponents("service", wired, host);
  const pipeline = createPipeline({
    clock,
    diagnostics: createDiagnostics(),
    writer,
    redactor,
    processors: processors.map(({ name, instance }) => ({ name, processor: instance })),
    journal: journal === undefined ? undefined : ({ journal } satisfies JournalOutput),
    outputs: sinks.map((sink) => toOutput(sink, config.sinks[sink.name])),
  });
  return { pipeline, journal, redactor, processors, sinks, sources, services };
}

function createJournal(config: JournalConfig, clock: Clock, writer: LineWriter): FileSink {
  const diagnostics = createDiagnostics(`plumbline: ${JOURNAL_NAME}`);
  return createFileSink({ ...toFileOptions(config), clock, writer, diagnostics, name: JOURNAL_NAME });
}

function toOutput({ name, plugin, instance, abort }: Component<"sink">, config: SinkConfig | undefined): OutputOptions {
  const waitsForNone = QUEUEING_SINKS.has(plugin.id) && config?.batch?.maxDelayMs === undefined;
  return {
    name,
    sink: instance,
    abort,
    minSeverity: config?.minSeverity,
    names: config?.names,
    queue: config?.queue,
    batch: waitsForNone ? { ...config?.batch, maxDelayMs: 0 } : config?.batch,
    retry: config?.retry,
    writeTimeoutMs: config?.writeTimeoutMs,
  };
}

/** The resource as lines carry it: what plugins may see. */
function redactedResource(writer: LineWriter): ComponentHost["resource"] {
  const probe: EventInput = { name: "plumbline.resource" };
  return writer.write(probe, 9).event().resource ?? {};
}
