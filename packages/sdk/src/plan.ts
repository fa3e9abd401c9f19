import { type Resource, type Clock, createSystemClock, PlumblineError } from "@plumbline/core";
import { journalLocation } from "@plumbline/jsonl";
import { dirname, resolve } from "node:path";
import { type ComponentRequest, componentRequests } from "./component-requests.ts";
import { firstFailure } from "./conditions/evaluate.ts";
import { createHostFacts, type HostFacts } from "./conditions/host-facts.ts";
import { type ConditionHost, resolveConditions } from "./conditions/resolve-conditions.ts";
import { type Config, JOURNAL_NAME, type JournalConfig } from "./config/config.ts";
import { isSamePlace, type LoadedConfig } from "./config/load.ts";
import { type ConfigPath, type ConfigProblem, formatPath, presentProblems } from "./config/problem.ts";
import { checkOptions } from "./plugin-options.ts";
import type { OtelEnvironment } from "./otel-environment.ts";
import { deliveryProblems } from "./journaled/delivery-problems.ts";
import { encoderPackageOf } from "./installed-encoder.ts";
import { fillPlaceholders } from "./placeholders.ts";
import { PluginResolver, type ResolveFault } from "./resolve-plugin.ts";
import { checkRedaction } from "./redaction.ts";
import { createResource, servicePathPart } from "./resource.ts";
import type { SkippedComponent, SystemPlan, WiredComponent } from "./system-plan.ts";

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
  /** What conditions look at. Default: this machine, with the environment that the config was read with. */
  readonly facts?: HostFacts | undefined;
}

/**
 * Resolves the plugins of a config, checks their options and says what would be wired, as the conditions are now. Loads the modules that the config
 * names, but for those of components that are left out, and starts nothing. Never rejects; problems of the config itself are among those listed.
 */
export async function planSystem(loaded: LoadedConfig, options: PlanOptions): Promise<PlanOutcome> {
  const planner = new Planner(loaded, options);
  const components = await planner.components();
  const { config, problems: own } = await loaded.leavingOut(planner.skipped);
  const plan = config === undefined ? undefined : planner.plan(config, components);
  const others = planner.problems.filter((problem) => !own.some((told) => isSamePlace(told, problem)));
  const problems = presentProblems([...own, ...others]);
  return { plan: problems.length === 0 ? plan : undefined, problems };
}

class Planner {
  readonly problems: ConfigProblem[] = [];
  /** The places of components that are left out. */
  readonly skipped: ConfigPath[] = [];
  readonly #loaded: LoadedConfig;
  readonly #options: PlanOptions;
  readonly #clock: Clock;
  readonly #resolver: PluginResolver;
  readonly #conditions: ConditionHost;

