// A service that emits events at a steady pace, to a collector that the journal feeds; one of fifty, a warning, goes to another that is fed directly, too.
// Sends its state twice a second and when it is told to "measure", and its last report when it is told to "stop". Argument: JSON of where and how much.
// Needs --expose-gc.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { otlp } from "@plumbline/otlp";
import { start } from "@plumbline/sdk";

const { folder, url, liveUrl, rate, pad } = JSON.parse(process.argv[2]);
const TICK_MS = 10;

const telemetry = await start({
  cwd: folder,
  env: { NO_PROXY: "*" },
  service: { name: "shop" },
  journal: { path: "shop.jsonl", rotate: { maxBytes: "32MiB", compress: "none" } },
  sinks: {
    collector: { use: otlp, delivery: "journal", endpoint: url, retry: { initial: "200ms", max: "1s" } },
    live: { use: otlp, endpoint: liveUrl, minSeverity: "warn" },
  },
});

const text = "x".repeat(pad);
let n = 0;
let firstOfPace = { n: 0, ms: performance.now() };
const emitting = setInterval(() => {
  const nowMs = performance.now();
  const due = firstOfPace.n + Math.floor(((nowMs - firstOfPace.ms) * rate) / 1000);
  // A machine that stood still for long is not made up for in one turn.
  const end = Math.min(due, n + rate);
  for (; n < end; n++) telemetry.emit("order.placed", { n, text }, { severity: n % 50 === 0 ? "warn" : "info" });
  if (end < due) firstOfPace = { n, ms: nowMs };
}, TICK_MS);

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();

function state() {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { outputs } = telemetry.report();
  return { n, rss, heap: heapUsed + external, stallMs: delay.max / 1e6, cpu: process.cpuUsage(), outputs };
}

const telling = setInterval(() => {
  process.send(state());
  delay.reset();
}, 500);

async function obey(message) {
  if (message === "measure") {
    global.gc(); // seldom: it costs more than all the rest
    process.send({ ...state(), isMeasured: true });
    setTimeout(() => delay.reset(), 4 * TICK_MS);
  }
  if (message !== "stop") return;
  clearInterval(emitting);
  clearInterval(telling);
  await telemetry.flush({ timeoutMs: 600_000 });
  process.send({ ...state(), isLast: true });
  await telemetry.close();
  process.disconnect();
}

process.on("message", (message) => void obey(message));
