import {
  type AnyMap,
  type Clock,
  createLineWriter,
  type EmitGuard,
  type EventInput,
  type JournalLine,
  type LineWriter,
  type OutputOptions,
  type PipelineConfiguration,
  type PluginKind,
  type Redactor,
  type SeverityNumber,
} from "@plumbline/core";
import { createFileSink, type FileSink } from "@plumbline/file";
import { isDeepStrictEqual } from "node:util";
import { QUEUEING_SINKS } from "./built-in-plugins.ts";
import { type Component, type ComponentHost, createComponent } from "./component.ts";
import { JOURNAL_NAME, type JournalConfig, type SinkConfig } from "./config/config.ts";
import { createDiagnostics } from "./diagnostics.ts";
import { toFileOptions } from "./file-options.ts";
import { createConfiguredRedactor } from "./redaction.ts";
import { isFedAlike, isJournaled, toJournaled } from "./journaled/journaled-component.ts";
import { JournaledSink, type JournaledSinkOptions } from "./journaled/journaled-sink.ts";
import { isSameJournal } from "./reload/journal-change.ts";
import { componentsFolder, type SystemPlan, type WiredComponent } from "./system-plan.ts";

/** Everything that a plan asks for, made; what was taken over from the assembly before is running already. Never changed. */
export interface Assembly {
  readonly plan: SystemPlan;
  readonly journal: FileSink | undefined;
  readonly redactor: Redactor;
  /** The same for what is reported, counted nowhere: looking is no redaction of an event's. Made when it is first asked for, and kept. */
  readonly reportRedactor: () => Redactor;
  readonly writer: LineWriter;
  /** As lines carry it: what plugins may see. */
  readonly resource: AnyMap;
  readonly detectors: readonly Component<"detector">[];
  readonly processors: readonly Component<"processor">[];
  readonly sinks: readonly Component<"sink">[];
  readonly sources: readonly Component<"source">[];
  readonly services: readonly Component<"service">[];
}

/** What assembling needs of the system. */
export interface AssemblyHost {
  readonly clock: Clock;
  /** Writes lines by whichever writer is in force: a journal may outlive the one that it was made with. */
  readonly writeLine: (event: EventInput, severity: SeverityNumber) => JournalLine;
  /** That of the pipeline: sinks which the journal feeds share it. */
  readonly guard: EmitGuard;
  /** Instances that are closed, or do not run: they are made anew. */
  readonly isDown: (instance: object) => boolean;
}

/**
 * Makes every component of a plan, without side effects: nothing is opened before it is started. What is in the assembly before with the same
 * plugin, options and surroundings is taken over as it is. Throws the coded error of what cannot be made.
 */
export function assemble(plan: SystemPlan, host: AssemblyHost, before?: Assembly): Assembly {
  const wired = plan.components.filter((component): component is WiredComponent => component.isWired);
  const taken = new TakenOver(plan, host, before);
  const journal = taken.journal() ?? (plan.journal && createJournal(plan.journal, host));
  const dataDir = (): string | undefined => dataDirOf(plan, journal);
  const early: ComponentHost = { clock: host.clock, resource: {}, dataDir, journal: undefined };
  const detectors = taken.components("detector", wired, early);
  const walk = taken.walk(detectors) ?? createWalk(plan, detectors, host.clock);
  const later: ComponentHost = { ...early, journal, resource: walk.resource };
  taken.surround(later);
  return {
    plan,
    journal,
    ...walk,
    detectors,
    processors: taken.components("processor", wired, later),
    sinks: taken.components(
      "sink",
      wired.filter((each) => !isJournaled(plan, each)),
      later,
    ),
    sources: taken.components("source", wired, later),
    services: [...taken.journaled(wired, later, journal), ...taken.components("service", wired, later)],
  };
}

/** Makes one component of an assembly again, from the same options: the instance there was is closed. */
export function recreate<Kind extends PluginKind>(
  kind: Kind,
  { wired }: Component<Kind>,
  { plan, journal, resource }: Assembly,
  host: AssemblyHost,
): Component<Kind> | undefined {
  const context = { clock: host.clock, resource, journal, dataDir: () => dataDirOf(plan, journal) };
  if (kind !== "service" || journal === undefined || !isJournaled(plan, wired))
    return createComponent(kind, wired, context);
  const sink = createComponent("sink", wired, context);
  // The kind was just asked for.
  return sink && (toJournaled(sink, plan, journal, host) as Component as Component<Kind>);
}

/** What a pipeline is to do for an assembly; the journal may be another, for as long as that one is handed over. */
export function configurationOf(
  { plan, writer, redactor, processors, sinks, journal }: Assembly,
  stand?: PipelineConfiguration["journal"],
): PipelineConfiguration {
  return {
    writer,
    redactor,
    processors: processors.map(({ name, instance }) => ({ name, processor: instance })),
    journal: stand ?? (journal === undefined ? undefined : { journal }),
    outputs: sinks.map((sink) => toOutput(sink, plan.config.sinks[sink.name])),
  };
}

/** The folder of components' own folders: that of the slot which this process writes. */
function dataDirOf({ dataDir, stem }: SystemPlan, journal: FileSink | undefined): string | undefined {
  const isOpen = journal?.report().file !== undefined;
  return componentsFolder({ dataDir, stem: isOpen ? journal.location.stem : stem });
}

/** Makes a journal; nothing is opened. Throws `PLB_FILE_OPTION_INVALID`. */
export function createJournal(config: JournalConfig, { clock, writeLine }: AssemblyHost): FileSink {
  const diagnostics = createDiagnostics(`plumbline: ${JOURNAL_NAME}`);
  const writer = { write: writeLine };
  return createFileSink({ ...toFileOptions(config), clock, writer, diagnostics, name: JOURNAL_NAME });
}

