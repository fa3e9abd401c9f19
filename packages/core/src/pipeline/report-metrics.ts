import type { Clock } from "../clock.ts";
import { type InstrumentObservation, observeInstruments, type SeeMetric } from "./observe-instruments.ts";
import type { TelemetryReport } from "./telemetry-report.ts";

/**
 * The metrics that {@link observeReport} makes, by name. Sums, from the start of the process on; `{event}` is one telemetry event. A
 * counter never falls: where an output gives lines back to be accepted elsewhere, as a reload may have it do, it stands still until it has accepted as many others.
 */
export const REPORT_METRICS = {
  "plumbline.intake.events": {
    type: "counter",
    unit: "{event}",
    description:
      "Events emitted, by what the intake did with them (state: disabled, filtered, accepted, dropped; reason, where dropped).",
  },
  "plumbline.output.events": {
    type: "counter",
    unit: "{event}",
    description:
      "Events by output and state (accepted, adopted, delivered, filtered, dropped; reason, where dropped). accepted + adopted = delivered + filtered + dropped + plumbline.output.queue.size + plumbline.output.inflight.",
  },
  "plumbline.output.redelivered": {
    type: "counter",
    unit: "{event}",
    description: "Events handed to a sink again after an unknown outcome, by output.",
  },
  "plumbline.output.queue.size": {
    type: "upDownCounter",
    unit: "{event}",
    description: "Events that wait in an output's queue or for another try, by output.",
  },
  "plumbline.output.inflight": {
    type: "upDownCounter",
    unit: "{event}",
    description: "Events handed to an output's sink and not settled, by output.",
  },
  "plumbline.processor.events": {
    type: "counter",
    unit: "{event}",
    description: "Events that a processor filtered, failed on or was bypassed for, by processor and state.",
  },
  "plumbline.line.limits": {
    type: "counter",
    unit: "{cut}",
    description: "What the walk cut or replaced, by reason.",
  },
  "plumbline.redactions": {
    type: "counter",
    unit: "{redaction}",
    description: "What was redacted, by rule or detector.",
  },
} as const;

export interface ObserveReportOptions {
  /** The report to observe; called once per collection. */
  readonly report: () => TelemetryReport;
  readonly clock: Clock;
}

/**
 * Shows a report as OpenTelemetry metrics ({@link REPORT_METRICS}), through whichever MeterProvider is set globally; see
 * {@link observeInstruments}.
 */
export function observeReport({ report, clock }: ObserveReportOptions): InstrumentObservation {
  return observeInstruments({ catalog: REPORT_METRICS, clock, record: (see) => record(report(), see) });
}

function record(report: TelemetryReport, see: SeeMetric<keyof typeof REPORT_METRICS>): void {
  const { intake, outputs, processors, lines, redacted } = report;
  for (const state of ["disabled", "filtered", "accepted"] as const) {
    see("plumbline.intake.events", intake[state], { state });
  }
  for (const [reason, count] of Object.entries(intake.dropped)) {
    see("plumbline.intake.events", count, { state: "dropped", reason });
  }
  for (const output of outputs) {
    const { name, queued, inFlight, redelivered, dropped } = output;
    for (const state of ["accepted", "adopted", "delivered", "filtered"] as const) {
      see("plumbline.output.events", output[state], { output: name, state });
    }
    for (const [reason, count] of Object.entries(dropped)) {
      see("plumbline.output.events", count, { output: name, state: "dropped", reason });
    }
    see("plumbline.output.redelivered", redelivered, { output: name });
    see("plumbline.output.queue.size", queued, { output: name });
    see("plumbline.output.inflight", inFlight, { output: name });
  }
  for (const processor of processors) {
    for (const state of ["filtered", "failed", "bypassed"] as const) {
      see("plumbline.processor.events", processor[state], { processor: processor.name, state });
    }
  }
  for (const [reason, count] of Object.entries(lines)) see("plumbline.line.limits", count, { reason });
  for (const [detector, count] of Object.entries(redacted)) see("plumbline.redactions", count, { detector });
}
