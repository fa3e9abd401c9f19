import { burst } from "./acts/burst.ts";
import { claims } from "./acts/claims.ts";
import { fill } from "./acts/fill.ts";
import { reopen } from "./acts/reopen.ts";
import { stream } from "./acts/stream.ts";
import { threads } from "./acts/threads.ts";
import { CHANNEL_FD, createTell, type Tell } from "./channel.ts";
import type { OpenSink } from "./contender.ts";
import { CONTENDERS } from "./contenders.ts";
import type { Job } from "./job.ts";

/** A process that does one act with one sink; the lab ends it when and how the scenario wants. */
async function main(job: Job): Promise<void> {
  const tell = createTell(CHANNEL_FD);
  const { act, open } = job;
  const contender = CONTENDERS[job.contender];
  switch (act.name) {
    case "stream":
      return stream(await openFor(job, tell), contender, act, tell);
    case "burst":
      return burst(await openFor(job, tell), act, tell);
    case "fill":
      return fill(await openFor(job, tell), act, tell);
    case "threads":
      return threads(job, act, tell);
    case "reopen":
      return reopen(await contender.load(), open, act, tell);
    case "claims":
      return claims(job, act, tell);
    // Only our file sink has a driver to put in between.
    case "faulty-disk":
      return (await import("./acts/faulty-disk.ts")).faultyDisk(open, act, tell);
    case "power-cut":
      return (await import("./acts/power-cut.ts")).powerCut(open, act, tell);
    case "stall":
      return (await import("./acts/stall.ts")).stall(open, act, tell);
  }
}

async function openFor(job: Job, tell: Tell): Promise<OpenSink> {
  const sink = await (await CONTENDERS[job.contender].load())(job.open);
  tell({ type: "ready" });
  return sink;
}

void main(JSON.parse(process.argv[2] ?? "{}") as Job);
