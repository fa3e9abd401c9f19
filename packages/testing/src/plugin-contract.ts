import {
  createPluginInstance,
  createRegistry,
  parsePluginOptions,
  PlumblineError,
  type Plugin,
  type PluginInstances,
} from "@plumbline/core";
import { broken, must, succeeds, type ContractCase } from "./contract-case.ts";
import { countResources, expectNoLeak } from "./leak-check.ts";
import { createTestContext, type TestContext, type TestContextOptions } from "./test-context.ts";

/** The kinds that have a contract suite. */
export type ContractKind = "sink" | "processor" | "condition" | "destination";

/** What every plugin's contract needs to know. */
export interface PluginSubject<Kind extends ContractKind, Options> {
  readonly plugin: Plugin<Kind, Options>;
  /** Options that are to be refused; each must be, with a reason. */
  readonly invalidOptions: readonly unknown[];
  readonly deadlineMs: number;
  /** Valid options, fresh for each instance, and what ends them. */
  open(): Promise<OpenedSubject>;
}

export interface OpenedSubject {
  readonly options: unknown;
  readonly context: TestContextOptions;
  end(): Promise<void>;
}

/** Makes an instance as a host does: options through the schema, then `create`. */
export async function createInstance<Kind extends ContractKind, Options>(
  plugin: Plugin<Kind, Options>,
  options: unknown,
  context: TestContext,
): Promise<PluginInstances[Kind]> {
  try {
    return createPluginInstance(plugin, await parsePluginOptions(plugin, options), context);
  } catch (cause) {
    throw broken(`no instance could be made: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/** What a far side, or a place for one instance, has in every contract. */
export interface InstanceFixture {
  readonly options: unknown;
  readonly context?: TestContextOptions;
  close?(): void | Promise<void>;
}

/** What `setup` gives, as the rules for plugins of any kind need it. */
export async function subjectOf(setup: () => InstanceFixture | Promise<InstanceFixture>): Promise<OpenedSubject> {
  const fixture = await setup();
  return { options: fixture.options, context: fixture.context ?? {}, end: async () => fixture.close?.() };
}

/**
 * Makes an instance in what `setup` gives, lets `body` have it, and takes it down: the instance first, by `close`, then its far side. What `body` has found says more than
 * what closing says afterwards.
 */
export async function withInstance<Kind extends ContractKind, Options, Fixture extends InstanceFixture>(
  plugin: Plugin<Kind, Options>,
  setup: () => Fixture | Promise<Fixture>,
  body: (instance: PluginInstances[Kind], fixture: Fixture, context: TestContext) => Promise<void>,
  close: (instance: PluginInstances[Kind]) => Promise<void>,
): Promise<void> {
  const fixture = await setup();
  await inTurn(
    async () => {
      const context = createTestContext(fixture.context);
      const instance = await createInstance(plugin, fixture.options, context);
      await inTurn(
        () => body(instance, fixture, context),
        () => close(instance),
      );
    },
    async () => fixture.close?.(),
  );
}

/** Does the second whatever comes of the first, and rejects with what came first. */
async function inTurn(first: () => Promise<void>, second: () => Promise<void>): Promise<void> {
  const results = [...(await Promise.allSettled([first()])), ...(await Promise.allSettled([second()]))];
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** The rules that hold for a plugin of any kind. */
export function pluginCases<Kind extends ContractKind, Options>(
  subject: PluginSubject<Kind, Options>,
): readonly ContractCase[] {
  const { plugin, invalidOptions, deadlineMs } = subject;
  const withSubject = async (body: (opened: OpenedSubject) => Promise<void>): Promise<void> => {
    const opened = await subject.open();
    await inTurn(
      () => body(opened),
      () => opened.end(),
    );
  };
  const invalidCases = invalidOptions.map((options, index): ContractCase => ({
    name: `options: refuses invalid options (${index + 1} of ${invalidOptions.length})`,
    run: () => refuses(plugin, options, "options that its author calls invalid"),
  }));
  return [
    {
      name: "plugin: a registry takes it",
      run: async () => {
        try {
          createRegistry().add(plugin, "contract");
        } catch (cause) {
          throw broken(cause instanceof Error ? cause.message : String(cause), cause);
        }
      },
    },
    {
      name: "options: takes what a config would give it",
      run: () =>
        withSubject(async ({ options }) => {
          await succeeds("checking valid options", deadlineMs, () => parsePluginOptions(plugin, options));
        }),
    },
    {
      name: "options: refuses an option that it does not have",
      run: () =>
        withSubject(async ({ options }) => {
          const given = typeof options === "object" && options !== null ? options : {};
          await refuses(plugin, { ...given, misspeltByTheContract: true }, "an option that it does not have");
        }),
    },
    ...invalidCases,
    {
      name: "create: has no side effect",
      run: async () => {
        const before = await countResources();
        await withSubject(async ({ options, context: contextOptions }) => {
          const context = createTestContext(contextOptions);
          const parsed = await succeeds("checking valid options", deadlineMs, () =>
            parsePluginOptions(plugin, options),
          );
          const opened = await countResources();
          createPluginInstance(plugin, parsed, context);
          must(context.used.length === 0, `create used ${context.used.join(", ")}: everything begins with start()`);
          await expectNoLeak(opened, "create");
        });
        await expectNoLeak(before, "an instance that was created and never started");
      },
    },
    {
      name: "create: gives an instance of its own each time",
      run: () =>
        withSubject(async ({ options, context }) => {
          const first = await createInstance(plugin, options, createTestContext(context));
          const second = await createInstance(plugin, options, createTestContext(context));
          must(first !== second, "create gave the same instance twice");
        }),
    },
  ];
}

async function refuses<Kind extends ContractKind, Options>(
  plugin: Plugin<Kind, Options>,
  options: unknown,
  what: string,
): Promise<void> {
  try {
    await parsePluginOptions(plugin, options);
  } catch (error) {
    if (PlumblineError.isInstance(error) && error.code === "PLB_PLUGIN_OPTIONS_INVALID") return;
    throw error;
  }
  throw broken(`it took ${what}`);
}
