import {
  type Resource,
  type Clock,
  createSystemClock,
  type Plugin,
  type PluginKind,
  PlumblineError,
} from "@plumbline/core";
import { journalLocation } from "@plumbline/jsonl";
import { dirname, resolve } from "node:path";
import { type ComponentRequest, componentRequests } from "./component-requests.ts";
import { type Config, JOURNAL_NAME, type JournalConfig } from "./config/config.ts";
import { configJsonSchema } from "./config/json-schema.ts";
import type { LoadedConfig } from "./config/load.ts";
import { type ConfigPath, type ConfigProblem, formatPath, presentProblems } from "./config/problem.ts";
import { checkOptions } from "./plugin-options.ts";
import type { OtelEnvironment } from "./otel-environment.ts";
import { fillPlaceholders } from "./placeholders.ts";
import { PluginResolver, type ResolveFault } from "./resolve-plugin.ts";
import { createConfiguredRedactor } from "./redaction.ts";
import { createResource, servicePathPart } from "./resource.ts";

/** A component that is to be made: its plugin, and the options that its schema gave back. */
export interface WiredComponent {
  readonly isWired: true;
  readonly kind: PluginKind;
  readonly name: string;
  /** Its place in the config: `sinks.alerts`. */
  readonly path: string;
  readonly plugin: Plugin;
  readonly options: unknown;
  /** The folder that relative paths in its options start from. */
  readonly baseDir: string;
}

/** A component that is left out, and why. */
export interface SkippedComponent {
  readonly isWired: false;
  readonly kind: PluginKind;
  readonly name: string;
  readonly path: string;
  readonly use: string;
  readonly reason: string;
}

/** What a config would wire: nothing in it is made or opened yet. */
export interface SystemPlan {
  /** The config file, absolute; `undefined` for the built-in default and for what was given in code alone. */
  readonly configFile: string | undefined;
  readonly config: Config;
  readonly resource: Resource;
  /** With its path filled in and absolute. */
  readonly journal: JournalConfig | undefined;
  /** Where components keep their own data; `undefined` where nothing is kept on disk. */
  readonly dataDir: string | undefined;
  /** What the names of this service's files begin with. */
  readonly stem: string;
  readonly components: readonly (WiredComponent | SkippedComponent)[];
}

/** A plan, or everything that is wrong with what it was to be made from. */
export interface PlanOutcome {
  readonly plan: SystemPlan | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** What {@link planSystem} needs beside the config. */
export interface PlanOptions {
  readonly environment: OtelEnvironment;
  /** The working directory, where no file says otherwise. */
  readonly cwd: string;
  readonly clock?: Clock | undefined;
}

/**
 * Resolves the plugins of a config, checks their options and says what would be wired. Loads the modules that the config
 * names, and starts nothing. Never rejects; problems of the config itself are among those listed.
 */
export async function planSystem(loaded: LoadedConfig, options: PlanOptions): Promise<PlanOutcome> {
  const planner = new Planner(loaded, options);
  const components = await planner.components();
  const { config } = loaded;
  const plan = config === undefined ? undefined : planner.plan(config, components);
  const problems = presentProblems([...loaded.problems, ...planner.problems]);
  return { plan: problems.length === 0 ? plan : undefined, problems };
}

class Planner {
  readonly problems: ConfigProblem[] = [];
  readonly #loaded: LoadedConfig;
  readonly #options: PlanOptions;
  readonly #resolver: PluginResolver;

  constructor(loaded: LoadedConfig, options: PlanOptions) {
    this.#loaded = loaded;
    this.#options = options;
    this.#resolver = new PluginResolver(options.clock ?? createSystemClock());
  }

