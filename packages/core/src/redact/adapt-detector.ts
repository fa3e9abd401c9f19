import { coreError } from "../error-codes.ts";
import type { Detector } from "../plugin/detector.ts";
import type { TextDetector } from "./text-detector.ts";

/** A plugin's detector in the scanner's own form. What it throws goes through: the event is then replaced by a line that says so. */
export function adaptDetector(detector: Detector): TextDetector {
  return {
    id: detector.id,
    group: "credentials",
    description: detector.description,
    anchors: detector.anchors,
    examples: () => ({ catches: [], leaves: [] }),
    match(scan, at) {
      const match = detector.match(scan.text, at);
      if (match === undefined) return false;
      const { start, end } = match;
      const isInside =
        Number.isInteger(start) &&
        Number.isInteger(end) &&
        start >= 0 &&
        start <= at &&
        end > at &&
        end <= scan.text.length;
      if (!isInside) throw coreError("PLB_REDACT_DETECTOR_RESULT", { details: { detector: detector.id } });
      scan.steps += end - start;
      if (scan.labelEnd(start) === end) return false;
      return scan.found(start, end);
    },
  };
}
