import { type Clock, createOnceReporter, type PluginContext, type Signal } from "@plumbline/core";
import { createEncoder } from "./create-encoder.ts";
import type { OtlpEnvironment } from "../settings/environment.ts";
import type { OtlpOptions } from "../settings/options.ts";
import { resolveShared, resolveSignal } from "../settings/resolve.ts";
import { HttpTransport } from "../transport/http-transport.ts";
import { userAgentOf } from "../user-agent.ts";
import { OtlpCounts } from "./counts.ts";
import { Lane } from "./lane.ts";

/** What lanes need of those who own them. */
export interface LaneHost {
  readonly name: string;
  readonly clock: Clock;
  readonly diagnostics: PluginContext["diagnostics"];
}

/** One lane for each signal, with what they share. */
export interface Lanes {
  readonly bySignal: ReadonlyMap<Signal, Lane>;
  readonly counts: OtlpCounts;
  readonly concurrency: number;
}

/** Makes the ways to one receiver; nothing is opened. Throws `PLB_OTLP_OPTION_INVALID`. */
export function createLanes(
  options: OtlpOptions,
  env: OtlpEnvironment,
  host: LaneHost,
  signals: readonly Signal[],
): Lanes {
  const { concurrency, maxRequestBytes } = resolveShared(options);
  const counts = new OtlpCounts();
  const reporter = createOnceReporter(host.diagnostics);
  const lanes = signals.map((signal): [Signal, Lane] => {
    const settings = resolveSignal(signal, options, env);
    const form = settings.protocol === "http/json" ? "json" : "protobuf";
    const transport = new HttpTransport({
      settings,
      clock: host.clock,
      userAgent: userAgentOf(options.userAgent),
      proxy: options.proxy,
      concurrency,
    });
    const encoder = createEncoder(signal, form, options.schemaUrl);
    const shared = { maxRequestBytes, clock: host.clock, counts, reporter, component: host.name };
    return [signal, new Lane({ ...shared, signal, form, encoder, transport })];
  });
  return { bySignal: new Map(lanes), counts, concurrency };
}
