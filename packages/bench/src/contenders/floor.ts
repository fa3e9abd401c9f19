import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { EVENT_NAME, plainLine, type Attributes } from "../load/payload.ts";
import { DONE, type Contender } from "./contender.ts";
import { attributesOf, handBuilt, TimeText } from "./hand-built.ts";

const CHUNK = 64 * 1024;

/** What any logger in JavaScript starts from: `JSON.stringify`, gathered, written 64 KiB at a time, synchronously. */
export const stringifyFloor: Contender = gathered("JSON.stringify + 64 KiB writes (floor)", (attributes) =>
  plainLine(new Date().toISOString(), attributes),
);

/** The least there is: a line put together by hand, whose shape is known, with the time's text kept for a millisecond. */
export const handBuiltFloor: Contender = gathered("hand-built JSON + 64 KiB writes (floor)", handBuilt);

/** The same with all that a line of ours says beside: an id, the microseconds, the resource. */
export const handBuiltEventLineFloor: Contender = gathered(
  "hand-built, plumbline's very line + 64 KiB writes (floor)",
  (attributes, time) =>
    `{"id":"1k827g0tmd4mu:${time.count()}","time":"${time.nowMicros()}","severity":"INFO","name":"${EVENT_NAME}",${attributesOf(attributes)},"resource":{"service.name":"bench"}}\n`,
);

/** One synchronous write a line: what `written` costs without a group. */
export const writePerLine: Contender = perLine("JSON.stringify + write() a line (floor)", "written");

/** One write and one fdatasync a line: what `fsynced` costs without a group. */
export const syncPerLine: Contender = perLine("JSON.stringify + write() + fdatasync a line (floor)", "fsynced");

function gathered(name: string, toLine: (attributes: Attributes, time: TimeText) => string): Contender {
  return {
    name,
    redaction: "none",
    classes: ["buffered"],
    async open(path) {
      const file = openSync(path, "a", 0o600);
      const time = new TimeText();
      let pending = "";
      const log = (attributes: Attributes): void => {
        pending += toLine(attributes, time);
        if (pending.length >= CHUNK) {
          writeSync(file, pending);
          pending = "";
        }
      };
      return {
        log,
        logAcknowledged(attributes): Promise<void> {
          log(attributes);
          return DONE;
        },
        async close(): Promise<void> {
          writeSync(file, pending);
          closeSync(file);
        },
      };
    },
  };
}

function perLine(name: string, reaches: "written" | "fsynced"): Contender {
  return {
    name,
    redaction: "none",
    classes: [reaches],
    slowness: reaches === "fsynced" ? 40 : 1,
    async open(path) {
      const file = openSync(path, "a", 0o600);
      const log = (attributes: Attributes): void => {
        writeSync(file, plainLine(new Date().toISOString(), attributes));
        if (reaches === "fsynced") fdatasyncSync(file);
      };
      return {
        log,
        logAcknowledged(attributes): Promise<void> {
          log(attributes);
          return DONE;
        },
        close: async () => closeSync(file),
      };
    },
  };
}
