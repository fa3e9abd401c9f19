import { EMIT_BENCH } from "./emit.ts";
import { FILE_BENCH } from "./file/file-bench.ts";
import type { Bench } from "./frame/bench.ts";
import { HANDOFF_BENCH } from "./handoff/handoff-bench.ts";
import { OTLP_BENCH } from "./otlp/otlp-bench.ts";
import { REDACT_BENCH } from "./redact/redact-bench.ts";
import { STREAM_BENCH } from "./stream/stream-bench.ts";
import { WATCH_BENCH } from "./watch/watch-bench.ts";

/** Everything that `npm run bench -- NAME` can run. */
export const BENCHES: readonly Bench[] = [
  EMIT_BENCH,
  FILE_BENCH,
  HANDOFF_BENCH,
  OTLP_BENCH,
  REDACT_BENCH,
  STREAM_BENCH,
  WATCH_BENCH,
];
