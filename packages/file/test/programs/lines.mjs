import { LineRecord } from "@plumbline/core";

/** A line that says which one it is, as the unit tests make it. */
export function makeLine(index, text = "") {
  const rest = JSON.stringify({
    time: new Date(Date.UTC(2026, 10, 20) + index).toISOString().replace("Z", "000Z"),
    severity: "INFO",
    name: "test.line",
    attributes: { index, text },
  }).slice(1);
  return new LineRecord(rest, rest.length + 1, (Date.UTC(2026, 10, 20) + index) * 1000, 0, 9, "test.line", "logs");
}
