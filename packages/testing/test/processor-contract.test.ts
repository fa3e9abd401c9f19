import { createServer, type Server } from "node:net";
import { definePlugin, type EventDraft, type Plugin, type PluginContext, type Processor } from "@plumbline/core";
import { afterEach, describe, expect, test } from "vitest";
import { processorContract, type ProcessorContractOptions } from "../src/index.ts";
import { failuresOf } from "./run-contract.ts";

type Change = (good: Processor, context: PluginContext) => Processor;

/** A processor that keeps the contract: it drops every second event and marks the others. */
function toyPlugin(change: Change = (good) => good): Plugin<"processor", undefined> {
  return definePlugin({
    id: "@acme/toy-processor",
    kind: "processor",
    apiVersion: 1,
    create: (_options, context) => {
      let seen = 0;
      return change(
        {
          process: (draft) => {
            seen += 1;
            if (seen % 2 === 0) return undefined;
            draft.attributes["toy"] = true;
            return draft;
          },
        },
        context,
      );
    },
  });
}

const contract = (plugin: Plugin<"processor", undefined>): ProcessorContractOptions<undefined> => ({
  plugin,
  setup: () => ({ options: undefined }),
  invalidOptions: [{ rate: 1 }],
  deadlineMs: 200,
});

describe("a good processor keeps every rule", () => {
  test.each(processorContract(contract(toyPlugin())))("$name", ({ run }) => run());

  test("also one that changes nothing and says so", async () => {
    const plugin = toyPlugin(() => ({ readOnly: true, process: (draft) => (draft.severity < 5 ? undefined : draft) }));
    expect(await failuresOf(processorContract(contract(plugin)))).toEqual(new Map());
  });
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const answers = "process: answers at once, with a draft or undefined";
const severities = "process: takes every severity and signal";
const throwsAtNothing = "process: throws at nothing that a service may emit, and changes nothing that callers own";
const readOnly = "process: when it says that it is readOnly, it is";
const keepsNothing = "process: keeps no event from before";
const leaks = "leaks: nothing stays after close";
const close = "close: is safe without start, after start, and when repeated";
const everyProcess = [answers, severities, throwsAtNothing, keepsNothing, leaks];
const anyResult = (result: unknown): Processor => ({ process: () => result as EventDraft });

describe("each planted fault is caught, by the rules that it breaks and no other", () => {
  test.each<[fault: string, change: Change, broken: readonly string[]]>([
    ["is asynchronous", () => anyResult(Promise.resolve()), everyProcess],
    ["gives nonsense", () => anyResult(true), everyProcess],
    ["gives null", () => anyResult(null), everyProcess],
    ["gives half a draft", () => anyResult({ severity: 9, signal: "logs" }), everyProcess],
    ["gives a draft of no severity", () => ({ process: (draft) => ({ ...draft, severity: 25 as 24 }) }), everyProcess],
    [
      "gives a draft of no signal",
      () => ({ process: (draft) => ({ ...draft, signal: "profiles" as "logs" }) }),
      everyProcess,
    ],
    [
      "knows some severities alone",
      () => ({
        process: (draft) => {
          if (draft.severity % 4 === 3) throw new Error("unknown severity");
          return draft;
        },
      }),
      [severities],
    ],
    [
      "needs a name",
      () => ({
        process: (draft) => {
          if (draft.name === undefined) throw new Error("no name");
          return draft;
        },
      }),
      [throwsAtNothing],
    ],
    [
      "serialises the body",
      () => ({
        process: (draft) => {
          JSON.stringify(draft.body);
          return draft;
        },
      }),
      [throwsAtNothing],
    ],
    [
      "changes what the caller owns",
      () => ({
        process: (draft) => {
          const { user } = draft.attributes;
          if (typeof user === "object" && user !== null) Object.assign(user, { seen: true });
          return draft;
        },
      }),
      [throwsAtNothing],
    ],
    [
      "says that it is readOnly and is not",
      () => ({
        readOnly: true,
        process: (draft) => {
          draft.attributes["toy"] = true;
          return draft;
        },
      }),
      [readOnly],
    ],
    [
      "gives an earlier event again",
      () => {
        let before: EventDraft | undefined;
        return {
          process: (draft) => {
            const result = before ?? draft;
            before = draft;
            return result;
          },
        };
      },
      [keepsNothing],
    ],
    [
      "cannot be closed twice",
      () => {
        let closed = 0;
        return {
          process: (draft) => draft,
          close: () => {
            closed += 1;
            if (closed > 1) throw new Error("closed already");
          },
        };
      },
      [close, leaks],
    ],
    [
      "hangs in close",
      () => ({ process: (draft) => draft, close: () => new Promise<void>(() => undefined) }),
      [close, ...everyProcess, readOnly],
    ],
    [
      "leaves a timer",
      (good, { clock }) => ({ ...good, start: () => void clock.setTimer(() => undefined, 60_000) }),
      [leaks],
    ],
    [
      "leaves a server",
      (good) => ({ ...good, start: () => void servers.push(createServer().listen(0, "127.0.0.1")) }),
      [leaks],
    ],
    [
      "sets a timer in create",
      (good, { clock }) => {
        clock.setTimer(() => undefined, 60_000);
        return good;
      },
      ["create: has no side effect", leaks],
    ],
  ])("%s", async (_fault, change, broken) => {
    const failures = await failuresOf(processorContract(contract(toyPlugin(change))));
    expect([...failures.keys()].sort()).toEqual([...broken].sort());
  });
});
