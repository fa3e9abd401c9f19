import {
  definePlugin,
  RetryableError,
  type EventLine,
  type Plugin,
  type PluginContext,
  type Sink,
} from "@plumbline/core";
import type { SinkContractOptions, SinkFixture } from "../src/index.ts";

/** A far side. */
export interface Store {
  readonly lines: string[];
  refusals: number;
  hangs: boolean;
}

export interface ToyFixture extends SinkFixture {
  readonly store: Store;
}

interface ToyOptions {
  readonly store: Store;
}

/** What a test may do differently from a good sink. */
export type ToyChange = (
  good: Required<Pick<Sink, "start" | "write" | "flush">> & Sink,
  context: PluginContext,
  store: Store,
) => Sink;

const options: NonNullable<Plugin<"sink", ToyOptions>["options"]> = {
  "~standard": {
    version: 1,
    vendor: "toy",
    validate: (value) => {
      const given = value as Partial<ToyOptions> | undefined;
      const unknown = Object.keys(given ?? {}).filter((key) => key !== "store");
      if (given?.store === undefined) return { issues: [{ message: "is missing", path: ["store"] }] };
      if (unknown.length > 0) return { issues: unknown.map((key) => ({ message: "is unknown", path: [key] })) };
      return { value: { store: given.store } };
    },
  },
};

/** A sink that keeps the contract, changed as told. */
export function toyPlugin(change: ToyChange = (good) => good): Plugin<"sink", ToyOptions> {
  return definePlugin({
    id: "@acme/toy",
    kind: "sink",
    apiVersion: 1,
    options,
    create: ({ store }, context) => change(goodSink(store, context), context, store),
  });
}

/** The contract's options for a toy. */
export function toyContract(plugin: Plugin<"sink", ToyOptions>): SinkContractOptions<ToyOptions, ToyFixture> {
  return {
    plugin,
    setup: () => {
      const store: Store = { lines: [], refusals: 0, hangs: false };
      return { store, options: { store }, delivered: () => store.lines };
    },
    invalidOptions: [undefined, {}],
    failOnce: ({ store }) => {
      store.refusals = 1;
    },
    hang: ({ store }) => {
      store.hangs = true;
    },
    deadlineMs: 200,
  };
}

function goodSink(store: Store, context: PluginContext): Required<Pick<Sink, "start" | "write" | "flush">> & Sink {
  return {
    start: () => undefined,
    async write(batch: readonly EventLine[]): Promise<void> {
      const lines = batch.map((line) => line.line);
      if (store.refusals > 0) {
        store.refusals -= 1;
        throw new RetryableError("refused for now", { retryAfterMs: 10 });
      }
      if (store.hangs) await aborted(context.signal);
      store.lines.push(...lines);
    },
    flush: () => undefined,
    close: () => undefined,
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const giveUp = (): void => reject(new Error("given up"));
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
  });
}
