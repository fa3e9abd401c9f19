import { EVENT_NAME, type Attributes } from "../load/payload.ts";
import { Acknowledgements } from "./acknowledgements.ts";

/** Where to send, and how. */
export interface Target {
  readonly url: string;
  /** For files of its own. */
  readonly directory: string;
  /** Requests that may be under way at once, where the sender can. */
  readonly concurrency: number;
}

/** A sender that is running. */
export interface OpenSender {
  readonly acknowledged: Acknowledgements;
  emit(attributes: Attributes): void;
  /** Resolves when all is settled that can be, or after so long. */
  flush(timeoutMs: number): Promise<void>;
  close(timeoutMs: number): Promise<void>;
}

export interface Sender {
  readonly name: string;
  readonly redaction: "default rules" | "none";
  /** Events that may be on their way without one of them being dropped. */
  readonly window: number;
  open(target: Target): Promise<OpenSender>;
}

function plumbline(delivery: "direct" | "journal"): Sender {
  return {
    name: `plumbline, ${delivery}`,
    redaction: "default rules",
    window: 16_384,
    async open({ url, directory, concurrency }) {
      const [{ start }, { otlp }] = await Promise.all([import("@plumbline/sdk"), import("@plumbline/otlp")]);
      const acknowledged = new Acknowledgements();
      const counted: typeof otlp = {
        ...otlp,
        create(options, context) {
          const sink = otlp.create(options, context);
          const { signals = [], feed = {} } = sink;
          return {
            signals,
            feed,
            concurrency: sink.concurrency ?? 1,
            start: () => sink.start?.(),
            async write(batch, how) {
              const result = await sink.write(batch, how);
              acknowledged.add(batch.length);
              return result;
            },
            close: () => sink.close(),
          };
        },
      };
      const telemetry = await start({
        cwd: directory,
        env: {},
        service: { name: "bench" },
        journal: delivery === "journal" ? { path: "bench.jsonl" } : false,
        sinks: { collector: { use: counted, endpoint: url, proxy: false, delivery, concurrency } },
      });
      return {
        acknowledged,
        emit: (attributes) => telemetry.emit(EVENT_NAME, attributes),
        flush: (timeoutMs) => telemetry.flush({ timeoutMs }).catch(() => undefined), // what is missing is counted by the receiver
        close: (timeoutMs) => telemetry.close({ timeoutMs }),
      };
    },
  };
}

const openTelemetry: Sender = {
  name: "OpenTelemetry SDK",
  redaction: "none",
  window: 2048,
  async open({ url }) {
    const [{ BatchLogRecordProcessor, LoggerProvider }, { OTLPLogExporter }, { SeverityNumber }] = await Promise.all([
      import("@opentelemetry/sdk-logs"),
      import("@opentelemetry/exporter-logs-otlp-proto"),
      import("@opentelemetry/api-logs"),
    ]);
    const acknowledged = new Acknowledgements();
    const real = new OTLPLogExporter({ url: `${url}/v1/logs` });
    const exporter: Pick<typeof real, "export" | "forceFlush" | "shutdown"> = {
      export: (records, done) =>
        real.export(records, (result) => {
          if (result.error === undefined) acknowledged.add(records.length);
          done(result);
        }),
      forceFlush: () => real.forceFlush(),
      shutdown: () => real.shutdown(),
    };
    const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
    const logger = provider.getLogger("bench");
    return {
      acknowledged,
      emit: (attributes) =>
        logger.emit({
          severityNumber: SeverityNumber.INFO,
          severityText: "INFO",
          eventName: EVENT_NAME,
          // Of attributes whose nested values are maps; the type asks for an index signature that ours has under another name.
          attributes: { ...attributes },
        }),
      flush: (timeoutMs) => atMost(provider.forceFlush(), timeoutMs),
      close: (timeoutMs) => atMost(provider.shutdown(), timeoutMs),
    };
  },
};

/** Waits for something, but not for ever. */
async function atMost(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
  await Promise.race([work.catch(() => undefined), late]); // what is missing is counted by the receiver
  clearTimeout(timer);
}

export const DIRECT: Sender = plumbline("direct");
export const JOURNALED: Sender = plumbline("journal");
export const PEER: Sender = openTelemetry;
export const SENDERS: readonly Sender[] = [DIRECT, JOURNALED, PEER];
