import type { ActiveFile } from "./active-file.ts";
import { systemCode } from "./system-error.ts";
import type { Flight } from "./flight.ts";

/** Writes a flight to its end, synchronously, from its last settled line on. Throws what the system throws. */
export function writeFlightSync(flight: Flight, file: ActiveFile, timeIsUp: () => boolean): void {
  flight.moveTo(file.size);
  const { chunk, position } = flight;
  flight.written = flight.wholeEnd - position;
  while (!flight.isComplete) {
    const at = flight.written;
    try {
      flight.written += file.writeSync(chunk.bytes, at, chunk.length - at, position + at);
    } catch (error) {
      if (!isPassing(error) || timeIsUp()) throw error;
    }
  }
}

function isPassing(error: unknown): boolean {
  const code = systemCode(error);
  return code === "EINTR" || code === "EAGAIN";
}
