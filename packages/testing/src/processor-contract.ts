import { SEVERITY_NAMES, toSeverityNumber, type EventDraft, type Plugin, type Processor } from "@plumbline/core";
import { DEFAULT_DEADLINE_MS, must, succeeds, type ContractCase } from "./contract-case.ts";
import { countResources, expectNoLeak } from "./leak-check.ts";
import { createOddDrafts, createTestDraft } from "./odd-drafts.ts";
import { pluginCases, subjectOf, withInstance } from "./plugin-contract.ts";
import type { TestContext, TestContextOptions } from "./test-context.ts";

/** What one instance of a processor is made with. */
export interface ProcessorFixture {
  /** What a config would give as the plugin's options. */
  readonly options: unknown;
  /** What the context holds besides. */
  readonly context?: TestContextOptions;
  close?(): void | Promise<void>;
}

/** Options of `processorContract`. */
export interface ProcessorContractOptions<Options> {
  readonly plugin: Plugin<"processor", Options>;
  setup(): ProcessorFixture | Promise<ProcessorFixture>;
  /** Options that its schema must refuse. */
  readonly invalidOptions?: readonly unknown[];
  /** Milliseconds that one call may take before it counts as hanging. Default 10,000. */
  readonly deadlineMs?: number;
}

const EVENTS = 2000;

/** The contract of a processor, rule by rule: what `Processor` and `Plugin` of `@plumbline/core` say. */
export function processorContract<Options>(options: ProcessorContractOptions<Options>): readonly ContractCase[] {
  const { plugin } = options;
  const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
  const withProcessor = (body: (processor: Processor, context: TestContext) => Promise<void>): Promise<void> =>
    withInstance(
      plugin,
      () => options.setup(),
      (processor, _fixture, context) => body(processor, context),
      (processor) => succeeds("close()", deadlineMs, async () => processor.close?.()),
    );
  const started = (name: string, body: (processor: Processor) => void): ContractCase => ({
    name,
    run: () =>
      withProcessor(async (processor) => {
        await succeeds("start()", deadlineMs, () => processor.start?.());
        body(processor);
      }),
  });
  return [
    ...pluginCases({
      plugin,
      invalidOptions: options.invalidOptions ?? [],
      deadlineMs,
      open: () => subjectOf(() => options.setup()),
    }),
    {
      name: "close: is safe without start, after start, and when repeated",
      run: async () => {
        await withProcessor(async (processor) => {
          await succeeds("close()", deadlineMs, () => processor.close?.());
        });
        await withProcessor(async (processor) => {
          await succeeds("start()", deadlineMs, () => processor.start?.());
          for (let call = 0; call < 2; call++) await succeeds("close()", deadlineMs, () => processor.close?.());
        });
      },
    },
    started("process: answers at once, with a draft or undefined", (processor) => {
      for (let event = 0; event < 100; event++) processOne(processor, createTestDraft(), "an ordinary event");
    }),
    started("process: takes every severity and signal", (processor) => {
      for (const [index, name] of SEVERITY_NAMES.entries()) {
        const severity = toSeverityNumber(index + 1);
        must(severity !== undefined, `there is no severity ${name}`);
        for (const signal of ["logs", "traces", "metrics"] as const) {
          processOne(
            processor,
            createTestDraft({ severity, signal }),
            `an event of severity ${name}, signal ${signal}`,
          );
        }
      }
    }),
    started("process: throws at nothing that a service may emit, and changes nothing that callers own", (processor) => {
      for (const { what, draft } of createOddDrafts()) processOne(processor, draft, `an event with ${what}`);
    }),
    started("process: when it says that it is readOnly, it is", (processor) => {
      if (processor.readOnly !== true) return;
      for (let event = 0; event < 100; event++) {
        const draft = createTestDraft();
        Object.freeze(draft.attributes);
        processOne(processor, Object.freeze(draft), "a frozen event, though it says that it is readOnly");
      }
    }),
    started("process: keeps no event from before", (processor) => {
      // An event that was filtered or passed on is done with: what the next one comes out as must be its own.
      for (let event = 0; event < EVENTS; event++) {
        const result = processOne(processor, createTestDraft({ name: `event.${event}` }), "an ordinary event");
        const other =
          result?.name !== undefined && /^event\.\d+$/.test(result.name) && result.name !== `event.${event}`;
        must(!other, `event ${event} came out as ${result?.name ?? ""}`);
      }
    }),
    {
      name: "leaks: nothing stays after close",
      run: async () => {
        const before = await countResources();
        await withProcessor(async (processor, context) => {
          await succeeds("start()", deadlineMs, () => processor.start?.());
          for (let event = 0; event < 100; event++) processOne(processor, createTestDraft(), "an ordinary event");
          await succeeds("close()", deadlineMs, () => processor.close?.());
          const { pendingTimers } = context;
          must(pendingTimers === 0, `${pendingTimers} timers of the context's clock are still set after close()`);
        });
        await expectNoLeak(before, "the processor");
      },
    },
  ];
}

function processOne(processor: Processor, draft: EventDraft, what: string): EventDraft | undefined {
  let result: unknown;
  try {
    result = processor.process(draft);
  } catch (cause) {
    must(false, `process() threw at ${what}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (result === undefined) return undefined;
  must(typeof result === "object" && result !== null, `process() gave ${typeof result} for ${what}`);
  must(!("then" in result), `process() gave a promise for ${what}: it is synchronous`);
  const { severity, attributes, signal } = result as Partial<Record<keyof EventDraft, unknown>>;
  must(
    typeof severity === "number" && toSeverityNumber(severity) !== undefined,
    `the draft for ${what} has no severity from 1 to 24`,
  );
  must(typeof attributes === "object" && attributes !== null, `the draft for ${what} has no attributes`);
  must(
    signal === "logs" || signal === "traces" || signal === "metrics",
    `the draft for ${what} is of no signal: logs, traces or metrics`,
  );
  return result as EventDraft;
}
