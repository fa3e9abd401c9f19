import type { IntakeReport, OutputReport } from "@plumbline/core";
import { isRecord } from "../input/fields.ts";
import { otherParts, readDeliveries, readParts, type RunningDelivery, type RunningPart } from "./running-deliveries.ts";

/** The accounting of a running service, as it came over its report socket. */
export interface RunningService {
  readonly service: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly intake: IntakeReport;
  readonly outputs: readonly OutputReport[];
  readonly redacted: Readonly<Record<string, number>>;
  /** Its sinks that are fed from the journal. */
  readonly deliveries: readonly RunningDelivery[];
  /** Its other long-running parts, such as hand-offs, with what each says of itself. */
  readonly services: readonly RunningPart[];
  /** Its configs; `undefined` for a service of a version that tells nothing of them. */
  readonly reload: RunningReload | undefined;
  /** What is missing in, or too much for, all accounts together; 0 unless Plumbline itself has a fault. */
  readonly unaccounted: number;
}

/** The reloads of a running service. */
export interface RunningReload {
  readonly generation: number;
  readonly appliedAt: string;
  readonly origin: string;
  readonly isWatching: boolean;
  readonly lastRejected: { readonly at: string; readonly code: string; readonly message: string } | null;
  readonly down: readonly string[];
}

/** Reads an answer; `undefined` when it is none of a service of this version. What another version adds is left out. */
export function readRunning(answer: unknown): RunningService | undefined {
  if (!isRecord(answer) || !Array.isArray(answer["outputs"])) return undefined;
  const { service, pid, startedAt, intake, redacted } = answer;
  const outputs = answer["outputs"].flatMap((output: unknown) => readOutput(output) ?? []);
  const parts = readParts(answer["services"]);
  return {
    service: String(service),
    pid: Number(pid),
    startedAt: String(startedAt),
    intake: readIntake(isRecord(intake) ? intake : {}),
    outputs,
    redacted: counts(redacted),
    deliveries: readDeliveries(parts),
    services: otherParts(parts),
    reload: readReload(answer["reload"]),
    unaccounted: outputs.reduce((sum, output) => sum + Math.abs(unaccounted(output)), 0),
  };
}

/** Whether nothing of it is said to be not ok: its accounts add up, no component is down, and it was not started from the last good config. */
export function isWell({ unaccounted: off, reload }: RunningService): boolean {
  return off === 0 && (reload === undefined || (reload.origin !== "lastGood" && reload.down.length === 0));
}

/** How far one account is from adding up. */
export function unaccounted(output: OutputReport): number {
  const { accepted, adopted, delivered, inFlight, queued, filtered, dropped } = output;
  const settled = Object.values(dropped).reduce((sum, count) => sum + count, delivered + inFlight + queued + filtered);
  return accepted + adopted - settled;
}

function readIntake(intake: Readonly<Record<string, unknown>>): IntakeReport {
  return {
    emitted: count(intake["emitted"]),
    disabled: count(intake["disabled"]),
    filtered: count(intake["filtered"]),
    accepted: count(intake["accepted"]),
    dropped: counts(intake["dropped"]),
  };
}

function readReload(reload: unknown): RunningReload | undefined {
  if (!isRecord(reload)) return undefined;
  const { generation, appliedAt, origin, isWatching, lastRejected, down } = reload;
  return {
    generation: count(generation),
    appliedAt: String(appliedAt),
    origin: String(origin),
    isWatching: isWatching === true,
    lastRejected: isRecord(lastRejected)
      ? { at: String(lastRejected["at"]), code: String(lastRejected["code"]), message: String(lastRejected["message"]) }
      : null,
    down: Array.isArray(down) ? down.map(String) : [],
  };
}

function readOutput(output: unknown): OutputReport | undefined {
  if (!isRecord(output) || typeof output["name"] !== "string") return undefined;
  return {
    name: output["name"],
    accepted: count(output["accepted"]),
    adopted: count(output["adopted"]),
    delivered: count(output["delivered"]),
    inFlight: count(output["inFlight"]),
    queued: count(output["queued"]),
    filtered: count(output["filtered"]),
    dropped: counts(output["dropped"]),
    redelivered: count(output["redelivered"]),
  };
}

function count(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function counts(value: unknown): Readonly<Record<string, number>> {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, count(item)])) : {};
}
