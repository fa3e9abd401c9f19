import { cpus, totalmem } from "node:os";

/** What the figures of a run were measured on, as the beginning of a sentence. */
export function describeMachine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, Node ${process.version}, ${cpus().length} × ${first?.model.trim() ?? "unknown"}, ${memory} GiB`;
}
