import { type Clock, type EventLine, PlumblineError, type PluginContext } from "@plumbline/core";
import { createLanes, type Lanes } from "../deliver/lanes.ts";
import { retrying } from "../deliver/retrying.ts";
import { retryableError, type Settled } from "../deliver/lane.ts";
import { jsonToProto } from "../message/json-to-proto.ts";
import { readOtlpEnvironment } from "../settings/environment.ts";
import type { OtlpOptions } from "../settings/options.ts";
import { resolveSignal } from "../settings/resolve.ts";
import { type FileItem, readItems } from "./read-items.ts";

/** How far an export is. */
export interface ExportProgress {
  /** Everything before this byte (unpacked, where the file is packed) is settled: an export that is begun there goes on from here. */
  readonly offset: number;
  /** Records, spans and metrics' points that the receiver has. */
  readonly delivered: number;
  /** What it refused for good. */
  readonly rejected: number;
  /** Lines that are neither Plumbline's nor OTLP/JSON. */
  readonly invalid: number;
  /** 1 when the last line has no end, as that of a file that is being written: it is not sent, and `offset` is where it begins. */
  readonly unfinished: number;
}

/** What an export needs beside the receiver's settings. */
export interface FileExporterHost extends Pick<PluginContext, "clock" | "diagnostics"> {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long one batch is tried, in milliseconds. */
  readonly retryForMs: number;
}

/** Sends files to an OTLP receiver. */
export interface FileExporter {
  /**
   * Sends what stands in a file from the byte `start` on, and tells after each batch how far it is. Resolves at the file's end. Rejects with what the
   * receiver's failure was when a batch cannot be delivered in its time, and with `signal.reason` when that aborts; what was told by then is settled.
   */
  send(
    path: string,
    start: number,
    signal: AbortSignal,
    onProgress: (progress: ExportProgress) => void | Promise<void>,
  ): Promise<ExportProgress>;
  close(): void;
}

const BATCH_COUNT = 512;
const SIGNALS = ["logs", "traces", "metrics"] as const;

/** Makes an exporter of files. Throws `PLB_OTLP_OPTION_INVALID`. */
export function createFileExporter(options: OtlpOptions, host: FileExporterHost): FileExporter {
  const env = readOtlpEnvironment(host.env);
  const lanes = createLanes(options, env, { ...host, name: "export" }, SIGNALS);
  return {
    async send(path, start, signal, onProgress): Promise<ExportProgress> {
      for (const lane of lanes.bySignal.values()) await lane.start();
      const run = new Run(lanes, host.clock, host.retryForMs, signal, start);
      for await (const items of readItems(path, start, signal)) {
        for (const item of items) {
          if (item.kind === "line") {
            if (run.hold(item.line, item.nextOffset) >= BATCH_COUNT) await onProgress(await run.flush());
            continue;
          }
          await onProgress(await run.flush());
          const body = item.kind === "request" ? encodeRequest(item, options, env) : undefined;
          if (item.kind === "request" && body !== undefined) await run.request(item, body);
          else run.skip(item.nextOffset, item.kind === "unfinished" ? "unfinished" : "invalid");
          await onProgress(run.progress);
        }
      }
      await onProgress(await run.flush());
      return run.progress;
    },
    close: () => {
      for (const lane of lanes.bySignal.values()) lane.close();
    },
  };
}

/** The body of a request as the receiver wants it; `undefined` for one that is not of OTLP. */
function encodeRequest(
  { signal, request }: FileItem & { kind: "request" },
  options: OtlpOptions,
  env: ReturnType<typeof readOtlpEnvironment>,
): Buffer | undefined {
  try {
    const bytes = jsonToProto(request, REQUESTS[signal]);
    const isJson = resolveSignal(signal, options, env).protocol === "http/json";
    return Buffer.from(isJson ? JSON.stringify(request) : bytes);
  } catch (error) {
    if (PlumblineError.isInstance(error)) return undefined;
    throw error;
  }
}

const REQUESTS = {
  logs: "ExportLogsServiceRequest",
  traces: "ExportTraceServiceRequest",
  metrics: "ExportMetricsServiceRequest",
} as const;

/** One file on its way. */
class Run {
  readonly #lanes: Lanes;
  readonly #retry: { readonly clock: Clock; readonly retryForMs: number; readonly signal: AbortSignal };
  readonly #held: EventLine[] = [];
  #heldOffset: number;
  #progress: ExportProgress;

  constructor(lanes: Lanes, clock: Clock, retryForMs: number, signal: AbortSignal, start: number) {
    this.#lanes = lanes;
    this.#retry = { clock, retryForMs, signal };
    this.#heldOffset = start;
    this.#progress = { offset: start, delivered: 0, rejected: 0, invalid: 0, unfinished: 0 };
  }

  get progress(): ExportProgress {
    return this.#progress;
  }

  /** Holds a line for the next batch; gives how many are held. */
  hold(line: EventLine, nextOffset: number): number {
    this.#heldOffset = nextOffset;
    return this.#held.push(line);
  }

  skip(offset: number, why: "invalid" | "unfinished"): void {
    this.#progress = { ...this.#progress, offset, [why]: this.#progress[why] + 1 };
  }

  /** Sends what is held. */
  async flush(): Promise<ExportProgress> {
    const lines = this.#held.splice(0);
    let rejected = 0;
    for (const lane of this.#lanes.bySignal.values()) {
      let left = lines.filter((line) => line.signal === lane.signal);
      const settle = (settled: Settled): void => {
        rejected += settled.rejected;
        const done = new Set(settled.lines);
        left = left.filter((line) => !done.has(line));
      };
      await this.#attempt(() => lane.deliver(left, this.#retry.signal, settle));
    }
    this.#add(lines.length - rejected, rejected, Math.max(this.#heldOffset, this.#progress.offset));
    return this.#progress;
  }

  /** Sends a request as it stands in the file. */
  async request({ signal, count, nextOffset }: FileItem & { kind: "request" }, body: Buffer): Promise<void> {
    const lane = this.#lanes.bySignal.get(signal);
    if (lane === undefined) return;
    const rejected = await this.#attempt(async () => {
      const verdict = await lane.send(body, this.#retry.signal);
      if (verdict.kind === "delivered") return Math.min(count, verdict.rejected);
      if (verdict.kind !== "retry") return count;
      throw retryableError(verdict.error, verdict.afterMs);
    });
    this.#add(count - rejected, rejected, nextOffset);
  }

  async #attempt<Value>(attempt: () => Promise<Value>): Promise<Value> {
    try {
      return await retrying(attempt, this.#retry);
    } catch (error) {
      if (this.#retry.signal.aborted && PlumblineError.isInstance(error)) throw this.#retry.signal.reason;
      throw error;
    }
  }

  #add(delivered: number, rejected: number, offset: number): void {
    const before = this.#progress;
    this.#progress = {
      ...before,
      offset,
      delivered: before.delivered + delivered,
      rejected: before.rejected + rejected,
    };
  }
}
