import { start } from "@plumbline/sdk";
import type { OpenOptions, OpenSink } from "../contender.ts";

/** Plumbline as a service gets it: with its listeners for signals and the end of the process. */
export async function openTelemetry(options: OpenOptions): Promise<OpenSink> {
  const telemetry = await start({
    service: { name: "lab" },
    journal: { path: options.path, durability: "buffered" },
  });
  return {
    write(mark): undefined {
      telemetry.emit("lab", { lab: { ...mark } });
    },
    close: () => telemetry.close(),
  };
}
