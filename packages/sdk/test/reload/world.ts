import { definePlugin, type EventLine, type Plugin, RetryableError, type Source } from "@plumbline/core";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type ReloadNotice, start, type StartOptions, type Telemetry } from "../../src/index.ts";
import { scratch } from "../scratch.ts";

/** What one instance of a component did. */
export interface Life {
  readonly kind: string;
  readonly name: string;
  readonly options: Options;
  readonly lines: string[];
  readonly events: string[];
  writing: number;
  state: "made" | "started" | "closed";
}

/** The options that every test plugin takes. */
export interface Options {
  /** One, or several with blanks between them. */
  readonly holds?: string;
  readonly fails?: boolean;
  readonly hangs?: boolean;
  readonly refuses?: boolean;
  readonly mark?: string | number;
  readonly data?: boolean;
  readonly journal?: boolean;
}

const schema = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value: unknown) => ({ value: (value ?? {}) as Options }),
  },
} as const;

/**
 * Plugins that say what is done with them, and a place for what they hold: two that hold the same at once cannot both be started, as with
 * a port.
 */
export class World {
  readonly lives: Life[] = [];
  readonly held = new Map<string, Life>();
  readonly violations: string[] = [];
  /** Called before a sink or a service is started, or a processor that has data. */
  onStart: (life: Life) => void | Promise<void> = () => undefined;
  /** Called when a sink is written to. */
  onWrite: (life: Life, batch: readonly EventLine[]) => void | Promise<void> = () => undefined;
  /** Called with each event that a processor sees. */
  onTag: (name: string, mark: string | number | undefined) => void = () => undefined;
  readonly plugins: readonly Plugin[];

  constructor() {
    const sink = definePlugin({
      id: "rec",
      kind: "sink",
      apiVersion: 1,
      options: schema,
      create: (options: Options, context) => {
        const life = this.#life("sink", context.name, options);
        const use = (): void => void (options.data === true && context.dataDir);
        return {
          ...(options.holds === undefined ? {} : { exclusive: options.holds.split(" ") }),
          start: async () => {
            await this.onStart(life);
            use();
            return this.#start(life);
          },
          write: async (batch) => {
            if (life.state !== "started") this.violations.push(`${life.name} was written to while ${life.state}`);
            // Two of one name may be, where they hold different places: neither waits for the other.
            const rival = this.lives.find(
              (each) =>
                each !== life && each.name === life.name && each.options.holds === options.holds && each.writing > 0,
            );
            if (rival !== undefined) this.violations.push(`two of ${life.name} were written to at once`);
            life.writing += 1;
            try {
              if (options.refuses === true) throw new RetryableError("not now", { retryAfterMs: 5 });
              await this.onWrite(life, batch);
              life.lines.push(...batch.map(({ name = "" }) => name));
            } finally {
              life.writing -= 1;
            }
          },
          close: () => this.#close(life),
        };
      },
    });
    const processor = definePlugin({
      id: "tag",
      kind: "processor",
      apiVersion: 1,
      options: schema,
      create: (options: Options, context) => {
        const life = this.#life("processor", context.name, options);
        return {
          start: async () => {
            if (options.data === true && context.dataDir !== undefined) await this.onStart(life);
            return this.#start(life);
          },
          process: (draft) => {
            life.lines.push(draft.name ?? "");
            this.onTag(draft.name ?? "", options.mark);
            draft.attributes["tag"] = options.mark ?? "";
            return draft;
          },
          close: () => this.#close(life),
        };
      },
    });
    const service = definePlugin({
      id: "serve",
      kind: "service",
      apiVersion: 1,
      options: schema,
      create: (options: Options, context) => {
        const life = this.#life("service", context.name, options);
        return {
          ...(options.holds === undefined ? {} : { exclusive: [options.holds] }),
          start: async () => {
            await this.onStart(life);
            if (options.journal === true)
              life.events.push(`journal ${context.journal?.location.path.split("/").at(-1)}`);
            return this.#start(life);
          },
          finish: () => void life.events.push("finish"),
          close: () => this.#close(life),
        };
      },
    });
    const source = definePlugin({
      id: "bring",
      kind: "source",
      apiVersion: 1,
      options: schema,
      create: (options: Options, context): Source => {
        const life = this.#life("source", context.name, options);
        return {
          ...(options.holds === undefined ? {} : { exclusive: [options.holds] }),
          start: (emit) => {
            this.sources.add(emit);
            return this.#start(life);
          },
          close: () => this.#close(life),
        };
      },
    });
    this.plugins = [sink, processor, service, source] as readonly unknown[] as readonly Plugin[];
  }

  /** The emit functions of every source that was started. */
  readonly sources = new Set<Parameters<Source["start"]>[0]>();

  /** The instances of a component, oldest first. */
  of(name: string): readonly Life[] {
    return this.lives.filter((life) => life.name === name);
  }

  #life(kind: string, name: string, options: Options): Life {
    const life: Life = { kind, name, options, lines: [], events: [], writing: 0, state: "made" };
    this.lives.push(life);
    return life;
  }

  #start(life: Life): void | Promise<void> {
    const { holds, fails, hangs } = life.options;
    if (hangs === true) return new Promise(() => undefined);
    if (fails === true) throw new Error("it cannot");
    const all = holds?.split(" ") ?? [];
    if (all.some((each) => this.held.has(each))) throw Object.assign(new Error("taken"), { code: "EADDRINUSE" });
    for (const each of all) this.held.set(each, life);
    life.state = "started";
    life.events.push("start");
    return undefined;
  }

  #close(life: Life): void {
    const { holds } = life.options;
    for (const each of holds?.split(" ") ?? []) if (this.held.get(each) === life) this.held.delete(each);
    if (life.state !== "closed") life.events.push("close");
    life.state = "closed";
  }
}

/** A service that runs with a config file, which a test edits. */
export interface Running {
  readonly cwd: string;
  readonly telemetry: Telemetry;
  readonly notices: ReloadNotice[];
  /** Writes the file and reloads. */
  readonly edit: (yaml: string) => Promise<unknown>;
}

/** Starts a service with a config file in a folder of its own. */
export async function run(world: World, yaml: string, options: Partial<StartOptions> = {}): Promise<Running> {
  const cwd = scratch({ "plumbline.yaml": yaml });
  const telemetry = await start({
    cwd,
    env: {},
    handleSignals: false,
    flushOnExit: false,
    plugins: world.plugins,
    ...options,
  });
  onTestFinished(() => telemetry.close({ timeoutMs: 2000 }));
  const notices: ReloadNotice[] = [];
  telemetry.on("reload", (notice) => notices.push(notice));
  return {
    cwd,
    telemetry,
    notices,
    async edit(next) {
      writeFileSync(join(cwd, "plumbline.yaml"), next);
      return telemetry.reload();
    },
  };
}
