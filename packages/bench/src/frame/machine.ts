import { cpus, loadavg, totalmem } from "node:os";

/** How busy the machine is with other things, when asked before a run. */
export function describeLoad(): string {
  return `load ${(loadavg()[0] ?? 0).toFixed(1)} when it began`;
}

/** What the figures of a run were measured on, as the beginning of a sentence. */
export function describeMachine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, Node ${process.version}, ${cpus().length} × ${first?.model.trim() ?? "unknown"}, ${memory} GiB`;
}
