import type { SubscriberStatus } from "./session-state.ts";
import type { ServerTotals } from "./server-totals.ts";

/** What `/status` says. */
export interface StreamServerStatus {
  readonly listen: string | undefined;
  readonly uptimeMs: number;
  /** The last event of the journal that subscribers can get. */
  readonly tip: string | undefined;
  readonly bufferedBytes: number;
  readonly events: number;
  readonly bytes: number;
  readonly gaps: number;
  readonly missing: number;
  readonly outOfOrder: number;
  /** How often requests were refused, by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** How often subscriptions ended, by code; `client`: by the client itself. */
  readonly closed: Readonly<Record<string, number>>;
  readonly subscribers: readonly SubscriberStatus[];
}

type Sample = readonly [labels: string, value: number];

/** The metrics of a server as Prometheus reads them. Source: the Prometheus text format, version 0.0.4. */
export function renderMetrics(totals: ServerTotals, subscribers: readonly SubscriberStatus[]): string {
  const by = (label: string, counts: ReadonlyMap<string, number>): Sample[] =>
    [...counts].map(([value, count]) => [`{${label}="${value}"}`, count]);
  const count = (state: string): Sample => [
    `{state="${state}"}`,
    subscribers.filter((each) => each.state === state).length,
  ];
  const lags = subscribers.flatMap(({ lag }) => (lag === undefined ? [] : [lag]));
  const buffered = subscribers.reduce((sum, { bufferedBytes }) => sum + bufferedBytes, 0);
  return [
    metric(
      "subscribers",
      "gauge",
      "Subscribers that are connected, by state.",
      ["hello", "starting", "replay", "live", "blocked"].map(count),
    ),
    metric("max_lag_events", "gauge", "Events that the last of all subscribers is behind.", [
      ["", Math.max(0, ...lags)],
    ]),
    metric("buffered_bytes", "gauge", "Bytes that wait for sockets.", [["", buffered]]),
    metric("connections_total", "counter", "Subscriptions that were taken.", [
      ['{transport="websocket"}', totals.connections.websocket],
      ['{transport="sse"}', totals.connections.sse],
    ]),
    metric("refused_total", "counter", "Requests that were refused, by code.", by("code", totals.refused)),
    metric("closed_total", "counter", "Subscriptions that ended, by code.", by("code", totals.closed)),
    metric("events_total", "counter", "Events that were sent.", [["", totals.events]]),
    metric("bytes_total", "counter", "Bytes that were sent.", [["", totals.bytes]]),
    metric("gaps_total", "counter", "Gaps that were sent.", [["", totals.gaps]]),
    metric("missing_events_total", "counter", "Events missing in these gaps, where it is known.", [
      ["", totals.missing],
    ]),
    metric("out_of_order_total", "counter", "Events out of order. Anything but 0 is a defect.", [
      ["", totals.outOfOrder],
    ]),
    metric("rate_limited_seconds_total", "counter", "Time that subscribers were held back by their rate limit.", [
      ["", totals.rateLimitedMs / 1000],
    ]),
  ].join("");
}

function metric(name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): string {
  const full = `plumbline_stream_server_${name}`;
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${samples.map(([labels, value]) => `${full}${labels} ${value}\n`).join("")}`;
}