  async components(): Promise<readonly (WiredComponent | SkippedComponent)[]> {
    for (const plugin of this.#loaded.plugins) this.#report([], this.#resolver.add(plugin));
    const { value } = this.#loaded.layers;
    const named = value !== null && typeof value === "object" && "plugins" in value ? value.plugins : undefined;
    for (const [index, name] of Array.isArray(named) ? named.entries() : []) {
      const path = ["plugins", index];
      if (typeof name === "string") this.#report(path, await this.#resolver.load(name, this.#baseDir(path)));
    }
    const components: (WiredComponent | SkippedComponent)[] = [];
    for (const request of componentRequests(value, configJsonSchema())) {
      const component = request.enabled ? await this.#wire(request) : skipped(request, "enabled is false");
      if (component !== undefined) components.push(component);
    }
    return components;
  }

  plan(config: Config, components: SystemPlan["components"]): SystemPlan {
    const resource = createResource(config.service, this.#options.environment.resourceAttributes);
    const journal = this.#journal(config, resource);
    this.#checkRedaction(config, components);
    if (journal !== undefined && Object.hasOwn(config.sinks, JOURNAL_NAME)) {
      const message = "the journal has this name in reports";
      this.#add(["sinks", JOURNAL_NAME], { code: "PLB_CONFIG_SAME_NAME", message }, true);
    }
    const dataDir =
      config.dataDir === undefined
        ? journal && dirname(journal.path)
        : resolve(this.#baseDir(["dataDir"]), config.dataDir);
    const stem = journal === undefined ? safeStem(resource) : this.#stemOf(journal.path);
    return { configFile: this.#loaded.file, config, resource, journal, dataDir, stem, components };
  }

  async #wire(request: ComponentRequest): Promise<WiredComponent | undefined> {
    const { kind, name, path, use } = request;
    const usePath = [...path, "use"];
    const { plugin, faults } = await this.#resolver.find(kind, use, this.#baseDir(usePath));
    this.#report(usePath, faults);
    if (plugin === undefined) return undefined;
    const { value, issues } = await checkOptions(plugin, request.options, this.#loaded.variablesBelow(path));
    for (const issue of issues) this.#add([...path, ...issue.path], issue, issue.atKey);
    if (issues.length > 0) return undefined;
    return {
      isWired: true,
      kind,
      name,
      path: formatPath(path),
      plugin,
      options: value,
      baseDir: this.#baseDir(usePath),
    };
  }

  #journal(config: Config, resource: Resource): JournalConfig | undefined {
    if (config.journal === undefined) return undefined;
    const path = ["journal", "path"];
    const filled = fillPlaceholders(config.journal.path, new Map([["service", servicePathPart(resource)]]));
    if ("path" in filled) return { ...config.journal, path: resolve(this.#baseDir(path), filled.path) };
    this.#add(path, { code: "PLB_CONFIG_PLACEHOLDER", ...filled }, false);
    return undefined;
  }

  #stemOf(path: string): string {
    try {
      return journalLocation(path).stem;
    } catch (error) {
      if (!PlumblineError.isInstance(error)) throw error;
      this.#add(["journal", "path"], { code: error.code, message: error.message }, false);
      return "";
    }
  }

  /** What only the redactor itself can tell: unknown detectors, a key that is too short. */
  #checkRedaction(config: Config, components: SystemPlan["components"]): void {
    // The ids of detectors from plugins are known when they are made.
    if (components.some((component) => component.isWired && component.kind === "detector")) return;
    try {
      createConfiguredRedactor(config.redact, []);
    } catch (error) {
      if (!PlumblineError.isInstance(error)) throw error;
      for (const { path, message } of redactionIssues(error)) {
        this.#add(["redact", ...path], { code: error.code, message }, true);
      }
    }
  }

  /** Where relative names at a path start from; for a default, the config file's folder. */
  #baseDir(path: ConfigPath): string {
    const { file, layers } = this.#loaded;
    const isGiven = layers.has(path);
    const fallback = file === undefined ? this.#options.cwd : dirname(file);
    return isGiven ? (layers.origin(path)?.baseDir ?? fallback) : fallback;
  }

  #report(path: ConfigPath, faults: readonly ResolveFault[]): void {
    for (const fault of faults) this.#add(path, fault, false);
  }

  #add(
    path: ConfigPath,
    fault: Pick<ConfigProblem, "code" | "message"> & {
      readonly expected?: string | undefined;
      readonly nearest?: string | undefined;
    },
    atKey: boolean,
  ): void {
    const { code, message, expected, nearest } = fault;
    this.problems.push({
      code,
      message,
      ...this.#loaded.layers.place(path, atKey),
      path: formatPath(path),
      ...(expected === undefined ? {} : { expected }),
      ...(nearest === undefined ? {} : { nearest }),
    });
  }
}

function skipped({ kind, name, path, use }: ComponentRequest, reason: string): SkippedComponent {
  return { isWired: false, kind, name, path: formatPath(path), use, reason };
}

/** Without a journal the service's name begins the names of files, where it can stand in one. */
function safeStem(resource: Resource): string {
  const part = servicePathPart(resource);
  return "path" in fillPlaceholders("{service}", new Map([["service", part]])) ? part : "plumbline";
}

interface RedactionIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What the redactor has against its options, each at its place; the error itself where it lists nothing. */
function redactionIssues(error: PlumblineError): readonly RedactionIssue[] {
  const { issues } = error.details as { readonly issues?: readonly RedactionIssue[] }; // PLB_REDACT_OPTIONS_INVALID documents them
  return issues ?? [{ path: [], message: error.message }];
}
