import { type EventLine, PlumblineError } from "@plumbline/core";
import { jsonToProto } from "../message/json-to-proto.ts";
import { ParsedGroups, type Placed } from "./parsed-groups.ts";
import type { EncodedRequest, RequestEncoder, RequestEncoderOptions } from "./request-encoder.ts";

/**
 * Makes an encoder of lines with the signal `traces` or `metrics`. Unlike log records they are parsed first: there are fewer of them, and a
 * metric's points have to be brought together.
 */
export function createParsedEncoder(signal: "traces" | "metrics", options: RequestEncoderOptions): RequestEncoder {
  const { form, schemaUrl = "" } = options;
  return {
    encode(lines, from, maxBytes): EncodedRequest {
      const groups = new ParsedGroups(signal, form, schemaUrl);
      let records = 0;
      let invalid = 0;
      let end = from;
      for (; end < lines.length; end++) {
        const line = lines[end];
        if (line === undefined) break;
        const placed = place(groups, line, records === 0 ? Number.POSITIVE_INFINITY : maxBytes);
        if (placed === "full") break; // it is read again, for the next request
        if (placed === "added") records += 1;
        else invalid += 1;
      }
      if (records === 0) return { body: Buffer.alloc(0), end, records, invalid };
      const request = groups.request();
      const body =
        form === "json" ? Buffer.from(JSON.stringify(request)) : Buffer.from(jsonToProto(request, REQUESTS[signal]));
      return { body, end, records, invalid };
    },
  };
}

const REQUESTS = { traces: "ExportTraceServiceRequest", metrics: "ExportMetricsServiceRequest" } as const;

function place(groups: ParsedGroups, line: EventLine, maxBytes: number): Placed {
  try {
    return groups.add(line, maxBytes);
  } catch (error) {
    if (PlumblineError.isInstance(error)) return "unfit";
    throw error;
  }
}
