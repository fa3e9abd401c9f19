import type { Contender, ContenderId } from "./contender.ts";

const plumbline = {
  role: "ours",
  layout: "plumbline",
  rotatedLayout: "plumbline",
} as const;
const peer = { role: "peer", survives: "nothing", acknowledges: "call", layout: "single" } as const;

/** Everyone who takes part. Modules are loaded in the process that needs them: a child starts faster with one logger than with all. */
export const CONTENDERS: Readonly<Record<ContenderId, Contender>> = {
  "plumbline-buffered": {
    ...plumbline,
    name: "plumbline, buffered",
    survives: "exit",
    acknowledges: "call",
    load: async () => (await import("./contenders/plumbline-file.ts")).buffered,
  },
  "plumbline-written": {
    ...plumbline,
    name: "plumbline, written",
    survives: "kill",
    acknowledges: "promise",
    load: async () => (await import("./contenders/plumbline-file.ts")).written,
  },
  "plumbline-fsynced": {
    ...plumbline,
    name: "plumbline, fsynced",
    survives: "kill",
    acknowledges: "promise",
    load: async () => (await import("./contenders/plumbline-file.ts")).fsynced,
  },
  "plumbline-sdk": {
    ...plumbline,
    name: "plumbline sdk, buffered",
    survives: "exit",
    acknowledges: "call",
    load: async () => (await import("./contenders/plumbline-sdk.ts")).openTelemetry,
  },
  "mutexed-append": {
    name: "open-append-close under a mutex",
    role: "peer",
    survives: "kill",
    acknowledges: "promise",
    layout: "single",
    load: async () => (await import("./contenders/append.ts")).openMutexed,
  },
  "ungated-append": {
    name: "appendFile, no gate (control)",
    role: "control",
    survives: "kill",
    acknowledges: "promise",
    layout: "single",
    load: async () => (await import("./contenders/append.ts")).openUngated,
  },
  "pino-sync": { ...peer, name: "pino sync", load: async () => (await import("./contenders/pino.ts")).sync },
  "pino-async": { ...peer, name: "pino async", load: async () => (await import("./contenders/pino.ts")).asynchronous },
  "pino-transport": {
    ...peer,
    name: "pino.transport",
    load: async () => (await import("./contenders/pino.ts")).transport,
  },
  winston: {
    ...peer,
    name: "winston",
    rotatedLayout: "numbered-up",
    load: async () => (await import("./contenders/winston.ts")).openWinston,
  },
  logtape: {
    ...peer,
    name: "LogTape",
    rotatedLayout: "numbered-down",
    load: async () => (await import("./contenders/logtape.ts")).blocking,
  },
  "logtape-non-blocking": {
    ...peer,
    name: "LogTape, nonBlocking",
    rotatedLayout: "numbered-down",
    load: async () => (await import("./contenders/logtape.ts")).nonBlocking,
  },
};
