import { errorCode, type Redactor, type Service, type TelemetryReport } from "@plumbline/core";
import type { FileState } from "@plumbline/file";
import type { Assembly } from "./assembly.ts";
import type { ReloadReport } from "./reload/reloads.ts";

/** A component that the config asks for and that is left out. */
export interface SkippedReport {
  /** Its place in the config. */
  readonly path: string;
  readonly use: string;
  readonly reason: string;
}

/** Everything that a running system counts, and what it is: JSON values alone. */
export interface SystemReport extends TelemetryReport {
  readonly service: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Absolute; `undefined` for the built-in default and for what was given in code alone. */
  readonly configFile: string | undefined;
  /** The journal's file: its path, slot, size and what happened to it. */
  readonly journal: FileState | undefined;
  readonly skipped: readonly SkippedReport[];
  readonly services: readonly ServiceReport[];
  readonly reload: ReloadReport;
}

/** What a long-running part says of itself. */
export interface ServiceReport {
  /** Its place in the config. */
  readonly path: string;
  readonly use: string;
  /** JSON values alone; empty where it says nothing. */
  readonly status: Readonly<Record<string, unknown>>;
}

/** The report of a system that was started. */
export function createSystemReport(
  assembly: Assembly,
  telemetry: TelemetryReport,
  reload: ReloadReport,
  startedMicros: number,
): SystemReport {
  const { plan, journal, services } = assembly;
  const redactor = assembly.reportRedactor();
  return {
    service: redactor.text(String(plan.resource["service.name"])),
    pid: process.pid,
    startedAt: new Date(startedMicros / 1000).toISOString(),
    configFile: plan.configFile,
    journal: journal?.report().file,
    skipped: plan.components.flatMap((component) =>
      component.isWired ? [] : [{ path: component.path, use: component.use, reason: component.reason }],
    ),
    services: services.map(({ path, plugin, instance }) => ({
      path,
      use: plugin.id,
      status: statusOf(instance, redactor),
    })),
    reload,
    ...telemetry,
  };
}

/** What a part says of itself is not ours, and may quote an address: it is redacted, as JSON, which stays JSON. */
function statusOf(service: Service, redactor: Redactor): Readonly<Record<string, unknown>> {
  try {
    const text = JSON.stringify(service.status?.() ?? {});
    const shown = redactor.text(text);
    return JSON.parse(shown) as Readonly<Record<string, unknown>>; // an object, as it was one
  } catch (error) {
    return { error: errorCode(error) }; // the report is of everybody: one part must not keep it
  }
}

/** The reloads of a system that is not there yet. */
const NO_RELOADS: ReloadReport = {
  generation: 0,
  appliedAt: "",
  origin: "start",
  applied: 0,
  unchanged: 0,
  rejected: 0,
  lastRejected: undefined,
  isWatching: false,
  down: [],
};

/** The report of a system that is being started: `waiting` events wait for it. */
export function createStartingReport(waiting: number): SystemReport {
  return {
    service: "",
    pid: process.pid,
    startedAt: "",
    configFile: undefined,
    journal: undefined,
    skipped: [],
    services: [],
    reload: NO_RELOADS,
    intake: { emitted: waiting, disabled: 0, filtered: 0, accepted: waiting, dropped: {} },
    outputs: [],
    processors: [],
    lines: {},
    redacted: {},
  };
}