type Walk = Pick<Assembly, "redactor" | "reportRedactor" | "writer" | "resource">;

function createWalk(plan: SystemPlan, detectors: readonly Component<"detector">[], clock: Clock): Walk {
  const { redact, limits } = plan.config;
  const create = (): Redactor =>
    createConfiguredRedactor(
      redact,
      detectors.map(({ instance }) => instance),
    );
  const redactor = create();
  let forReports: Redactor | undefined;
  const reportRedactor = (): Redactor => (forReports ??= create());
  const writer = createLineWriter({ clock, limits, redactor, resource: plan.resource });
  const probe: EventInput = { name: "plumbline.resource" };
  return { redactor, reportRedactor, writer, resource: writer.write(probe, 9).event().resource ?? {} };
}

/** Finds in an assembly what the next one takes over. */
class TakenOver {
  readonly #plan: SystemPlan;
  readonly #host: AssemblyHost;
  readonly #before: Assembly | undefined;
  #surroundings: ComponentHost | undefined;

  constructor(plan: SystemPlan, host: AssemblyHost, before: Assembly | undefined) {
    this.#plan = plan;
    this.#host = host;
    this.#before = before;
  }

  /** The redactor and the writer, where nothing that they are made of has changed. */
  walk(detectors: readonly Component<"detector">[]): Walk | undefined {
    const before = this.#before;
    if (before === undefined) return undefined;
    const { config, resource } = this.#plan;
    const isSame =
      isDeepStrictEqual(config.redact, before.plan.config.redact) &&
      isDeepStrictEqual(config.limits, before.plan.config.limits) &&
      isDeepStrictEqual(resource, before.plan.resource) &&
      detectors.length === before.detectors.length &&
      detectors.every(({ instance }, index) => instance === before.detectors[index]?.instance);
    if (!isSame) return undefined;
    // These four, and nothing else of the assembly before.
    const { redactor, reportRedactor, writer } = before;
    return { redactor, reportRedactor, writer, resource: before.resource };
  }

  journal(): FileSink | undefined {
    const { journal, plan } = this.#before ?? {};
    if (journal === undefined || plan?.journal === undefined || this.#plan.journal === undefined) return undefined;
    return isSameJournal(plan.journal, this.#plan.journal) && !this.#host.isDown(journal) ? journal : undefined;
  }

  /** From now on a component counts as changed too where what it took from its context has. */
  surround(host: ComponentHost): void {
    this.#surroundings = host;
  }

  components<Kind extends PluginKind>(
    kind: Kind,
    wired: readonly WiredComponent[],
    host: ComponentHost,
  ): readonly Component<Kind>[] {
    return wired.flatMap((each): readonly Component<Kind>[] => {
      if (each.plugin.kind !== kind) return [];
      const kept = this.#before && listOf(this.#before, kind).find((present) => this.#isKept(present, each));
      if (kept !== undefined) return [{ ...kept, name: each.name, path: each.path, wired: each }];
      const made = createComponent(kind, each, host);
      return made === undefined ? [] : [made];
    });
  }

  /** The sinks that the journal feeds, as the services that they are. */
  journaled(
    wired: readonly WiredComponent[],
    host: ComponentHost,
    journal: FileSink | undefined,
  ): readonly Component<"service">[] {
    return wired.flatMap((each): readonly Component<"service">[] => {
      if (journal === undefined || !isJournaled(this.#plan, each)) return [];
      const before = this.#before;
      const kept = before?.services.find(
        (present) => this.#isKept(present, each) && isFedAlike(before.plan, this.#plan, each.name),
      );
      if (kept !== undefined) return [{ ...kept, name: each.name, path: each.path, wired: each }];
      const made = createComponent("sink", each, host);
      return made === undefined
        ? []
        : [toJournaled(made, this.#plan, journal, this.#host, this.#comesAs(each, journal))];
    });
  }

  /** In a reload one that was no reader of the journal begins where the change is; else it goes on from its predecessor's cursor. In another journal that waits for the predecessor's end anyway. */
  #comesAs({ name }: WiredComponent, journal: FileSink): JournaledSinkOptions["comesAs"] {
    if (this.#before === undefined) return undefined;
    const { services, sinks, journal: journalBefore } = this.#before;
    if (services.some((each) => each.name === name && each.instance instanceof JournaledSink))
      return journal === journalBefore ? "reader before" : undefined;
    return sinks.some((each) => each.name === name) ? "direct before" : "new";
  }

  #isKept({ instance, plugin, wired, uses }: Component, next: WiredComponent): boolean {
    const { journal, resource, plan } = this.#before ?? {};
    return (
      wired.name === next.name &&
      plugin === next.plugin &&
      wired.baseDir === next.baseDir &&
      isDeepStrictEqual(wired.given, next.given) &&
      !this.#host.isDown(instance) &&
      (!uses.journal || journal === this.#surroundings?.journal) &&
      (!uses.resource || isDeepStrictEqual(resource, this.#surroundings?.resource)) &&
      (uses.dataDir === undefined || (plan?.dataDir === this.#plan.dataDir && wired.path === next.path))
    );
  }
}

/** The components of one kind. */
function listOf<Kind extends PluginKind>(assembly: Assembly, kind: Kind): readonly Component<Kind>[] {
  const { detectors, processors, sinks, sources, services } = assembly;
  const lists: { readonly [K in PluginKind]?: readonly Component<K>[] } = {
    detector: detectors,
    processor: processors,
    sink: sinks,
    source: sources,
    service: services,
  };
  return lists[kind] ?? [];
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