  constructor(loaded: LoadedConfig, options: PlanOptions) {
    this.#loaded = loaded;
    this.#options = options;
    this.#clock = options.clock ?? createSystemClock();
    this.#resolver = new PluginResolver(this.#clock, options.facts ?? createHostFacts(loaded.env));
    this.#conditions = {
      clock: this.#clock,
      find: (name, path) => this.#resolver.condition(name, this.#baseDir(path)),
      baseDir: (path) => this.#baseDir(path),
      variablesAt: (path) => variablesAt(loaded, path),
      report: (path, problem) => this.#add(path, problem, problem.atKey),
    };
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
    for (const request of componentRequests(value, this.#loaded.jsonSchema)) {
      const component = await this.#component(request);
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
    for (const { name, key, message } of deliveryProblems(config)) {
      this.#add(["sinks", name, key], { code: "PLB_CONFIG_DELIVERY", message }, true);
    }
    const dataDir =
      config.dataDir === undefined
        ? journal && dirname(journal.path)
        : resolve(this.#baseDir(["dataDir"]), config.dataDir);
    const stem = journal === undefined ? safeStem(resource) : this.#stemOf(journal.path);
    return { configFile: this.#loaded.file, config, resource, journal, dataDir, stem, components };
  }

  /** `undefined` where something is wrong with it. Its conditions are read, and what is wrong with them told, also where it is left out. */
  async #component(request: ComponentRequest): Promise<WiredComponent | SkippedComponent | undefined> {
    const { path } = request;
    const when = await resolveConditions(request.when, [...path, "when"], this.#conditions);
    const assert = await resolveConditions(request.assert, [...path, "assert"], this.#conditions);
    if (!request.enabled) return this.#skip(request, "enabled is false");
    const failed = when === undefined ? undefined : await firstFailure(when, this.#clock);
    if (failed !== undefined) {
      await this.#checkSkipped(request);
      return this.#skip(request, `when fails: ${failed}`);
    }
    const failedAssert = assert === undefined ? undefined : await firstFailure(assert, this.#clock);
    return this.#wire(request, failedAssert);
  }

  #skip({ kind, name, path, use }: ComponentRequest, reason: string): SkippedComponent {
    this.skipped.push(path);
    const shown = this.#isVariable([...path, "use"]) ? FROM_VARIABLE : use;
    return { isWired: false, kind, name, path: formatPath(path), use: shown, reason };
  }

  /** So that a config is as right on one machine as on another, as far as no module has to be loaded for what is left out. */
  async #checkSkipped({ kind, path, use, options }: ComponentRequest): Promise<void> {
    const plugin = this.#resolver.present(kind, use);
    if (plugin === undefined) return;
    const unset = this.#loaded.unsetBelow(path);
    const { issues } = await checkOptions(plugin, options, this.#loaded.variablesBelow(path), this.#baseDir(path));
    for (const issue of issues) {
      // What a variable was to fill is not looked at where the variable need not be set.
      const isUnset = unset.some((each) =>
        each.every((part, index) => index >= issue.path.length || part === issue.path[index]),
      );
      if (!isUnset || issue.atKey) this.#add([...path, ...issue.path], issue, issue.atKey);
    }
  }

  async #wire(request: ComponentRequest, failedAssert: string | undefined): Promise<WiredComponent | undefined> {
    const { kind, name, path, use } = request;
    const usePath = [...path, "use"];
    const { plugin, faults } = await this.#resolver.find(kind, use, this.#baseDir(usePath));
    this.#report(usePath, faults);
    if (plugin === undefined) return undefined;
    const { value, issues } = await checkOptions(
      plugin,
      request.options,
      this.#loaded.variablesBelow(path),
      this.#baseDir(path),
    );
    for (const issue of issues) this.#add([...path, ...issue.path], issue, issue.atKey);
    if (issues.length > 0) return undefined;
    const encoder = encoderPackageOf(plugin, value);
    if (encoder !== undefined) {
      this.#report([...path, "encoder"], await this.#resolver.load(encoder, this.#baseDir(usePath)));
    }
    return {
      isWired: true,
      kind,
      name,
      path: formatPath(path),
      plugin,
      options: value,
      given: request.options,
      baseDir: this.#baseDir(usePath),
      failedAssert,
    };
  }

  /** Whether a variable was put into the value at a path: then it may be a secret, and is never shown. */
  #isVariable(path: ConfigPath): boolean {
    return variablesAt(this.#loaded, path).some((each) => each.length === 0);
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
      checkRedaction(config.redact);
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
    const isVariable = this.#isVariable(path);
    for (const fault of faults) {
      // The message may quote the name, or what a part of it led to.
      const shown = isVariable
        ? { code: fault.code, message: `no such plugin can be used: its name is ${FROM_VARIABLE}` }
        : fault;
      this.#add(path, shown, false);
    }
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

const FROM_VARIABLE = "that of a variable, and not shown";

/** The scalars at or below a path that a variable was put into, by their paths from there. */
function variablesAt({ variablesBelow }: LoadedConfig, path: ConfigPath): readonly ConfigPath[] {
  return variablesBelow(path.slice(0, -1)).flatMap(([part, ...rest]) => (part === path.at(-1) ? [rest] : []));
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
